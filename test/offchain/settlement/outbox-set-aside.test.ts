/** Intents to which the chain's node says neither yes nor no. */
import { expect } from "chai";

import { ManualClock } from "../../../offchain/adapters/memory/clock.ts";
import { memoryStore } from "../../../offchain/adapters/memory/store.ts";
import { WaybillError, type ErrorCode } from "../../../offchain/core/errors.ts";
import { millis } from "../../../offchain/core/units.ts";
import type { Chain } from "../../../offchain/ports/chain.ts";
import { finishEarlier, perform } from "../../../offchain/settlement/perform.ts";
import { createOutbox, effects, payment } from "./support/outbox-scene.ts";
import { recordingLog, simulatedChain } from "./support/simulation.ts";

const REST = 15_000;

function scene() {
  const chain = simulatedChain();
  const poisoned = payment(chain, 666).data;
  const estimate = chain.estimateGas.bind(chain);
  const asked = { poisoned: 0 };
  const poison = (code: ErrorCode | undefined): void => {
    chain.estimateGas = async (...[from, call]: Parameters<Chain["estimateGas"]>) => {
      if (call.data !== poisoned || code === undefined) return estimate(from, call);
      asked.poisoned += 1;
      throw new WaybillError(code, { got: "gas required exceeds allowance" });
    };
  };
  const { outbox: store } = memoryStore();
  const clock = new ManualClock();
  const log = recordingLog();
  const box = createOutbox(chain, store, 1, log, { clock, rebroadcastAfter: millis(REST) });
  return { chain, store, clock, log, box, asked, poison };
}

describe("an intent whose gas the chain's node cannot estimate", () => {
  for (const code of ["CHAIN_CALL_FAILED", "CHAIN_UNREACHABLE"] as const)
    it(`threat 49: is set aside, told once and tried again more and more rarely, and the others go ahead (${code})`, async () => {
      const { chain, store, clock, log, box, asked, poison } = scene();
      poison(code);
      for (const n of [1, 666, 2]) await box.intend(`payment:${n}`, payment(chain, n));
      await box.step();
      chain.mine();
      for (let i = 0; i < 60; i++) {
        await clock.run(millis(REST));
        await box.step();
      }
      expect(await box.outcome("payment:1")).to.have.property("state", "confirmed");
      expect(await box.outcome("payment:2")).to.have.property("state", "confirmed");
      expect(await box.outcome("payment:666")).to.equal("pending");
      expect(box.alarms).to.deep.equal(["transaction-set-aside"]);
      expect(log.lines.map(({ level }) => level)).to.deep.equal(["error"]);
      expect(asked.poisoned).to.be.within(5, 7);

      // It has taken no nonce, so what comes later waits for nothing.
      await box.intend("payment:3", payment(chain, 3));
      await box.step();
      chain.mine();
      poison(undefined);
      for (let i = 0; i < 60; i++) {
        await clock.run(millis(REST));
        await box.step();
        chain.mine();
      }
      expect(await store.list(["intended", "sent"])).to.deep.equal([]);
      expect(box.alarms).to.deep.equal([]);
      expect(chain.transactions.map(({ nonce }) => nonce)).to.deep.equal([0, 1, 2, 3]);
      expect([...effects(chain).values()]).to.deep.equal([1, 1, 1, 1]);
    });

  /** As a command has it: a new one each time, on the same database. */
  const ofCommand = ({ chain, store, clock }: ReturnType<typeof scene>) =>
    createOutbox(chain, store, 1, recordingLog(), {
      ...{ clock, rebroadcastAfter: millis(REST), undecided: "give-up" as const },
    });

  it("is given up by a command, which waits for the end of the others alone", async () => {
    const setting = scene();
    const { chain, box, poison } = setting;
    poison("CHAIN_CALL_FAILED");
    for (const n of [666, 1]) await box.intend(`payment:${n}:0`, payment(chain, n));
    const next = ofCommand(setting);
    const earlier = finishEarlier(next);
    for (let i = 0; i < 3; i++) {
      await next.step();
      chain.mine();
    }
    const finished = await earlier;
    expect([...finished].map(([name, { state }]) => [name, state])).to.deep.equal([
      ["payment:666", "failed"],
      ["payment:1", "confirmed"],
    ]);
    expect(finished.get("payment:666")).to.have.nested.property("error.code", "CHAIN_UNDECIDED");
    expect(next.alarms).to.deep.equal([]);

    poison(undefined);
    for (let i = 0; i < 3; i++) {
      await next.step();
      chain.mine();
    }
    expect(chain.transactions.map(({ nonce }) => nonce)).to.deep.equal([0]);
  });

  it("ends the command that wants it; run again it sends what it wants then", async () => {
    const setting = scene();
    const { chain, asked, poison } = setting;
    poison("CHAIN_CALL_FAILED");
    const step = (n: number) => ({ name: "payment", says: "Pay.", call: payment(chain, n) });
    for (let run = 1; run <= 2; run++) {
      const outbox = ofCommand(setting);
      const refused = perform({ outbox, chain }, step(666)).catch((error: unknown) => error);
      await new Promise(setImmediate);
      await outbox.step();
      const error = await refused;
      expect(error).to.have.property("code", "CHAIN_UNDECIDED");
      expect(error)
        .to.have.property("message")
        .that.matches(/payment.*gas required exceeds allowance/);
      expect(asked.poisoned).to.equal(run);
    }
    const outbox = ofCommand(setting);
    expect([...(await finishEarlier(outbox))]).to.deep.equal([]);
    const done = perform({ outbox, chain }, step(1));
    await new Promise(setImmediate);
    await outbox.step();
    chain.mine();
    await outbox.step();
    expect((await done).success).to.equal(true);
    expect([...effects(chain)]).to.deep.equal([[payment(chain, 1).data, 1]]);
  });

  it("is given up for silence only when it comes twice: a connection may just have ended", async () => {
    for (const isBack of [true, false]) {
      const setting = scene();
      const { chain, clock, poison } = setting;
      poison("CHAIN_UNREACHABLE");
      const outbox = ofCommand(setting);
      const end = outbox.submit("payment:666", payment(chain, 666));
      await new Promise(setImmediate);
      await outbox.step();
      expect(await outbox.outcome("payment:666")).to.equal("pending");
      if (isBack) poison(undefined);
      await clock.run(millis(REST));
      await outbox.step();
      chain.mine();
      await outbox.step();
      const outcome = await end;
      expect(outcome.state).to.equal(isBack ? "confirmed" : "failed");
      if (!isBack) expect(outcome).to.have.nested.property("error.code", "CHAIN_UNDECIDED");
      expect(chain.transactions).to.have.length(isBack ? 1 : 0);
    }
  });

  it("is no reason for an alarm of its own while the chain is down", async () => {
    const { chain, box, log } = scene();
    await box.intend("payment:1", payment(chain, 1));
    chain.down = true;
    const error: unknown = await box.step().catch((caught: unknown) => caught);
    expect(error).to.have.property("code", "CHAIN_UNREACHABLE");
    expect(box.alarms).to.deep.equal([]);
    chain.down = false;
    await box.step();
    chain.mine();
    await box.step();
    expect(await box.outcome("payment:1")).to.have.property("state", "confirmed");
    expect(log.lines).to.deep.equal([]);
  });
});
