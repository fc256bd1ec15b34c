import { expect } from "chai";
import fc from "fast-check";

import { seededRandom } from "../../../offchain/adapters/memory/random.ts";
import { memoryStore } from "../../../offchain/adapters/memory/store.ts";
import { channelId, ticketIndex } from "../../../offchain/core/units.ts";
import { MAX_INDEX_JUMP, RESERVED_SPAN } from "../../../offchain/link/limits.ts";
import { TicketIndexes } from "../../../offchain/link/ticket-indexes.ts";

const CHANNEL = channelId(`0x${"c1".repeat(32)}`);

describe("link: ticket indexes", () => {
  it("ascend and never repeat, whatever crashes and whatever the chain says was spent", async () => {
    const step = fc.record({
      count: fc.integer({ min: 1, max: 16 }),
      spentOnChain: fc.oneof(fc.constant(0), fc.nat(4 * RESERVED_SPAN)),
      crash: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), fc.nat(), async (steps, seed) => {
        const store = memoryStore();
        const random = seededRandom(seed);
        let indexes = new TicketIndexes(store.indexes, random, CHANNEL);
        let last = 0;
        for (const { count, spentOnChain, crash } of steps) {
          if (crash) indexes = new TicketIndexes(store.indexes, random, CHANNEL);
          const taken = await indexes.take(count, ticketIndex(spentOnChain));
          expect(taken.length).to.equal(count);
          for (const index of taken) {
            expect(index).to.be.greaterThan(last).and.at.least(spentOnChain);
            last = index;
          }
        }
      }),
      { numRuns: 50 },
    );
  });

  it("are durable before use: what is taken lies inside what the store has reserved", async () => {
    const { indexes: store } = memoryStore();
    let reservedUpTo = 0;
    const watched = {
      reserve: async (...args: Parameters<typeof store.reserve>) => {
        const first = await store.reserve(...args);
        reservedUpTo = first + args[1] - 1;
        return first;
      },
    };
    const indexes = new TicketIndexes(watched, seededRandom("durable"), CHANNEL);
    for (let i = 0; i < 3_000; i++)
      for (const index of await indexes.take(16, ticketIndex(1)))
        expect(index).to.be.at.most(reservedUpTo);
  });

  it("do not tell how many tickets were issued: ranges differ in their mean stride by far", async () => {
    const means: number[] = [];
    for (let run = 0; run < 40; run++) {
      const indexes = new TicketIndexes(memoryStore().indexes, seededRandom(run), CHANNEL);
      const taken = [];
      for (let i = 0; i < 20; i++) taken.push(...(await indexes.take(16, ticketIndex(1))));
      means.push(((taken.at(-1) ?? 0) - (taken[0] ?? 0)) / (taken.length - 1));
    }
    expect(Math.max(...means) / Math.min(...means)).to.be.greaterThan(16);
  });

  it("stay within what a payee lets them jump, also after many crashes in a row", async () => {
    const store = memoryStore();
    const first = new TicketIndexes(store.indexes, seededRandom("a"), CHANNEL);
    const before = (await first.take(1, ticketIndex(1)))[0] ?? 0;
    for (let crash = 0; crash < 20; crash++)
      await new TicketIndexes(store.indexes, seededRandom(crash), CHANNEL).take(1, ticketIndex(1));
    const last = new TicketIndexes(store.indexes, seededRandom("b"), CHANNEL);
    const after = (await last.take(1, ticketIndex(1)))[0] ?? 0;
    expect(after - before).to.be.lessThan(MAX_INDEX_JUMP);
  });
});
