/** The relay that a command is about, and the desk at which its owner or its agent acts. */
import { Option, type Command } from "commander";

import { formatAmount } from "../../core/amounts.ts";
import { WaybillError } from "../../core/errors.ts";
import { amount, relayId, type RelayId } from "../../core/units.ts";
import type { RelayState } from "../../settlement/relays.ts";
import { loadIdentity, loadOwner, type Identity } from "../identity.ts";
import { atHand, Desk } from "../money/desk.ts";
import type { MoneyOptions } from "../money/options.ts";
import { withNode } from "../node.ts";
import type { Node } from "../node.ts";
import { createOutput } from "../output.ts";
import { tokenAmount, type CommonOptions } from "../settings.ts";
import { requireRelay } from "./registered.ts";

/** For help. */
export const EXAMPLE_RELAY = "0x5d2c81f0a9be4f10c2d7b9e3016ac44d7fe05b3a9d61e28f7b40c10000000000";
export const EXAMPLE_ACCOUNT = "0x71c7656ec7ab88b098defb751b7401b5f6d8976f";

export interface RelayOption {
  /** This node's unless given. */
  readonly relay?: RelayId;
}

/** For commands that need nothing of the node's secret but which relay is meant. */
export function addRelayOption(command: Command): Command {
  return command.addOption(
    new Option(
      "--relay <id>",
      "the relay, by its id; this node's unless given, and then this node's secret is not needed",
    ).argParser(relayIdOption("--relay")),
  );
}

/** A commander parser for a relay's id. */
export function relayIdOption(what: string): (text: string) => RelayId {
  return (text) => {
    try {
      return relayId(text);
    } catch {
      throw new WaybillError("OPTION_INVALID", {
        what,
        got: text,
        allowed: "0x and 64 hex digits, as `waybill relay list` prints them",
      });
    }
  };
}

/** What the agent may move from earnings into channels per epoch, as the contract holds it. */
const MOST_ALLOWANCE = 2n ** 112n - 1n;

/** @param unless What happens where it is not given. */
export const allowanceOption = (unless = ""): Option =>
  new Option(
    "--allowance <tokens>",
    `what the agent may move from earnings into channels per epoch${unless}`,
  ).argParser((text) => {
    const perEpoch = tokenAmount("--allowance")(text);
    if (perEpoch <= MOST_ALLOWANCE) return amount(perEpoch);
    throw new WaybillError("OPTION_INVALID", {
      what: "--allowance",
      got: text,
      allowed: `≤ ${formatAmount(MOST_ALLOWANCE)}`,
    });
  });

/**
 * Does `work` with the relay's state, without any key of it.
 * @throws WaybillError NOT_REGISTERED, RELAY_NOT_REGISTERED
 */
export async function withRelay(
  options: CommonOptions & RelayOption,
  work: (node: Node, relay: RelayState) => Promise<void>,
): Promise<void> {
  const identity = options.relay === undefined ? await loadIdentity(options) : undefined;
  await withNode(options, "commands", async (node) => {
    await work(
      node,
      identity === undefined ? namedRelay(node, options) : requireRelay(node, identity),
    );
  });
}

function namedRelay(node: Node, { relay }: RelayOption): RelayState {
  const known = relay === undefined ? undefined : node.view.relay(relay);
  if (known === undefined) throw new WaybillError("RELAY_NOT_REGISTERED", { got: relay });
  return known;
}

/** Does `work` at the desk of the relay's owner. */
export async function asOwner(
  options: MoneyOptions & RelayOption,
  work: (desk: Desk, relay: RelayState) => Promise<void>,
): Promise<void> {
  await withRelay(options, (node, relay) => atOwnersDesk(node, options, relay, work));
}

/** The same in a node that is open already. */
export async function atOwnersDesk(
  node: Node,
  options: MoneyOptions,
  relay: RelayState,
  work: (desk: Desk, relay: RelayState) => Promise<void>,
): Promise<void> {
  const sender = { signer: loadOwner, address: relay.owner };
  const desk = await Desk.open(node, createOutput(options.json), options, sender);
  // What an earlier run began may have changed it.
  await work(desk, node.view.relay(relay.id) ?? relay);
}

/**
 * Does `work` at the desk of this node's account, which is the relay's agent.
 * @param known This node's identity where it is loaded already
 */
export async function asAgent(
  options: MoneyOptions,
  work: (desk: Desk, relay: RelayState) => Promise<void>,
  known?: Identity,
): Promise<void> {
  const identity = known ?? (await loadIdentity(options));
  await withNode(options, "commands", async (node) => {
    const sender = atHand(identity.signer);
    const desk = await Desk.open(node, createOutput(options.json), options, sender);
    await work(desk, requireRelay(node, identity));
  });
}
