/** A relay that redeems batches from its channels, as the chain's events tell it. */
import { bytesToHex } from "../../../../offchain/core/bytes.ts";
import { channelIdOf, relayPayerId } from "../../../../offchain/core/tickets/index.ts";
import {
  address,
  amount,
  epoch,
  era,
  generation,
  seconds,
  ticketIndex,
} from "../../../../offchain/core/units.ts";
import type { ChainEvent, ChainRecord } from "../../../../offchain/ports/events.ts";
import { PARAMS, relayNumber } from "./simulation.ts";

const ACCOUNT = address(`0x${"ab".repeat(20)}`);
export const VRF_KEY = new Uint8Array(64).fill(7);
export const RELAY = relayNumber(1);
export const CHANNELS = [2, 3, 4].map((n) => {
  const payer = relayPayerId(relayNumber(n));
  return { payer, id: channelIdOf(payer, ACCOUNT, RELAY) };
});

/** The relay and its channels, then a block for each of the batches: how many channels each is from. */
export function batchHistory(batches: readonly number[]): ChainRecord[] {
  return recordsOf(batchBlocks(batches));
}

export function batchBlocks(batches: readonly number[]): ChainEvent[][] {
  const word = (index: number) => ({
    ...{ balance: amount(100n), nextIndex: ticketIndex(index), generation: generation(0) },
    ...({ status: "open", closableAt: seconds(0) } as const),
  });
  const opening: ChainEvent[] = [
    {
      ...{ kind: "relay-joined", relay: RELAY, owner: ACCOUNT, agent: ACCOUNT, recipient: ACCOUNT },
      ...{ vrfKey: bytesToHex(VRF_KEY), activeFrom: era(0) },
    },
    ...CHANNELS.map(({ id, payer }): ChainEvent => ({
      ...{ kind: "channel-opened", channel: id, ...word(1) },
      ...{ payer, ticketSigner: ACCOUNT, relay: RELAY },
    })),
  ];
  const blocks = batches.map((count, n): ChainEvent[] => [
    ...CHANNELS.slice(0, count).map(({ id }): ChainEvent => ({
      ...{ kind: "tickets-redeemed", channel: id, ...word(2 + n) },
      ...{ tickets: 1, paid: amount(0n), unpaid: amount(0n) },
    })),
    {
      ...{ kind: "batch-redeemed", relay: RELAY, epoch: epoch(n) },
      ...{ credited: amount(1n), burned: amount(0n) },
    },
  ]);
  return [opening, ...blocks];
}

/** Blocks with these events, from block 0 on. */
export function recordsOf(blocks: readonly (readonly ChainEvent[])[]): ChainRecord[] {
  return blocks.flatMap((events, blockNumber) =>
    events.map((event, logIndex) => ({
      ...{ blockNumber, blockHash: relayNumber(blockNumber), logIndex, event },
      contract: PARAMS.channels,
    })),
  );
}
