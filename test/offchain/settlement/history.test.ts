import { expect } from "chai";
import fc from "fast-check";

import { memoryStore } from "../../../offchain/adapters/memory/store.ts";
import { bytesToHex } from "../../../offchain/core/bytes.ts";
import { channelIdOf, relayPayerId } from "../../../offchain/core/tickets/index.ts";
import {
  address,
  amount,
  epoch,
  era,
  generation,
  seconds,
  ticketIndex,
} from "../../../offchain/core/units.ts";
import type { ChainEvent, ChainRecord } from "../../../offchain/ports/events.ts";
import { storedHistory } from "../../../offchain/settlement/history.ts";
import { toStored } from "../../../offchain/settlement/records.ts";
import { emptyState, reduce } from "../../../offchain/settlement/state.ts";
import { PARAMS, relayNumber } from "./support/simulation.ts";

const ACCOUNT = address(`0x${"ab".repeat(20)}`);
const VRF_KEY = new Uint8Array(64).fill(7);
const RELAY = relayNumber(1);
const CHANNELS = [2, 3, 4].map((n) => {
  const payer = relayPayerId(relayNumber(n));
  return { payer, id: channelIdOf(payer, ACCOUNT, RELAY) };
});

/** The relay and its channels, then a block for each of the batches: how many channels each is from. */
function history(batches: readonly number[]): ChainRecord[] {
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
  return [opening, ...blocks].flatMap((events, blockNumber) =>
    events.map((event, logIndex) => ({
      ...{ blockNumber, blockHash: relayNumber(blockNumber), logIndex, event },
      contract: PARAMS.channels,
    })),
  );
}

describe("stored history", () => {
  it("read in pieces of any size makes the state that it makes in one, batches of redemptions included", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: CHANNELS.length }), { maxLength: 12 }),
        fc.integer({ min: 1, max: 9 }),
        async (batches, limit) => {
          const records = history(batches);
          const { chain } = memoryStore();
          await chain.append(records.map(toStored), [], 1);
          let state = emptyState(PARAMS, VRF_KEY);
          const read: ChainRecord[] = [];
          for await (const some of storedHistory(chain, limit)) {
            const blocks = new Set(some.map(({ blockNumber }) => blockNumber));
            expect(read.some(({ blockNumber }) => blocks.has(blockNumber))).to.equal(false);
            state = reduce(state, some);
            read.push(...some);
          }
          expect(read).to.deep.equal(records);
          expect(state).to.deep.equal(reduce(emptyState(PARAMS, VRF_KEY), records));
          const paid = [...state.redemptions.values()].flat().flatMap((one) => one.batches);
          expect(paid.length).to.equal(batches.reduce((sum, count) => sum + count, 0));
        },
      ),
    );
  });
});
