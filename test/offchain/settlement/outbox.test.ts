import { expect } from "chai";
import fc from "fast-check";

import { memoryStore } from "../../../offchain/adapters/memory/store.ts";
import { ManualClock } from "../../../offchain/adapters/memory/clock.ts";
import type { SimulatedChain } from "../../../offchain/adapters/simulated-chain/chain.ts";
import { simulatedSigner } from "../../../offchain/adapters/simulated-chain/signer.ts";
import { hasCode } from "../../../offchain/core/errors.ts";
import { address, amount, millis } from "../../../offchain/core/units.ts";
import type { Call, RevertReason } from "../../../offchain/ports/chain.ts";
import type { OutboxStore } from "../../../offchain/ports/store.ts";
import { Outbox } from "../../../offchain/settlement/outbox.ts";
import { PARAMS, recordingLog, simulatedChain } from "./support/simulation.ts";

const SIGNER = simulatedSigner("agent");
const REFUSED: RevertReason = { name: "PaymentChannels_AboveAllowance", args: ["7", "5"] };

function outbox(
  chain: SimulatedChain,
  store: OutboxStore,
  confirmations = 1,
  log = recordingLog(),
) {
  return new Outbox({
    chain,
    store,
    signer: SIGNER,
    chainId: PARAMS.chainId,
    clock: new ManualClock(),
    log,
    confirmations,
    interval: millis(10),
    longestPause: millis(100),
    rebroadcastAfter: millis(0),
  });
}

const payment = (chain: SimulatedChain, n: number): Call =>
  chain.calls.approve(address(PARAMS.channels), amount(BigInt(n)));

/** How often each call is in the chain. */
function effects(chain: SimulatedChain): Map<string, number> {
  const count = new Map<string, number>();
  for (const { data } of chain.transactions) count.set(data, (count.get(data) ?? 0) + 1);
  return count;
}

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
        const first = outbox(chain, crashingStore(store, crash.strike));
        await untilCrash(async () => {
          await intendAll(first);
          await first.step();
          chain.mine();
          await first.step();
        });
        const reached = crash.seen() >= n;
        chain.fault = () => undefined;

        const second = outbox(chain, store);
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
        if (!reached) break;
        crashes += 1;
      }
    expect(crashes).to.be.greaterThan(40);
  });

  it("threat 50: has one effect per intent under random crashes, lost answers, drops and reorgs", async () => {
    const fault = fc.record({
      at: fc.integer({ min: 1, max: 12 }),
      moment: fc.constantFrom("before" as const, "after" as const),
      then: fc.constantFrom("mine", "drop", "reorg", "nothing"),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(fault, { maxLength: 8 }), async (faults) => {
        const chain = simulatedChain();
        const { outbox: store } = memoryStore();
        const calls = [1, 2, 3].map((n) => payment(chain, n));
        for (const { at, moment, then } of faults) {
          const crash = crashAt(at, moment);
          chain.fault = (_, when) => {
            crash.strike(when);
          };
          const box = outbox(chain, crashingStore(store, crash.strike), 3);
          await untilCrash(async () => {
            for (const [i, call] of calls.entries()) await box.intend(`payment:${i}`, call);
            await box.step();
          });
          if (then === "mine") chain.mine();
          if (then === "drop") chain.dropPool();
          if (then === "reorg" && chain.transactions.length > 0) chain.reorg(1);
        }
        chain.fault = () => undefined;
        const last = outbox(chain, store, 3);
        for (const [i, call] of calls.entries()) await last.intend(`payment:${i}`, call);
        for (let pass = 0; pass < 8; pass++) {
          await last.step();
          chain.mine();
        }
        for (const [i, call] of calls.entries()) {
          expect(await last.outcome(`payment:${i}`)).to.have.property("state", "confirmed");
          expect(effects(chain).get(call.data)).to.equal(1);
        }
      }),
      { numRuns: 150 },
    );
  });

  it("sends nothing again under a key that was used", async () => {
    const chain = simulatedChain();
    const { outbox: store } = memoryStore();
    const box = outbox(chain, store);
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
    const box = outbox(chain, store);
    await box.intend("refused", payment(chain, 1), 99_000n);
    await box.step();

    const outcome = await outbox(chain, store).outcome("refused");
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
    const box = outbox(chain, memoryStore().outbox);
    const end = box.submit("late", payment(chain, 1));
    await box.step();
    refuses = true;
    chain.mine();
    await box.step();

    const outcome = await end;
    expect(outcome.state).to.equal("failed");
    expect(outcome)
      .to.have.property("error")
      .that.has.property("context")
      .that.deep.includes({ cause: REFUSED });
  });

  it("threat 50: sends anew when a stranger's transaction used its nonce, and only once that is deep enough", async () => {
    const chain = simulatedChain();
    const log = recordingLog();
    const box = outbox(chain, memoryStore().outbox, 3, log);
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

  it("threat 51: sends a confirmed transaction again, byte for byte, when a deep reorg lost it", async () => {
    const chain = simulatedChain();
    const box = outbox(chain, memoryStore().outbox);
    await box.intend("mine", payment(chain, 1));
    await box.step();
    chain.mine();
    await box.step();
    const before = chain.transactions[0]?.hash;
    expect(await box.blockOf("mine")).to.equal(1);

    chain.reorg(1, true);
    expect(await box.blockOf("mine")).to.equal(undefined);
    await box.step();
    chain.mine();
    await box.step();

    expect(chain.transactions.map(({ hash }) => hash)).to.deep.equal([before]);
    expect(await box.blockOf("mine")).to.equal(1);
  });

  it("threat 49: goes on after the endpoint died, and says so once", async () => {
    const chain = simulatedChain();
    const clock = new ManualClock();
    const log = recordingLog();
    const box = new Outbox({
      chain,
      store: memoryStore().outbox,
      signer: SIGNER,
      chainId: PARAMS.chainId,
      clock,
      log,
      confirmations: 1,
      interval: millis(10),
      longestPause: millis(100),
      rebroadcastAfter: millis(0),
    });
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
});
