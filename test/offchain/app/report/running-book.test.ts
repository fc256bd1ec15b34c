import { expect } from "chai";
import * as fc from "fast-check";

import { memoryChain } from "../../../../offchain/adapters/memory/chain-store.ts";
import { ManualClock } from "../../../../offchain/adapters/memory/clock.ts";
import { moneyBook } from "../../../../offchain/app/report/earnings.ts";
import { RunningBook } from "../../../../offchain/app/report/running-book.ts";
import { bytesToHex } from "../../../../offchain/core/bytes.ts";
import { channelIdOf, relayPayerId } from "../../../../offchain/core/tickets/index.ts";
import {
  address,
  amount,
  epoch,
  era,
  generation,
  millis,
  seconds,
  ticketIndex,
} from "../../../../offchain/core/units.ts";
import type { ChainEvent, ChainRecord } from "../../../../offchain/ports/events.ts";
import { ownMoney, type MoneyEvent } from "../../../../offchain/settlement/own-money.ts";
import { fromStored, toStored } from "../../../../offchain/settlement/records.ts";
import { emptyState, reduce } from "../../../../offchain/settlement/state.ts";
import { IndexedView } from "../../../../offchain/settlement/view.ts";
import { PARAMS, relayNumber } from "../../settlement/support/simulation.ts";

const [SELF, OTHER] = [relayNumber(1), relayNumber(2)];
const SIGNER = address(`0x${"a".repeat(40)}`);
const own = channelIdOf(relayPayerId(SELF), SIGNER, OTHER);
const strange = channelIdOf(relayPayerId(OTHER), SIGNER, SELF);
const VRF_KEY = new Uint8Array(64).fill(7);
const PIECE = 3;

const word = {
  status: "open" as const,
  balance: amount(50n),
  nextIndex: ticketIndex(3),
  generation: generation(0),
  closableAt: seconds(0),
};
const recordOf = (blockNumber: number, logIndex: number, event: ChainEvent) => ({
  ...{ blockNumber, blockHash: "0x01" as const, logIndex, contract: PARAMS.channels, event },
});
const opened = recordOf(0, 0, {
  ...{ kind: "channel-opened", channel: own, payer: relayPayerId(SELF) },
  ...{ ticketSigner: SIGNER, relay: OTHER, ...word },
});

/** One transaction of the block, each with a sum of its own. */
const transactionOf = (what: number, sum: bigint): MoneyEvent[] => {
  const credited = { credited: amount(sum), burned: amount(1n) };
  const of = epoch(Number(sum % 3n));
  if (what === 0)
    return [
      ...[sum, 2n * sum].map((paid): MoneyEvent => ({
        ...{ kind: "tickets-redeemed", channel: own, tickets: 1, paid: amount(paid) },
        ...{ unpaid: amount(0n), ...word },
      })),
      { kind: "batch-redeemed", relay: OTHER, epoch: of, ...credited },
    ];
  if (what === 1) return [{ kind: "batch-redeemed", relay: SELF, epoch: of, ...credited }];
  if (what === 2) return [{ kind: "rewards-collected", relay: SELF, amount: amount(sum) }];
  if (what === 4)
    return [
      {
        ...{ kind: "tickets-redeemed", channel: strange, tickets: 1, paid: amount(sum) },
        ...{ unpaid: amount(0n), ...word },
      },
      { kind: "batch-redeemed", relay: OTHER, epoch: of, ...credited },
    ];
  if (what === 5)
    return [{ kind: "rewards-moved", relay: OTHER, channel: strange, amount: amount(sum) }];
  if (what === 6)
    return [{ kind: "earnings-withdrawn", relay: OTHER, recipient: SIGNER, amount: amount(sum) }];
  return [{ kind: "earnings-withdrawn", relay: SELF, recipient: SIGNER, amount: amount(sum) }];
};

/** Which of them are of this relay's money. */
const OWN = new Set([0, 1, 2, 3]);

/** A chain whose blocks are appended, confirmed and undone as the indexer does it. */
class Rig {
  readonly store = memoryChain(() => undefined);
  readonly view = new IndexedView(PARAMS, new ManualClock(millis(1_000_000)));
  readonly asked: { readonly from: number; readonly got: number }[] = [];
  readonly book = new RunningBook(
    {
      eventsFrom: async (names, from, enough) => {
        const piece = await this.store.eventsFrom(names, from, enough);
        this.asked.push({ from, got: piece.length });
        await this.meanwhile();
        return piece;
      },
    },
    this.view,
    SELF,
    PIECE,
  );
  /** Happens after each piece that is read. */
  meanwhile: () => Promise<void> = async () => Promise.resolve();
  head = 0;
  sure = 0;
  #sum = 0n;

  constructor() {
    this.view.show(reduce(emptyState(PARAMS), [opened]));
  }

