/** What becomes of transactions that had ended when a deep reorg takes them out of the chain. */
import { expect } from "chai";

import { openEndpoints } from "../../../offchain/adapters/endpoints/chain.ts";
import { ManualClock } from "../../../offchain/adapters/memory/clock.ts";
import { memoryStore } from "../../../offchain/adapters/memory/store.ts";
import { SILENT, unchangedOutbox } from "../../../offchain/app/idle.ts";
import type { Hex } from "../../../offchain/core/bytes.ts";
import { millis, seconds } from "../../../offchain/core/units.ts";
import { encodeFailure } from "../../../offchain/settlement/failure.ts";
import type { RevertReason } from "../../../offchain/ports/chain.ts";
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

/** An outbox whose payments 1 to `count` are confirmed, each in a block of its own. */
async function confirmed(count: number, confirmations = 1) {
  const chain = simulatedChain();
  const { outbox: store } = memoryStore();
  const log = recordingLog();
  const box = createOutbox(chain, store, confirmations, log);
  for (let n = 1; n <= count; n++) {
    await box.intend(`payment:${n}`, payment(chain, n));
    await box.step();
    chain.mine();
  }
  for (let i = 0; i < confirmations; i++) {
    await box.step();
    chain.mine();
  }
  for (let n = 1; n <= count; n++)
    expect(await box.outcome(`payment:${n}`)).to.have.property("state", "confirmed");
  return { chain, store, log, box };
}

