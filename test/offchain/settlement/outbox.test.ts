import { expect } from "chai";
import fc from "fast-check";

import { memoryStore } from "../../../offchain/adapters/memory/store.ts";
import { ManualClock } from "../../../offchain/adapters/memory/clock.ts";
import { hasCode, WaybillError } from "../../../offchain/core/errors.ts";
import type { Hex } from "../../../offchain/core/bytes.ts";
import { millis, seconds } from "../../../offchain/core/units.ts";
import type { RevertReason } from "../../../offchain/ports/chain.ts";
import type { OutboxStore } from "../../../offchain/ports/store.ts";
import type { Outbox, OutboxOptions } from "../../../offchain/settlement/outbox.ts";
import {
  BUMP_AFTER,
  createOutbox,
  effects,
  paidOn,
  payment,
  SIGNER,
  toldBy,
} from "./support/outbox-scene.ts";
import { PARAMS, recordingLog, simulatedChain } from "./support/simulation.ts";

const REFUSED: RevertReason = { name: "PaymentChannels_AboveAllowance", args: ["7", "5"] };

class Crash extends Error {}

/** Stops the world at the n-th effect outside of the process: before it, or after it and before its answer. */
function crashAt(n: number, moment: "before" | "after") {
  let seen = 0;
  const strike = (when: "before" | "after"): void => {
    if (when === "before") seen += 1;
    if (seen === n && when === moment) throw new Crash();
  };
  return { strike, seen: () => seen };
}

function crashingStore(
  store: OutboxStore,
  strike: (when: "before" | "after") => void,
): OutboxStore {
  const around = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    strike("before");
    const result = await work();
    strike("after");
    return result;
  };
  return {
    intend: (entry) => around(() => store.intend(entry)),
    update: (key, change) => around(() => store.update(key, change)),
    get: (key) => around(() => store.get(key)),
    list: (states) => around(() => store.list(states)),
    latest: (limit) => around(() => store.latest(limit)),
    keys: (prefix) => around(() => store.keys(prefix)),
    forgetBefore: (time) => around(() => store.forgetBefore(time)),
    costs: (start, length) => around(() => store.costs(start, length)),
  };
}

async function untilCrash(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof Crash)) throw error;
  }
}

