import { expect } from "chai";
import fc from "fast-check";

import { memoryStore } from "../../../offchain/adapters/memory/store.ts";
import type { ChainRecord } from "../../../offchain/ports/events.ts";
import { storedHistory } from "../../../offchain/settlement/history.ts";
import { toStored } from "../../../offchain/settlement/records.ts";
import { emptyState, reduce } from "../../../offchain/settlement/state.ts";
import { CHANNELS, VRF_KEY, batchHistory } from "./support/batches.ts";
import { PARAMS } from "./support/simulation.ts";

describe("stored history", () => {
  it("read in pieces of any size makes the state that it makes in one, batches of redemptions included", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: CHANNELS.length }), { maxLength: 12 }),
        fc.integer({ min: 1, max: 9 }),
        async (batches, limit) => {
          const records = batchHistory(batches);
          const { chain } = memoryStore();
          await chain.append(records.map(toStored), [], 1);
          let state = emptyState(PARAMS, VRF_KEY);
          const read: ChainRecord[] = [];
          for await (const some of storedHistory(chain, -1, limit)) {
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

  it("after a block begins with the next one that holds an event", async () => {
    const records = batchHistory([1, 0, 2, 3]);
    const { chain } = memoryStore();
    await chain.append(records.map(toStored), [], 1);
    for (let block = -1; block < 6; block++)
      for (const limit of [1, 2, 100]) {
        const read: ChainRecord[] = [];
        for await (const some of storedHistory(chain, block, limit)) read.push(...some);
        expect(read).to.deep.equal(records.filter(({ blockNumber }) => blockNumber > block));
      }
  });
});
