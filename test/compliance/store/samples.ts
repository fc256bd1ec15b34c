/** Small valid values for the store suites; every argument makes a different one. */
import {
  amount,
  channelId,
  epoch,
  generation,
  relayId,
  seconds,
  ticketIndex,
  winProb,
} from "../../../offchain/core/units.ts";
import type { StoredEvent } from "../../../offchain/ports/chain-store.ts";
import type {
  AcceptedPacket,
  ChannelHighWater,
  JournalEntry,
  WinningTicket,
} from "../../../offchain/ports/store.ts";

export const channel = (n: number) => channelId(`0x${n.toString(16).padStart(64, "0")}`);

/** `length` bytes that end in `n`. */
export function bytes(length: number, n: number): Uint8Array {
  const out = new Uint8Array(length);
  new DataView(out.buffer).setUint32(length - 4, n);
  return out;
}

export const packet = (n: number, bringer = 1, at = 7): AcceptedPacket => ({
  tag: bytes(16, n),
  epoch: epoch(at),
  receivedAt: seconds(1_700_000_000 + n),
  bringer: bytes(8, bringer),
});

export const water = (n: number, index: number, at = 7, closed = 0): ChannelHighWater => ({
  channel: channel(n),
  generation: generation(closed),
  epoch: epoch(at),
  index: ticketIndex(index),
});

export const winner = (n: number, index: number, at = 7): WinningTicket => ({
  channel: channel(n),
  generation: generation(0),
  epoch: epoch(at),
  index: ticketIndex(index),
  amount: amount(2n ** 127n + BigInt(index)),
  winProb: winProb(2n ** 64n - 1n),
  response: bytes(32, index),
  signature: bytes(64, index),
  proof: [bytes(32, 1), bytes(32, index)],
});

export const entry = (n: number, about?: number): JournalEntry => ({
  at: seconds(1_700_000_000 + n),
  action: "fund-channel",
  relay: about === undefined ? undefined : relayId(`0x${about.toString(16).padStart(64, "0")}`),
  amount: amount(2n ** 100n + BigInt(n)),
  why: `reason ${n}`,
});

export const event = (blockNumber: number, logIndex = 0, fork = "a"): StoredEvent => ({
  blockNumber,
  blockHash: `0x${fork}${blockNumber}`,
  logIndex,
  contract: "channels",
  name: "Opened",
  args: `{"fork":"${fork}"}`,
});

/** The page that holds all events of a small store. */
export const ALL = { after: undefined, limit: 10_000 } as const;