describe("outbox", () => {
  it("threat 50: has exactly one effect per intent, wherever the process dies", async () => {
    let crashes = 0;
    for (const moment of ["before", "after"] as const)
      for (let n = 1; ; n++) {
        const chain = simulatedChain();
        const { outbox: store } = memoryStore();
        const crash = crashAt(n, moment);
        const calls = [payment(chain, 1), payment(chain, 2)];
        const intendAll = async (box: Outbox) => {
          for (const [i, call] of calls.entries()) await box.intend(`payment:${i}`, call);
        };

        chain.fault = (_, when) => {
          crash.strike(when);
        };
        const first = createOutbox(chain, crashingStore(store, crash.strike));
        await untilCrash(async () => {
          await intendAll(first);
          await first.step();
          chain.mine();
          await first.step();
        });
        const reached = crash.seen() >= n;
        chain.fault = () => undefined;

        const second = createOutbox(chain, store);
        await intendAll(second);
        for (let pass = 0; pass < 4; pass++) {
          await second.step();
          chain.mine();
        }
        for (const [i, call] of calls.entries()) {
          const outcome = await second.outcome(`payment:${i}`);
          expect(outcome, `${moment} effect ${n}`).to.have.property("state", "confirmed");
          expect(effects(chain).get(call.data), `${moment} effect ${n}`).to.equal(1);
        }
        expect(await toldBy(store), `${moment} effect ${n}`).to.equal(await paidOn(chain));
        if (!reached) break;
        crashes += 1;
      }
    expect(crashes).to.be.greaterThan(40);
  });

  it("threat 50: has one effect per intent under random crashes, lost answers, drops, reorgs and rising fees", async () => {
    let mostVersions = 0;
    let mostUndone = 0;
    const fault = fc.record({
      at: fc.integer({ min: 1, max: 12 }),
      moment: fc.constantFrom("before" as const, "after" as const),
      then: fc.constantFrom("mine", "drop", "reorg", "deep", "fees-rise", "fees-fall", "nothing"),
      // So long that the fee of what waits rises, or not.
      pause: fc.constantFrom(0, BUMP_AFTER, 4 * BUMP_AFTER),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(fault, { maxLength: 8 }), async (faults) => {
        const chain = simulatedChain();
        const { outbox: store } = memoryStore();
        const calls = [1, 2, 3].map((n) => payment(chain, n));
        let versions = 0;
        let ended = 0;
        for (const { at, moment, then, pause } of faults) {
          const clock = new ManualClock();
          const box = createOutbox(
            chain,
            crashingStore(store, (when) => {
              crash.strike(when);
            }),
            3,
            recordingLog(),
            {
              clock,
            },
          );
          let crash = crashAt(Infinity, moment);
          await untilCrash(async () => {
            for (const [i, call] of calls.entries()) await box.intend(`payment:${i}`, call);
            await box.step();
            await clock.run(millis(pause));
            crash = crashAt(at, moment);
            chain.fault = (_, when) => {
              crash.strike(when);
            };
            await box.step();
          });
          chain.fault = () => undefined;
          for (const entry of await store.list(["sent"]))
            versions = Math.max(versions, entry.versions.length);
          if (then === "fees-rise") chain.baseFee *= 3n;
          if (then === "fees-fall") chain.baseFee = 1n;
          if (then === "mine") chain.mine();
          if (then === "drop") chain.dropPool();
          if (then === "reorg" && chain.transactions.length > 0) chain.reorg(1);
          if (then === "deep") {
            const box = createOutbox(chain, store, 3);
            for (let i = 0; i < 4; i++) {
              await box.step();
              chain.mine();
            }
            await box.step();
            ended += (await store.list(["confirmed"])).length;
            chain.reorg(4, true);
          }
        }
        mostVersions = Math.max(mostVersions, versions);
        mostUndone = Math.max(mostUndone, ended);
        const clock = new ManualClock();
        const last = createOutbox(chain, store, 3, recordingLog(), { clock, maxFee: 10n ** 12n });
        for (const [i, call] of calls.entries()) await last.intend(`payment:${i}`, call);
        for (let pass = 0; pass < 12; pass++) {
          await last.step();
          await clock.run(millis(64 * BUMP_AFTER));
          chain.mine();
        }
        for (const [i, call] of calls.entries()) {
          expect(await last.outcome(`payment:${i}`)).to.have.property("state", "confirmed");
          expect(effects(chain).get(call.data)).to.equal(1);
        }
        expect(await toldBy(store)).to.equal(await paidOn(chain));
      }),
      { numRuns: 150 },
    );
    expect(mostVersions).to.be.greaterThan(1);
    expect(mostUndone).to.be.greaterThan(1);
  });

  it("threat 50: has one effect when the process dies at any point of replacing a stuck transaction", async () => {
    let crashes = 0;
    for (const moment of ["before", "after"] as const)
      for (let n = 1; ; n++) {
        const chain = simulatedChain();
        const { outbox: store } = memoryStore();
        const clock = new ManualClock();
        const call = payment(chain, 1);
        let crash = crashAt(Infinity, moment);
        const strike = (when: "before" | "after"): void => {
          crash.strike(when);
        };
        const first = createOutbox(chain, crashingStore(store, strike), 1, recordingLog(), {
          clock,
        });
        await first.intend("payment", call);
        await first.step();
        chain.baseFee = 20n;
        await clock.run(millis(BUMP_AFTER));
        crash = crashAt(n, moment);
        chain.fault = (_, when) => {
          crash.strike(when);
        };
        await untilCrash(async () => {
          await first.step();
          chain.mine();
          await first.step();
        });
        chain.fault = () => undefined;
        const reached = crash.seen() >= n;

        // In the next run either version may be the one that is taken.
        if (n % 2 === 0) chain.baseFee = 1n;
        const later = new ManualClock();
        const second = createOutbox(chain, store, 1, recordingLog(), { clock: later });
        for (let pass = 0; pass < 4; pass++) {
          await second.step();
          await later.run(millis(2 * BUMP_AFTER));
          chain.mine();
        }
        expect(await second.outcome("payment"), `${moment} effect ${n}`).to.have.property(
          "state",
          "confirmed",
        );
        expect(effects(chain).get(call.data), `${moment} effect ${n}`).to.equal(1);
        expect(await toldBy(store), `${moment} effect ${n}`).to.equal(await paidOn(chain));
        if (!reached) break;
        crashes += 1;
      }
    expect(crashes).to.be.greaterThan(20);
  });

  it("sends nothing again under a key that was used", async () => {
    const chain = simulatedChain();
    const { outbox: store } = memoryStore();
    const box = createOutbox(chain, store);
    await box.intend("once", payment(chain, 1));
    await box.step();
    chain.mine();
    await box.step();

    const again = await box.intend("once", payment(chain, 2));
    await box.step();
    chain.mine();

    expect(again).to.have.property("state", "confirmed");
    expect(chain.transactions).to.have.length(1);
  });

  it("keeps the contract's custom error of a call that is refused before it is sent", async () => {
    const chain = simulatedChain({ execute: () => ({ revert: REFUSED }) });
    const { outbox: store } = memoryStore();
    const box = createOutbox(chain, store);
    await box.intend("refused", payment(chain, 1), 99_000n);
    await box.step();

    const outcome = await createOutbox(chain, store).outcome("refused");
    if (outcome === undefined || outcome === "pending" || outcome.state !== "failed")
      throw new Error("the call was refused");
    expect(hasCode(outcome.error, "CHAIN_REVERTED")).to.equal(true);
    expect(outcome.error.message).to.contain("PaymentChannels_AboveAllowance(7, 5)");
    expect(chain.transactions).to.have.length(0);
  });

  it("keeps the custom error of a transaction that fails in its block", async () => {
    let refuses = false;
    const chain = simulatedChain({
      execute: () => (refuses ? { revert: REFUSED } : { events: [] }),
    });
    const { outbox: store } = memoryStore();
    const box = createOutbox(chain, store);
    const end = box.submit("late", payment(chain, 1));
    await box.step();
    refuses = true;
    chain.mine();
    await box.step();

    const outcome = await end;
    expect(outcome).to.have.property("state", "failed");
    expect(outcome)
      .to.have.property("error")
      .that.has.property("context")
      .that.deep.includes({ cause: REFUSED });
    expect(await toldBy(store)).to.equal(await paidOn(chain));
  });

  it("threat 50: sends anew when a stranger's transaction used its nonce, and only once that is deep enough", async () => {
    const chain = simulatedChain();
    const log = recordingLog();
    const box = createOutbox(chain, memoryStore().outbox, 3, log);
    await box.intend("mine", payment(chain, 1));
    await box.step();
    chain.dropPool();
    const other = SIGNER.sign({
      ...payment(chain, 99),
      chainId: PARAMS.chainId,
      nonce: 0,
      gasLimit: 1n,
      fees: await chain.fees(),
    });
    await chain.broadcast(other.raw);
    chain.mine();
    await box.step();
    expect(effects(chain).has(payment(chain, 1).data)).to.equal(false);
    expect(log.lines).to.deep.equal([]);

    for (let pass = 0; pass < 6; pass++) {
      chain.mine();
      await box.step();
    }
    expect(log.lines.map(({ level }) => level)).to.deep.equal(["warn"]);
    expect(effects(chain).get(payment(chain, 1).data)).to.equal(1);
    expect(await box.outcome("mine")).to.have.property("state", "confirmed");
  });

  it("threat 49: goes on after the endpoint died, and says so once", async () => {
    const chain = simulatedChain();
    const clock = new ManualClock();
    const log = recordingLog();
    const box = createOutbox(chain, memoryStore().outbox, 1, log, { clock });
    chain.down = true;
    box.start();
    await box.intend("mine", payment(chain, 1));
    await clock.run(millis(5_000));
    expect(log.lines.map(({ level }) => level)).to.deep.equal(["warn"]);

    chain.down = false;
    await clock.run(millis(300));
    chain.mine();
    await clock.run(millis(300));
    await box.stop();

    expect(await box.outcome("mine")).to.have.property("state", "confirmed");
    expect(log.lines.map(({ level }) => level)).to.deep.equal(["warn", "info"]);
  });

  describe("a transaction that waits", () => {
    const scene = (change: Partial<OutboxOptions> = {}) => {
      const chain = simulatedChain();
      const { outbox: store } = memoryStore();
      const clock = new ManualClock();
      const log = recordingLog();
      const box = createOutbox(chain, store, 1, log, { clock, ...change });
      const versions = async () => (await store.list(["sent"]))[0]?.versions ?? [];
      const offers = async () => (await versions()).map(({ raw }) => SIGNER.feesOf(raw as Hex));
      return { chain, store, clock, log, box, offers };
    };

    it("offers an eighth more at the least, what is asked for now at the most, and later each time", async () => {
      const { chain, clock, box, offers } = scene({ maxFee: 10n ** 6n });
      chain.baseFee = 100n;
      await box.intend("mine", payment(chain, 1));
      await box.step();
      chain.baseFee = 5_000n;
      for (const pause of [1, 2, 4]) {
        await clock.run(millis(pause * BUMP_AFTER - 1));
        await box.step();
        const before = (await offers()).length;
        await clock.run(millis(1));
        await box.step();
        expect(await offers()).to.have.length(before + 1);
      }
      const [first, ...bumped] = await offers();
      expect(first?.maxFeePerGas).to.equal(201n);
      expect(bumped.map(({ maxFeePerGas }) => maxFeePerGas)).to.deep.equal([
        10_001n,
        11_252n,
        12_659n,
      ]);
      chain.mine();
      await box.step();
      expect(await box.outcome("mine")).to.have.property("state", "confirmed");
      expect(box.alarms).to.deep.equal([]);
    });

    it("is settled by the receipt of any of its versions", async () => {
      const { chain, store, clock, box } = scene();
      await box.intend("mine", payment(chain, 1));
      await box.step();
      const [first] = (await store.list(["sent"]))[0]?.versions ?? [];
      chain.fault = (method, moment) => {
        if (method === "broadcast" && moment === "before") throw new Crash();
      };
      await clock.run(millis(BUMP_AFTER));
      await untilCrash(() => box.step());
      expect((await store.list(["sent"]))[0]?.versions).to.have.length(2);
      chain.fault = () => undefined;
      chain.mine();
      await box.step();
      expect(await box.outcome("mine")).to.deep.equal({ state: "confirmed", hash: first?.hash });
      expect(await toldBy(store)).to.equal(await paidOn(chain));
    });

    it("threat 50: never offers more than is allowed, says so by an alarm, and is sent when fees fall", async () => {
      const { chain, clock, box, offers } = scene({ maxFee: 1_000n });
      await box.intend("mine", payment(chain, 1));
      await box.step();
      chain.baseFee = 5_000n;
      for (let i = 0; i < 12; i++) {
        await clock.run(millis(BUMP_AFTER * 2 ** Math.min(i, 6)));
        await box.step();
      }
      expect((await offers()).at(-1)).to.have.property("maxFeePerGas", 1_000n);
      expect(box.alarms).to.deep.equal(["transaction-stuck", "fee-cap-reached"]);
      chain.baseFee = 900n;
      chain.mine();
      await box.step();
      expect(await box.outcome("mine")).to.have.property("state", "confirmed");
      expect(box.alarms).to.deep.equal([]);
    });

    it("raises the fee only of the one whose turn it is", async () => {
      const { chain, store, clock, box } = scene();
      for (const n of [1, 2, 3]) await box.intend(`mine:${n}`, payment(chain, n));
      await box.step();
      chain.baseFee = 50n;
      await clock.run(millis(BUMP_AFTER));
      await box.step();
      const sent = await store.list(["sent"]);
      expect(sent.map(({ versions }) => versions.length)).to.deep.equal([2, 1, 1]);
    });

    it("says once that the account cannot pay for it, and goes on when it can", async () => {
      const { chain, box, log } = scene();
      chain.poor.add(SIGNER.address);
      await box.intend("mine", payment(chain, 1));
      for (let i = 0; i < 5; i++) await box.step();
      expect(box.alarms).to.deep.equal(["coin-low"]);
      expect(log.lines.map(({ level }) => level)).to.deep.equal(["warn"]);
      chain.poor.clear();
      await box.step();
      chain.mine();
      await box.step();
      expect(await box.outcome("mine")).to.have.property("state", "confirmed");
      expect(box.alarms).to.deep.equal([]);
    });

    it("fills a nonce that a stranger's dropped transaction left unused", async () => {
      const { chain, clock, box } = scene();
      const other = SIGNER.sign({
        ...payment(chain, 99),
        ...{ chainId: PARAMS.chainId, nonce: 0, gasLimit: 1n, fees: await chain.fees() },
      });
      await chain.broadcast(other.raw);
      await box.intend("mine", payment(chain, 1));
      await box.step();
      chain.dropPool();
      for (let i = 0; i < 4; i++) {
        await clock.run(millis(BUMP_AFTER));
        await box.step();
        chain.mine();
      }
      await box.step();
      expect(await box.outcome("mine")).to.have.property("state", "confirmed");
      expect(chain.transactions.map(({ nonce }) => nonce)).to.deep.equal([0, 1]);
      expect(effects(chain).get(payment(chain, 99).data)).to.equal(undefined);
    });

    it("fills all such nonces, also one whose earlier filling a reorg took out of the chain", async () => {
      const { chain, store, clock, box } = scene();
      const signed = { chainId: PARAMS.chainId, gasLimit: 1n, fees: await chain.fees() };
      for (const nonce of [0, 1])
        await chain.broadcast(SIGNER.sign({ ...payment(chain, 99), ...signed, nonce }).raw);
      await box.intend("mine", payment(chain, 1));
      await box.step();
      chain.dropPool();
      // The end of a filling that was undone later.
      const undone = `${SIGNER.address}/gap:0:0`;
      await store.intend({ key: undone, to: "0x", data: "0x", value: 0n, gasLimit: 1n });
      await store.update(undone, { state: "confirmed", hash: "0x01" });
      await clock.run(millis(BUMP_AFTER));
      await box.step();
      chain.mine();
      await box.step();
      expect(await box.outcome("mine")).to.have.property("state", "confirmed");
      expect(chain.transactions.map(({ nonce }) => nonce)).to.deep.equal([0, 1, 2]);
    });

    it("threat 49: is not joined by others while the endpoints disagree, and those are sent afterwards", async () => {
      const { chain, store, box, log } = scene();
      chain.disputes = ["events"];
      await box.intend("mine", payment(chain, 1));
      for (let i = 0; i < 3; i++) await box.step();
      expect(await store.list(["intended"])).to.have.length(1);
      expect(log.lines.map(({ level }) => level)).to.deep.equal(["warn"]);
      chain.disputes = [];
      await box.step();
      expect(await store.list(["sent"])).to.have.length(1);
    });

    it("is followed at an endpoint of several machines of which some do not have the newest block yet", async () => {
      const chain = simulatedChain();
      const { outbox: store } = memoryStore();
      const box = createOutbox(chain, store, 3);
      await box.intend("mine", payment(chain, 1));
      await box.step();
      const nonce = chain.nonce.bind(chain);
      chain.nonce = async (account, at) => {
        const { number } = await chain.head();
        if (typeof at === "number" && at > number - 1) throw new WaybillError("CHAIN_UNREACHABLE");
        return nonce(account, at);
      };
      for (let i = 0; i < 3; i++) {
        chain.mine();
        await box.step();
      }
      expect(await box.outcome("mine")).to.have.property("state", "confirmed");
    });

    it("costs no question of its own, in a block or not, until it is deep enough", async () => {
      const asked = async (count: number, mined: boolean): Promise<number> => {
        const chain = simulatedChain();
        const box = createOutbox(chain, memoryStore().outbox, 5, recordingLog(), {
          rebroadcastAfter: millis(60_000),
        });
        for (let n = 1; n <= count; n++) await box.intend(`payment:${n}`, payment(chain, n));
        await box.step();
        if (mined) chain.mine();
        let questions = 0;
        for (const name of ["head", "nonce", "receipt", "block"] as const) {
          const answer = chain[name].bind(chain) as (...given: never[]) => Promise<never>;
          chain[name] = (...given: never[]) => {
            questions += 1;
            return answer(...given);
          };
        }
        await box.step();
        return questions;
      };
      for (const mined of [false, true])
        expect(await asked(20, mined), `mined: ${mined}`).to.equal(await asked(2, mined));
    });

    it("is forgotten a month after its end, and numbered attempts go on where they were", async () => {
      const { chain, store, box } = scene();
      for (const n of [0, 1]) await box.intend(`fund:${n}`, payment(chain, n));
      await box.step();
      chain.mine();
      await box.step();
      expect(await box.firstAttempt("fund")).to.equal(0);
      const long = seconds(PARAMS.genesis + 40 * 86_400);
      await store.update(`${SIGNER.address}/fund:1`, { settledAt: long });
      const clock = new ManualClock(millis(long * 1_000));
      for (let i = 0; i < 40; i++) chain.mine();
      chain.head = () =>
        Promise.resolve({ number: 40, hash: "0x01", timestamp: seconds(long - 86_400) });
      await createOutbox(chain, store, 1, recordingLog(), { clock }).step();
      expect(await box.outcome("fund:0")).to.equal(undefined);
      expect(await box.firstAttempt("fund")).to.equal(1);
      expect(await toldBy(store)).to.equal(await paidOn(chain));
    });
  });
});