  async append(transactions: readonly number[]): Promise<void> {
    this.head += 1;
    const events = transactions.flatMap((what) => transactionOf(what, (this.#sum += 1n)));
    const records = events.map((event, at) => recordOf(this.head, at, event));
    await this.store.append(records.map(toStored), [], 10);
  }

  confirm(depth: number): void {
    this.sure = Math.max(this.sure, this.head - depth);
    this.view.confirm(
      { number: this.sure, hash: "0x01", timestamp: seconds(1) },
      this.view.sureState,
    );
  }

  async undo(depth: number): Promise<void> {
    this.head = Math.max(0, this.head - depth);
    await this.store.rollback(this.head);
    const isDeep = this.head < this.sure;
    if (isDeep) {
      this.sure = this.head;
      this.view.confirm(undefined, this.view.state);
    }
    this.view.goBack(this.view.state, isDeep);
  }

  async whole() {
    const events = (await this.store.events({ after: undefined, limit: 10_000 })).map(
      (one) => fromStored(one).event as MoneyEvent,
    );
    return moneyBook(events, this.view, SELF);
  }
}

describe("the running book of a relay's money", () => {
  it("is the same of the events that stay when checkpoints take the place of the others", () => {
    const joined = recordOf(0, 1, {
      ...{ kind: "relay-joined", relay: SELF, owner: SIGNER, agent: SIGNER, recipient: SIGNER },
      ...{ vrfKey: bytesToHex(VRF_KEY), activeFrom: era(0) },
    });
    const state = reduce(emptyState(PARAMS, VRF_KEY), [opened, joined]);
    const view = new IndexedView(PARAMS, new ManualClock());
    view.show(state);
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 6 }), { maxLength: 40 }), (transactions) => {
        const records = transactions.flatMap((what, n) =>
          transactionOf(what, BigInt(n + 1)).map((event, at) => recordOf(n, at, event)),
        );
        const own = ownMoney(records, state);
        const bookOf = (some: readonly ChainRecord[]) =>
          moneyBook(
            some.map(({ event }) => event as MoneyEvent),
            view,
            SELF,
          );
        expect(bookOf(own)).to.deep.equal(bookOf(records));
        expect(ownMoney(records, emptyState(PARAMS))).to.deep.equal([]);
        expect(own).to.deep.equal(
          records.filter(({ blockNumber }) => OWN.has(transactions[blockNumber] ?? 0)),
        );
      }),
      { numRuns: 300 },
    );
  });

  it("is at any time what all events together make, whatever was confirmed or undone meanwhile", async () => {
    const depth = fc.nat({ max: 4 });
    const step = fc.oneof(
      fc.record({ append: fc.array(fc.nat({ max: 3 }), { maxLength: 4 }) }),
      fc.record({ append: fc.array(fc.nat({ max: 3 }), { maxLength: 4 }) }),
      fc.record({ confirm: depth }),
      fc.record({ undo: depth }),
      fc.constant({ read: true }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const rig = new Rig();
        for (const one of steps)
          if ("append" in one) await rig.append(one.append);
          else if ("confirm" in one) rig.confirm(one.confirm);
          else if ("undo" in one) await rig.undo(one.undo);
          else expect(await rig.book.read()).to.deep.equal(await rig.whole());
        expect(await rig.book.read()).to.deep.equal(await rig.whole());
      }),
      { numRuns: 300 },
    );
  });

  it("reads confirmed blocks once, in pieces, and then only those after them", async () => {
    const rig = new Rig();
    for (let block = 0; block < 20; block += 1) await rig.append([1, 2]);
    rig.confirm(2);
    await rig.book.read();
    const first = rig.asked.splice(0);
    expect(first).to.have.length.above(5);
    expect(Math.max(...first.map(({ got }) => got))).to.be.at.most(PIECE + 1);
    await rig.append([0]);
    await rig.book.read();
    expect(rig.asked[0]?.from).to.equal(19);
    expect(rig.asked.reduce((sum, { got }) => sum + got, 0)).to.equal(7);
  });

  it("begins anew after confirmed blocks were undone, also while it reads", async () => {
    const rig = new Rig();
    for (let block = 0; block < 10; block += 1) await rig.append([1, 2]);
    rig.confirm(0);
    await rig.book.read();
    await rig.undo(6);
    await rig.append([0]);
    expect(await rig.book.read()).to.deep.equal(await rig.whole());
    for (let block = 0; block < 10; block += 1) await rig.append([1, 2]);
    rig.confirm(0);
    rig.asked.length = 0;
    rig.meanwhile = async () => {
      if (rig.asked.length === 4) await rig.undo(9);
    };
    expect(await rig.book.read()).to.deep.equal(await rig.whole());
  });

  it("is read once for all who ask at the same time, and again after a failure", async () => {
    const rig = new Rig();
    await rig.append([1]);
    const [one, other] = await Promise.all([rig.book.read(), rig.book.read()]);
    expect(one).to.equal(other);
    expect(rig.asked).to.have.length(1);
    let fails = true;
    const book = new RunningBook(
      {
        eventsFrom: (...asked) =>
          fails ? Promise.reject(new Error("full")) : rig.store.eventsFrom(...asked),
      },
      rig.view,
      SELF,
    );
    const failure = await book.read().catch((error: unknown) => error);
    expect(failure).to.have.property("message", "full");
    fails = false;
    expect(await book.read()).to.deep.equal(await rig.whole());
  });
});
