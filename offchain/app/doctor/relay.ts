/** What the chain says of this node: its account, its relay, where it is dialled, its channels. */
import { randomBytes } from "node:crypto";

import { formatAmount } from "../../core/amounts.ts";
import { eraAt } from "../../core/epochs/epochs.ts";
import { WaybillError } from "../../core/errors.ts";
import { channelIdOf, isFree, relayPayerId } from "../../core/tickets/index.ts";
import type { PeerId } from "../../core/units.ts";
import { isTcpAddress } from "../../core/wire/multiaddr.ts";
import type { RelayState } from "../../settlement/relays.ts";
import { statusOf } from "../../settlement/relays.ts";
import type { Identity } from "../identity.ts";
import type { Node } from "../node.ts";
import { announcedAddress, reachOf, unreachable, withPeer } from "../relay/addresses.ts";
import { findRelay } from "../relay/registered.ts";
import { openTransport } from "../transport.ts";
import { failed, fine, problem, warning, type Finding } from "./finding.ts";

/** About one redemption, and how many of them the account should be able to pay. */
const GAS_OF_ONE = 300_000n;
const ENOUGH = 20n;

export interface Addresses {
  readonly listen: string;
  readonly announce?: string;
}

export async function checkRelay(
  node: Node,
  identity: Identity,
  addresses: Addresses,
): Promise<readonly Finding[]> {
  const gas = await checkGas(node, identity);
  const relay = findRelay(node, identity);
  if (relay === undefined)
    return [
      gas,
      warning(
        "relay",
        "no relay is registered with this node's keys",
        "Run `waybill relay join`, unless this node only sends and receives.",
      ),
    ];
  return [
    gas,
    checkStatus(node, relay),
    checkAgent(relay, identity),
    await checkAddress(relay, identity, addresses, node.view.params.chainId),
    checkChannels(node, identity, relay),
  ];
}

async function checkGas({ chain }: Node, { account }: Identity): Promise<Finding> {
  const [held, { maxFeePerGas }] = await Promise.all([
    chain.reads.nativeBalance(account),
    chain.fees(),
  ]);
  const text = `${account} holds ${formatAmount(held)} of the chain's coin`;
  const todo = `Send coin to ${account}: it pays for this node's transactions.`;
  const one = GAS_OF_ONE * maxFeePerGas;
  if (held < one) return problem("gas", `${text}: not enough for one transaction`, todo);
  if (held < ENOUGH * one)
    return warning("gas", `${text}: enough for ${held / one} transactions`, todo);
  return fine("gas", text);
}

function checkStatus({ view }: Node, relay: RelayState): Finding {
  const status = statusOf(relay);
  if (status === "jailed")
    return problem(
      "relay",
      `relay ${relay.id} is in jail: it missed too many commitments`,
      "Keep `waybill run` running, then run `waybill relay return`.",
    );
  if (status !== "joined")
    return warning("relay", `relay ${relay.id} is ${status}`, "Join again with another VRF key.");
  const era = eraAt(view.params, view.chainTime());
  const layer = era === undefined ? undefined : view.era(era)?.layerOf(relay.id);
  if (layer !== undefined) return fine("relay", `relay ${relay.id} is in layer ${layer}`);
  return fine("relay", `relay ${relay.id} is active from era ${relay.activeFrom} on`);
}

function checkAgent({ agent }: RelayState, { account }: Identity): Finding {
  if (agent === account) return fine("agent account", "the registry knows this node's account");
  return problem(
    "agent account",
    `the registry has ${agent} as the relay's agent, and this node's account is ${account}`,
    `Have the owner run \`waybill relay set-agent --agent ${account}\`, unless this account's key was stolen: then leave and join anew.`,
  );
}

/** What the settings say of the address, before there is a relay: nothing where `run` finds one by itself. */
export function checkOwnAddress(
  { listen, announce }: Addresses,
  { peer }: Pick<Identity, "peer">,
  chainId: bigint | undefined,
): readonly Finding[] {
  const check = "address settings";
  try {
    const address =
      announce === undefined ? listen : announcedAddress("--announce", announce, peer);
    // What listens on all interfaces says nothing of the address under which it is dialled.
    if (chainId === undefined || reachOf(address) === "nowhere") return [];
    const why = unreachable(address, chainId);
    return why === undefined
      ? []
      : [reached(check, `${address} would be announced: ${why}`, address)];
  } catch (error) {
    return [failed(check, error)];
  }
}

