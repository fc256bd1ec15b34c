/** Logs of the contracts as the agent's own events. Logs that the state does not need become nothing. */
import { Result } from "ethers";

import { bytesToHex, hexToBytes } from "../../core/bytes.ts";
import { hasCode, WaybillError } from "../../core/errors.ts";
import { decodeChannelWord } from "../../core/tickets/index.ts";
import {
  address,
  amount,
  channelId,
  epoch,
  era,
  payerId,
  relayId,
  ticketIndex,
} from "../../core/units.ts";
import type { ChainEvent, ChannelWord, SkipReason } from "../../ports/events.ts";
import type { NamedLog } from "./log-decoder.ts";
import { compressPoint, pointBytes } from "./points.ts";

/** By the number that the contract gives them. */
const SKIP_REASONS: readonly SkipReason[] = [
  "channel-closed",
  "channel-empty",
  "index-spent",
  "unknown-layer",
  "proof-too-deep",
  "loses",
  "bad-signature",
];

type Decode = (args: Fields) => ChainEvent;

const decoders: Readonly<Record<string, Decode>> = {
  RelayJoined: (a) => ({
    kind: "relay-joined",
    relay: relayId(a.text("id")),
    owner: address(a.text("owner")),
    agent: address(a.text("agent")),
    recipient: address(a.text("earningsRecipient")),
    vrfKey: bytesToHex(pointBytes(a.big("vrfX"), a.big("vrfY"))),
    activeFrom: era(a.number("fromEra")),
  }),
  PacketKeyChanged: (a) => ({
    kind: "packet-key-changed",
    relay: relayId(a.text("id")),
    packetKey: bytesToHex(compressPoint(a.big("x"), a.big("y"))),
    effectiveFrom: epoch(a.number("fromEpoch")),
  }),
  Announced: (a) => ({
    kind: "relay-announced",
    relay: relayId(a.text("id")),
    multiaddr: a.strangersText("multiaddr"),
  }),
  AgentChanged: (a) => ({
    kind: "relay-agent-changed",
    relay: relayId(a.text("id")),
    agent: address(a.text("agent")),
  }),
  EarningsRecipientChanged: (a) => ({
    kind: "relay-recipient-changed",
    relay: relayId(a.text("id")),
    recipient: address(a.text("earningsRecipient")),
  }),
  AgentAllowanceChanged: (a) => ({
    kind: "relay-allowance-changed",
    relay: relayId(a.text("relay")),
    allowance: amount(a.big("perEpoch")),
  }),
  RelayLeft: (a) => ({
    kind: "relay-left",
    relay: relayId(a.text("id")),
    activeUntil: era(a.number("fromEra")),
    bondFreeEpoch: epoch(a.number("bondFreeEpoch")),
  }),
  RelayJailed: (a) => ({
    kind: "relay-jailed",
    relay: relayId(a.text("id")),
    fromEra: era(a.number("fromEra")),
  }),
  RelayReturned: (a) => ({
    kind: "relay-returned",
    relay: relayId(a.text("id")),
    fromEra: era(a.number("fromEra")),
  }),
  EjectionVote: (a) => ({
    kind: "ejection-vote",
    voter: relayId(a.text("voter")),
    target: relayId(a.text("target")),
    era: era(a.number("era")),
    votes: a.number("votes"),
  }),
  RelayEjected: (a) => ({
    kind: "relay-ejected",
    relay: relayId(a.text("id")),
    era: era(a.number("era")),
    votes: a.number("votes"),
  }),
  BondWithdrawn: (a) => ({ kind: "bond-withdrawn", relay: relayId(a.text("id")) }),
  BeaconFinal: (a) => ({
    kind: "beacon-final",
    epoch: epoch(a.number("epoch")),
    value: bytesToHex(hexToBytes(a.text("value"))),
  }),
  ChannelOpened: (a) => ({
    kind: "channel-opened",
    payer: payerId(a.text("payer")),
    ticketSigner: address(a.text("ticketSigner")),
    relay: relayId(a.text("relay")),
    ...channelWord(a),
  }),
  ChannelFunded: (a) => ({
    kind: "channel-funded",
    added: amount(a.big("added")),
    ...channelWord(a),
  }),
  ChannelClosing: (a) => ({ kind: "channel-closing", ...channelWord(a) }),
  ChannelClosed: (a) => ({
    kind: "channel-closed",
    returned: amount(a.big("returned")),
    ...channelWord(a),
  }),
  TicketsRedeemed: (a) => ({
    kind: "tickets-redeemed",
    tickets: a.number("tickets"),
    paid: amount(a.big("paid")),
    unpaid: amount(a.big("unpaid")),
    ...channelWord(a),
  }),
  TicketSkipped: (a) => ({
    kind: "ticket-skipped",
    channel: channelId(a.text("channel")),
    index: ticketIndex(a.number("index")),
    reason: named(SKIP_REASONS, a.number("reason"), "reason of a skipped ticket"),
  }),
  Redeemed: (a) => ({
    kind: "batch-redeemed",
    relay: relayId(a.text("relay")),
    epoch: epoch(a.number("epoch")),
    credited: amount(a.big("credited")),
    burned: amount(a.big("burned")),
  }),
  EarningsWithdrawn: (a) => ({
    kind: "earnings-withdrawn",
    relay: relayId(a.text("relay")),
    recipient: address(a.text("to")),
    amount: amount(a.big("amount")),
  }),
  EarningsAdded: (a) => ({
    kind: "earnings-added",
    relay: relayId(a.text("relay")),
    from: address(a.text("from")),
    amount: amount(a.big("amount")),
  }),
  RefundCredited: (a) => ({
    kind: "refund-credited",
    account: address(a.text("account")),
    channel: channelId(a.text("channel")),
    amount: amount(a.big("amount")),
  }),
  Committed: (a) => ({
    kind: "replay-committed",
    relay: relayId(a.text("relay")),
    epoch: epoch(a.number("epoch")),
    root: bytesToHex(hexToBytes(a.text("root"))),
  }),
  Claimed: (a) => ({
    kind: "draw-claimed",
    sender: relayId(a.text("sender")),
    epoch: epoch(a.number("epoch")),
    draw: a.number("draw"),
    hops: a.texts("hops").map(relayId),
  }),
  RewardsCollected: (a) => ({
    kind: "rewards-collected",
    relay: relayId(a.text("relay")),
    amount: amount(a.big("amount")),
  }),
  RewardsMoved: (a) => ({
    kind: "rewards-moved",
    relay: relayId(a.text("relay")),
    channel: channelId(a.text("channel")),
    amount: amount(a.big("amount")),
  }),
  MissesReported: (a) => ({
    kind: "misses-reported",
    relay: relayId(a.text("relay")),
    era: era(a.number("era")),
    misses: a.number("misses"),
  }),
};