describe("transactions that have ended, when a deep reorg takes them out of the chain", () => {
  it("threat 51: go out again by themselves, byte for byte, and those behind them follow", async () => {
    const { chain, store, box, log } = await confirmed(3, 2);
    const before = chain.transactions.map(({ hash }) => hash);
    // Everything but the first block.
    chain.reorg(5, true);
    expect(chain.transactions).to.deep.equal([]);
    await box.intend("later", payment(chain, 4));
    for (let i = 0; i < 12; i++) {
      chain.mine();
      await box.step();
    }
    expect(chain.transactions.slice(0, 3).map(({ hash }) => hash)).to.deep.equal(before);
    expect(chain.transactions.map(({ nonce }) => nonce)).to.deep.equal([0, 1, 2, 3]);
    for (const name of ["payment:1", "payment:2", "payment:3", "later"])
      expect(await box.outcome(name), name).to.have.property("state", "confirmed");
    expect(log.lines.map(({ level }) => level)).to.deep.equal(["warn", "warn", "warn"]);
    expect(await toldBy(store)).to.equal(await paidOn(chain));
  });

  it("threat 51: go out again in the next run, one that had failed too, and only those that are gone", async () => {
    let refuses = true;
    const chain = simulatedChain({
      execute: ({ nonce }) => (refuses && nonce === 1 ? { revert: REFUSED } : { events: [] }),
    });
    const { outbox: store } = memoryStore();
    const first = createOutbox(chain, store);
    for (const n of [1, 2, 3]) {
      await first.intend(`payment:${n}`, payment(chain, n));
      await first.step();
      chain.mine();
      await first.step();
    }
    expect(await first.outcome("payment:2")).to.have.property("state", "failed");
    refuses = false;
    chain.reorg(2, true);

    const second = createOutbox(chain, store);
    chain.mine();
    chain.mine();
    await second.step();
    expect(await second.outcome("payment:1")).to.have.property("state", "confirmed");
    expect(await second.outcome("payment:2")).to.equal("pending");
    chain.mine();
    await second.step();
    for (const n of [1, 2, 3]) {
      expect(await second.outcome(`payment:${n}`)).to.have.property("state", "confirmed");
      expect(effects(chain).get(payment(chain, n).data)).to.equal(1);
    }
  });

  it("threat 49: stay what they are while the endpoint is merely behind, and nothing new takes their nonces", async () => {
    const { chain, box, store, log } = await confirmed(1);
    const behind = simulatedChain();
    for (let i = 0; i < 61; i++) chain.mine();
    await box.intend("payment:2", payment(chain, 2));
    for (let i = 0; i < 2; i++) {
      await box.step();
      chain.mine();
    }
    const ask = { head: chain.head.bind(chain), nonce: chain.nonce.bind(chain) };
    Object.assign(chain, { head: () => behind.head(), nonce: () => Promise.resolve(0) });
    await box.intend("later", payment(chain, 3));
    for (let i = 0; i < 3; i++) await box.step();
    expect(await store.list(["sent"])).to.deep.equal([]);
    expect(log.lines).to.deep.equal([]);
    Object.assign(chain, ask);
    await box.step();
    chain.mine();
    await box.step();
    expect(chain.transactions.map(({ nonce }) => nonce)).to.deep.equal([0, 1, 2]);
  });

  it("threat 49: stay what they are while one of two endpoints says otherwise", async () => {
    const { chain, store } = await confirmed(2);
    const other = simulatedChain();
    while (other.mine().number < 20);
    while (chain.mine().number < 20);
    const clock = new ManualClock(millis(PARAMS.genesis * 1_000));
    const log = recordingLog();
    const both = await openEndpoints({
      open: [other, chain].map((one) => () => Promise.resolve(one)),
      ...{ clock, log, probeEvery: millis(5_000), lag: millis(60_000) },
    });
    const box = createOutbox(both, store, 1, log, { clock });
    await box.intend("later", payment(chain, 3));
    for (let i = 0; i < 3; i++) await box.step();
    expect(await store.list(["confirmed"])).to.have.length(2);
    expect(await store.list(["sent"])).to.deep.equal([]);
    expect(both.health().disputes).to.have.length(1);
    for (const { raw } of (await store.list(["confirmed"])).flatMap(({ versions }) => versions))
      await other.broadcast(raw as Hex);
    other.mine();
    await box.step();
    expect(both.health().disputes).to.deep.equal([]);
    await box.step();
    expect(await store.list(["sent"])).to.have.length(1);
  });

  it("threat 49: are no reason for a dispute with an endpoint that is a few blocks behind", async () => {
    const { chain, store } = await confirmed(2);
    const behind = simulatedChain();
    behind.mine();
    const clock = new ManualClock(millis(PARAMS.genesis * 1_000));
    const log = recordingLog();
    const both = await openEndpoints({
      open: [chain, behind].map((one) => () => Promise.resolve(one)),
      ...{ clock, log, probeEvery: millis(5_000), lag: millis(60_000) },
    });
    const box = createOutbox(both, store, 1, log, { clock });
    for (let i = 0; i < 3; i++) await box.step();
    expect(both.health().disputes).to.deep.equal([]);
    expect(both.health().endpoints.map(({ state }) => state)).to.deep.equal(["well", "well"]);
    expect(log.lines).to.deep.equal([]);
  });

  it("threat 51: end anew as the version that the other branch took", async () => {
    const chain = simulatedChain();
    const { outbox: store } = memoryStore();
    const clock = new ManualClock();
    const box = createOutbox(chain, store, 1, recordingLog(), { clock });
    await box.intend("mine", payment(chain, 1));
    await box.step();
    await clock.run(millis(BUMP_AFTER));
    await box.step();
    const [cheap, dear] = (await store.list(["sent"]))[0]?.versions ?? [];
    chain.mine();
    await box.step();
    expect(await box.outcome("mine")).to.have.property("hash", dear?.hash);
    expect(await box.blockOf("mine")).to.equal(1);
    const paid = await toldBy(store);
    chain.baseFee = 0n;

    chain.reorg(1, true);
    await chain.broadcast(cheap?.raw as Hex);
    chain.mine();
    expect(await box.blockOf("mine")).to.equal(undefined);
    await box.step();
    expect(await box.outcome("mine")).to.have.property("hash", cheap?.hash);
    expect(await box.blockOf("mine")).to.equal(1);
    expect(chain.transactions).to.have.length(1);
    expect(await toldBy(store)).to.equal(await paidOn(chain));
    expect(Number(await toldBy(store))).to.be.lessThan(Number(paid));
  });

  it("threat 51: fail anew when the other branch refuses what it took", async () => {
    let refuses = false;
    const chain = simulatedChain({
      execute: () => (refuses ? { revert: REFUSED } : { events: [] }),
    });
    const { outbox: store } = memoryStore();
    const box = createOutbox(chain, store);
    await box.intend("mine", payment(chain, 1));
    await box.step();
    chain.mine();
    await box.step();
    refuses = true;
    chain.reorg(1);
    chain.mine();
    // Who only looks leaves it to the outbox that sends.
    const idle = createOutbox(chain, unchangedOutbox(store), 1, SILENT);
    expect(await idle.blockOf("mine")).to.equal(undefined);
    expect(await box.outcome("mine")).to.have.property("state", "confirmed");
    expect(await box.blockOf("mine")).to.equal(undefined);
    expect(await box.outcome("mine")).to.equal("pending");
    await box.step();
    expect(await box.outcome("mine")).to.have.property("state", "failed");
  });

  it("threat 51: are not replaced by a filling of their nonces", async () => {
    const { chain, box, store } = await confirmed(2);
    await box.intend("later", payment(chain, 3));
    await box.step();
    // The outbox looks for the ended ones again only after an hour; the one behind them waits for a higher fee.
    const clock = new ManualClock();
    const slow = createOutbox(chain, store, 1, recordingLog(), {
      ...{ clock, rebroadcastAfter: millis(3_600_000) },
    });
    await slow.step();
    chain.reorg(3, true);
    for (let i = 0; i < 4; i++) chain.mine();
    for (let i = 0; i < 4; i++) {
      await clock.run(millis(BUMP_AFTER));
      await slow.step();
      chain.mine();
    }
    await slow.step();
    for (const n of [1, 2, 3]) expect(effects(chain).get(payment(chain, n).data)).to.equal(1);
    expect(chain.transactions).to.have.length(3);
  });

  it("threat 52: do not go out again when a restoration gave them up before the chain took them", async () => {
    const chain = simulatedChain();
    const { outbox: store } = memoryStore();
    const before = createOutbox(chain, store);
    await before.intend("fund:0", payment(chain, 1));
    await before.step();
    const [sent] = await store.list(["sent"]);
    chain.dropPool();
    // As a database out of a backup holds it.
    const { timestamp } = await chain.head();
    await store.update(sent?.key ?? "", {
      ...{
        state: "failed",
        error: encodeFailure({ name: "unknown", args: [] }),
        settledAt: timestamp,
      },
    });
    const box = createOutbox(chain, store);
    await box.intend("fund:1", payment(chain, 2));
    for (let i = 0; i < 4; i++) {
      await box.step();
      chain.mine();
    }
    expect(chain.transactions).to.have.length(1);
    expect(await box.outcome("fund:1")).to.have.property("state", "confirmed");
    expect(await box.outcome("fund:0")).to.have.property("state", "failed");
  });

  it("a day after their end stay what they are, whatever the chain says", async () => {
    const { chain, box, store, log } = await confirmed(2);
    for (const n of [1, 2])
      await store.update(`${SIGNER.address}/payment:${n}`, { settledAt: seconds(1) });
    const late = { number: 1, hash: "0x01", timestamp: seconds(86_400 + 2) } as const;
    chain.reorg(3, true);
    Object.assign(chain, { head: () => Promise.resolve(late) });
    const next = createOutbox(chain, store, 1, log);
    for (let i = 0; i < 2; i++) await next.step();
    expect(await store.list(["confirmed"])).to.have.length(2);
    expect(await box.blockOf("payment:1")).to.equal(0);
    await next.intend("later", payment(chain, 3));
    await next.step();
    expect((await store.list(["sent"])).map(({ nonce }) => nonce)).to.deep.equal([0]);
    expect(log.lines).to.deep.equal([]);
  });
});
