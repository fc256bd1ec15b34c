import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect } from "chai";
import { bindToDeployment } from "../../../../offchain/adapters/sqlite/deployment.ts";
import { migrate } from "../../../../offchain/adapters/sqlite/migrations.ts";
import { openSqliteStore } from "../../../../offchain/adapters/sqlite/store.ts";
import { memoryStore } from "../../../../offchain/adapters/memory/store.ts";
import { address, epoch, ticketIndex } from "../../../../offchain/core/units.ts";
import { channel, packet, water, winner } from "../../../compliance/store/samples.ts";

describe("SQLite store", () => {
  let folder: string;
  let count = 0;
  const fresh = (): string => join(folder, `${count++}.db`);
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "waybill-sqlite-"));
  });
  after(() => rm(folder, { recursive: true }));

  it("keeps everything over a restart", async () => {
    const path = fresh();
    const store = await openSqliteStore({ path });
    await store.replay.accept([packet(1, 5)], [water(1, 9)]);
    await store.winners.add([winner(1, 4)]);
    await store.winners.mark([winner(1, 4)], "submitted", "in batch");
    const first = await store.indexes.reserve(channel(1), 10, ticketIndex(0));
    const entry = await store.outbox.intend({
      key: "a",
      to: "0x1",
      data: "0x",
      value: 2n ** 200n,
      gasLimit: undefined,
    });
    await store.close();

    const again = await openSqliteStore({ path });
    expect((await again.replay.accept([packet(1)], []))[0]?.fresh).to.equal(false);
    expect(await again.replay.highWaters()).to.deep.equal([water(1, 9)]);
    expect(await again.winners.list(epoch(7), ["submitted"])).to.deep.equal([winner(1, 4)]);
    expect(await again.indexes.reserve(channel(1), 10, ticketIndex(0))).to.equal(first + 10);
    expect(await again.outbox.get("a")).to.deep.equal(entry);
    await again.close();
  });

  it("commits concurrent calls in groups (protocol §6)", async () => {
    const path = fresh();
    const store = await openSqliteStore({ path, commitWindow: 20 });
    const calls = Array.from({ length: 400 }, (_, n) => store.replay.accept([packet(n)], []));
    await Promise.all(calls);
    await store.close();
    const commits = (await readFile(`${path}.witness`)).readBigUInt64BE(0);
    expect(Number(commits)).to.be.within(1, 20);
  });

  it("undoes a refused call alone: its neighbours in the group are kept", async () => {
    const store = await openSqliteStore({ path: fresh() });
    const results = await Promise.allSettled([
      store.replay.accept([packet(1)], []),
      store.indexes.reserve(channel(1), 0, ticketIndex(0)),
      store.winners.add([winner(1, 1), { ...winner(1, 2), signature: new Uint8Array(3) }]),
      store.winners.add([winner(1, 3)]),
    ]);
    expect(results.map(({ status }) => status)).to.deep.equal([
      "fulfilled",
      "rejected",
      "rejected",
      "fulfilled",
    ]);
    expect(await store.winners.list(epoch(7), ["won"])).to.deep.equal([winner(1, 3)]);
    expect(await store.replay.count()).to.equal(1);
    await store.close();
  });

  it("leaves the caller's event loop free while it writes", async () => {
    const store = await openSqliteStore({ path: fresh() });
    const calls = Array.from({ length: 20 }, (_, call) =>
      store.replay.accept(
        Array.from({ length: 5_000 }, (_, n) => packet(call * 5_000 + n)),
        [],
      ),
    );
    const start = performance.now();
    let [last, longest] = [start, 0];
    const ticker = setInterval(() => {
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    }, 1);
    await Promise.all(calls);
    clearInterval(ticker);
    // 100,000 packets keep the worker busy far longer than any single turn of this thread.
    expect(longest).to.be.lessThan((performance.now() - start) / 2);
    await store.close();
  });

  it("commits what waits before it closes", async () => {
    const path = fresh();
    const store = await openSqliteStore({ path, commitWindow: 5_000 });
    const accepted = store.replay.accept([packet(1)], []);
    await store.close();
    expect(await accepted).to.deep.equal([{ fresh: true }]);
    const again = await openSqliteStore({ path });
    expect(await again.replay.count()).to.equal(1);
    await again.close();
  });

  it("runs the missing steps of the schema in order, once, and refuses a newer one", () => {
    const db = new DatabaseSync(":memory:");
    const steps = [
      "CREATE TABLE a (x)",
      "INSERT INTO a VALUES (1)",
      "UPDATE a SET x = x + 1; INSERT INTO a VALUES (5)",
    ];
    migrate(db, steps.slice(0, 1));
    migrate(db, steps);
    migrate(db, steps);
    const values = db.prepare("SELECT x FROM a ORDER BY x").all();
    expect(values.map(({ x }) => x)).to.deep.equal([2, 5]);
    expect(() => {
      migrate(db, steps.slice(0, 2));
    })
      .to.throw()
      .with.property("code", "STORE_TOO_NEW");
    db.close();
  });

  it("leaves a schema as it was when a step fails half-way", () => {
    const db = new DatabaseSync(":memory:");
    const broken = [
      "CREATE TABLE a (x)",
      "INSERT INTO a VALUES (2)",
      "INSERT INTO a VALUES (1); INSERT INTO nowhere VALUES (1)",
    ];
    migrate(db, broken.slice(0, 1));
    expect(() => {
      migrate(db, broken);
    }).to.throw("nowhere");
    expect(db.prepare("SELECT COUNT(*) AS n FROM a").get()?.n).to.equal(0);
    expect(db.prepare("SELECT MAX(version) AS v FROM schema").get()?.v).to.equal(1);
    db.close();
  });
});

describe("a database and its deployment", () => {
  const deployment = {
    chainId: 31_337n,
    registry: address(`0x${"a1".repeat(20)}`),
    channels: address(`0x${"b2".repeat(20)}`),
  };

  it("belong together: another chain or other contracts are refused", async () => {
    const store = memoryStore();
    await bindToDeployment(store, deployment);
    await bindToDeployment(store, deployment);
    for (const other of [
      { ...deployment, chainId: 1n },
      { ...deployment, registry: deployment.channels },
      { ...deployment, channels: deployment.registry },
    ]) {
      const refusal = await bindToDeployment(store, other).catch((error: unknown) => error);
      expect(refusal).to.have.property("code", "STORE_WRONG_DEPLOYMENT");
    }
  });
});