/** Undefined for events that settlement has no use for. */
export function toEvent(log: NamedLog): ChainEvent | undefined {
  return decoders[log.name]?.(new Fields(log));
}

function channelWord(args: Fields): ChannelWord {
  return { channel: channelId(args.text("channel")), ...decodeChannelWord(args.big("word")) };
}

function named<Name>(names: readonly Name[], number: number, what: string): Name {
  const name = names[number];
  if (name === undefined)
    throw new WaybillError("CHAIN_ABI_MISMATCH", {
      what,
      got: number,
      allowed: `0 … ${names.length - 1}`,
    });
  return name;
}

/** A log's arguments by name; one that is missing means that this agent was built for other contracts. */
class Fields {
  readonly #log: NamedLog;

  constructor(log: NamedLog) {
    this.#log = log;
  }

  big(name: string): bigint {
    const value: unknown = this.#log.args.getValue(name);
    if (typeof value !== "bigint") throw this.#mismatch(name);
    return value;
  }

  number(name: string): number {
    return Number(this.big(name));
  }

  text(name: string): string {
    const value: unknown = this.#log.args.getValue(name);
    if (typeof value !== "string") throw this.#mismatch(name);
    return value;
  }

  texts(name: string): string[] {
    const value: unknown = this.#log.args.getValue(name);
    const items: unknown[] = value instanceof Result ? value.toArray() : [];
    if (items.length === 0 || !items.every((item) => typeof item === "string"))
      throw this.#mismatch(name);
    return items;
  }

  /**
   * Text that a stranger chose, who may have written any bytes: empty unless it is printable ASCII. To throw
   * would let one relay keep everybody from reading on.
   */
  strangersText(name: string): string {
    try {
      const text = this.text(name);
      return /^[!-~]*$/.test(text) ? text : "";
    } catch (error) {
      if (hasCode(error, "CHAIN_ABI_MISMATCH")) throw error;
      return "";
    }
  }

  #mismatch(name: string): WaybillError {
    return new WaybillError("CHAIN_ABI_MISMATCH", { what: `${this.#log.name}.${name}` });
  }
}
