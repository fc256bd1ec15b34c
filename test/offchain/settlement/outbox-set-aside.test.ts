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

  it("is named by the next command, which waits for the end of the others alone", async () => {
    const { chain, store, clock, box, poison } = scene();
    poison("CHAIN_CALL_FAILED");
    for (const n of [666, 1]) await box.intend(`payment:${n}:0`, payment(chain, n));
    const next = createOutbox(chain, store, 1, recordingLog(), { clock });
    const earlier = finishEarlier(next);
    for (let i = 0; i < 3; i++) {
      await next.step();
      chain.mine();
    }
    const { finished, setAside } = await earlier;
    expect(setAside).to.deep.equal(["payment:666"]);
    expect([...finished].map(([name, { state }]) => [name, state])).to.deep.equal([
      ["payment:1", "confirmed"],
    ]);
    expect(next.isSetAside("payment:666:0")).to.equal(true);
    expect((await finishEarlier(next)).setAside).to.deep.equal(["payment:666"]);

    poison(undefined);
    for (let i = 0; i < 3; i++) {
      await next.step();
      chain.mine();
    }
    expect(next.isSetAside("payment:666:0")).to.equal(false);
    expect(await next.outcome("payment:666:0")).to.have.property("state", "confirmed");
  });

  it("ends the command that wants it, which sends it when it is run again later", async () => {
    const { chain, clock, box, poison } = scene();
    poison("CHAIN_CALL_FAILED");
    const step = { name: "payment:666", says: "Pay.", call: payment(chain, 666) };
    for (let run = 0; run < 2; run++) {
      const refused = perform({ outbox: box, chain }, step).catch((error: unknown) => error);
      await new Promise(setImmediate);
      await box.step();
      expect(await refused).to.deep.include({
        code: "CHAIN_UNDECIDED",
        context: { what: "payment:666" },
      });
    }
    poison(undefined);
    await clock.run(millis(REST));
    await box.step();
    const earlier = finishEarlier(box);
    chain.mine();
    await box.step();
    const { finished } = await earlier;
    expect((await perform({ outbox: box, chain }, step, finished)).success).to.equal(true);
    expect([...effects(chain).values()]).to.deep.equal([1]);
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
