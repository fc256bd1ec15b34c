import { Command, Option } from "commander";

import { hasCode, WaybillError } from "../../../core/errors.ts";
import { amount, type Address, type Amount } from "../../../core/units.ts";
import { possessionAlpha } from "../../../core/vrf/alpha.ts";
import { allowanceStep, joinSteps } from "../../../settlement/relay-steps.ts";
import type { RelayState } from "../../../settlement/relays.ts";
import { loadIdentity, loadOwner, proveOnChain, type Identity } from "../../identity.ts";
import { Desk, requireTokens } from "../../money/desk.ts";
import { accountAddress, addMoneyOptions, modeOf, type MoneyOptions } from "../../money/options.ts";
import { withNode } from "../../node.ts";
import { createOutput } from "../../output.ts";
import { announcedAddress } from "../../relay/addresses.ts";
import { allowanceOption, EXAMPLE_ACCOUNT } from "../../relay/owned.ts";
import { findRelay } from "../../relay/registered.ts";

interface JoinCommandOptions extends MoneyOptions {
  readonly announce?: string;
  readonly recipient?: Address;
  readonly allowance?: Amount;
}

/** `waybill relay join`. */
export function joinCommand(): Command {
  return addMoneyOptions(
    new Command("join").description(
      "bond a relay: the owner's account pays the bond, this node's secret gives the keys",
    ),
  )
    .option(
      "--announce <multiaddr>",
      "where others dial the relay, such as /dns4/relay.example/tcp/4020; `run` keeps it up to date",
    )
    .addOption(
      new Option(
        "--recipient <address>",
        "account that earnings are paid to; the owner unless given",
      ).argParser(accountAddress("--recipient")),
    )
    .addOption(allowanceOption("; nothing unless given"))
    .addHelpText(
      "after",
      `
Examples:
  WAYBILL_SECRET_FILE=./secret WAYBILL_OWNER_KEY_FILE=./owner waybill relay join --dry-run
  WAYBILL_SECRET_FILE=./secret waybill relay join --owner ${EXAMPLE_ACCOUNT} --calldata --calldata-format safe`,
    )
    .action(async (options: JoinCommandOptions, command: Command) => {
      const identity = await loadIdentity(options);
      const { peer } = identity;
      const multiaddr =
        options.announce === undefined
          ? `/p2p/${peer}`
          : announcedAddress("--announce", options.announce, peer);
      await withNode(options, "commands", async (node) => {
        const known = findRelay(node, identity);
        const desk = await Desk.open(node, createOutput(options.json), options, {
          signer: modeOf(options) === "send" ? loadOwner : ownerUnlessNamed,
          address: known?.owner,
        });
        const joined = findRelay(node, identity);
        // What the file or the environment says is for `run` as well, which announces it.
        const isByHand = command.getOptionValueSource("announce") === "cli";
        if (joined === undefined) await join(desk, identity, multiaddr, options);
        else await complete(desk, joined, isByHand ? multiaddr : undefined, options);
      });
    });
}

/** Whose bond it would be cannot be guessed. */
async function ownerUnlessNamed(): ReturnType<typeof loadOwner> {
  try {
    return await loadOwner();
  } catch (error) {
    if (!hasCode(error, "SECRET_MISSING")) throw error;
    throw new WaybillError("OPTION_INVALID", {
      what: "--owner",
      got: "none, and no owner's key",
      allowed: "the account that will own the relay",
      cause: error,
    });
  }
}

async function join(
  desk: Desk,
  identity: Identity,
  multiaddr: string,
  options: JoinCommandOptions,
): Promise<void> {
  const { node, account, money, output } = desk;
  const { relay, bond, steps } = await joinSteps(desk.maker, {
    owner: account,
    agent: identity.account,
    recipient: options.recipient ?? account,
    vrfKey: identity.vrfPublicKey,
    packetKey: identity.packetPublicKey,
    multiaddr,
    prove: (id) => proveOnChain(identity, possessionAlpha(id)),
    agentAllowance: options.allowance ?? amount(0n),
  });
  await requireTokens(desk, bond);
  const done = (): void => {
    output.event(
      "joined",
      `relay ${relay} joined with a bond of ${money.tokens(bond)}; its agent account is ${identity.account}`,
      { relay, agent: identity.account, bond, already: false },
    );
  };
  await desk.carryOut(
    [{ steps, done }],
    [
      { kind: "tokens", account },
      { kind: "allowance", owner: account, spender: node.view.params.registry },
    ],
  );
}

/** What an interrupted run has left to do. A relay that is registered joins no second time, with other accounts. */
async function complete(
  desk: Desk,
  relay: RelayState,
  announce: string | undefined,
  { recipient, allowance }: JoinCommandOptions,
): Promise<void> {
  const { id, agent } = relay;
  const refused = (what: string, got: string, instead: string): WaybillError =>
    new WaybillError("OPTION_INVALID", {
      what: `${what} of a relay that has joined`,
      got,
      allowed: `what it joined with; \`waybill relay ${instead}\` changes it`,
    });
  if (recipient !== undefined && recipient !== relay.recipient)
    throw refused("--recipient", recipient, "set-recipient");
  if (announce !== undefined && announce !== relay.multiaddr)
    throw refused("--announce", announce, "announce");
  const steps =
    allowance === undefined || allowance === relay.allowance
      ? []
      : [allowanceStep(desk.maker, id, allowance)];
  const done = (): void => {
    desk.output.event("joined", `relay ${id} is registered`, { relay: id, agent, already: true });
  };
  await desk.carryOut([{ steps, done }], []);
}