/** A private network may be the one that is meant; elsewhere others never reach it. */
const reached = (check: string, text: string, multiaddr: string): Finding =>
  (reachOf(multiaddr) === "private network" ? warning : problem)(check, text, SET_ANNOUNCE);

const SET_ANNOUNCE =
  "Set --announce to where others dial this relay, such as /dns4/relay.example/tcp/4020; `waybill run` announces it.";

/** What the registry says of the address, and whether it can be dialled from here. */
export async function checkAddress(
  { multiaddr }: Pick<RelayState, "multiaddr">,
  { peer }: Pick<Identity, "peer">,
  own: Addresses,
  chainId: bigint,
): Promise<Finding> {
  const check = "address";
  if (!multiaddr.includes("/tcp/"))
    return warning(
      check,
      "nobody knows where to dial the relay",
      "Start `waybill run`: it announces --announce, or an address of this machine.",
    );
  if (!isTcpAddress(multiaddr, peer))
    return problem(
      check,
      `${multiaddr} is announced, which nobody dials: it has another form than …/tcp/<port>/p2p/${peer}`,
      "Start `waybill run`: it announces --announce, or an address of this machine, in the right form.",
    );
  const why = unreachable(multiaddr, chainId);
  if (why !== undefined) return reached(check, `${multiaddr} is announced: ${why}`, multiaddr);
  const difference = differenceOf(multiaddr, own, peer);
  if (difference !== undefined)
    return warning(
      check,
      `${multiaddr} is announced, and the settings have ${difference}`,
      "Start `waybill run`, which announces its address, or set --announce to what others can dial.",
    );
  const transport = await openTransport({ seed: randomBytes(32), listen: [] });
  try {
    await transport.start({});
    await transport.connect({ peer, multiaddr });
    return fine(check, `${multiaddr} can be dialled from here`);
  } catch (error) {
    const { text } = failed(check, error);
    return warning(
      check,
      `${multiaddr} cannot be dialled from here: ${text}`,
      "Start `waybill run`; if it runs, check the firewall and that the port is forwarded to this machine.",
    );
  } finally {
    await transport.stop();
  }
}

/** What the settings say otherwise; what is wrong with them is told elsewhere. */
function differenceOf(
  announced: string,
  { listen, announce }: Addresses,
  peer: PeerId,
): string | undefined {
  if (announce !== undefined) {
    return withPeer(announce, peer) === announced ? undefined : announce;
  }
  const port = portOf(listen);
  return port === "0" || port === portOf(announced) ? undefined : `port ${port ?? "none"}`;
}

const portOf = (multiaddr: string): string | undefined => /\/tcp\/(\d+)/.exec(multiaddr)?.[1];

function checkChannels({ view }: Node, { ticketSigner }: Identity, relay: RelayState): Finding {
  const check = "channels";
  if (isFree(view.params.ticketAmounts)) return fine(check, "the network is free: none are needed");
  const era = eraAt(view.params, view.chainTime());
  const layers = era === undefined ? undefined : view.era(era);
  const layer = layers?.layerOf(relay.id);
  if (layers === undefined || layer === undefined || layer === 2)
    return fine(check, "none are needed in this era");
  const next = layers.layers[layer === 0 ? 1 : 2];
  const missing = next.filter((to) => {
    const channel = view.channel(channelIdOf(relayPayerId(relay.id), ticketSigner, to));
    return channel?.status !== "open" || channel.balance === 0n;
  });
  if (missing.length === 0) return fine(check, `${next.length} to the next layer, all funded`);
  return warning(
    check,
    `${missing.length} of ${next.length} to the next layer are missing: packets to them are dropped`,
    "Keep `waybill run` running, and see that the agent has tokens or an allowance on the relay's earnings.",
  );
}

/** Reading the chain's events took too long, or went wrong. */
export const unread = (error: unknown): Finding =>
  error instanceof WaybillError && error.code === "STORE_LOCKED"
    ? warning(
        "relay",
        "another command has commands.db open",
        "Run `waybill doctor` again after it.",
      )
    : failed("relay", error);
