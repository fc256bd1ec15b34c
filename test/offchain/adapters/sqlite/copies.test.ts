/** Copies of a database in use, and databases that come back from one (threat 52). */
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { inspectCopy, markRestored } from "../../../../offchain/adapters/sqlite/restoration.ts";
import { openSqliteStore, type SqliteStore } from "../../../../offchain/adapters/sqlite/store.ts";
import { epoch, seconds, ticketIndex } from "../../../../offchain/core/units.ts";
import { bytes, channel, packet, winner } from "../../../compliance/store/samples.ts";

const SALT = bytes(32, 4_242);
const TIMES = { takenAt: seconds(1_000), restoredAt: seconds(2_000) };

const codeOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => "ok",
    (error: unknown) => (error instanceof Error && "code" in error ? error.code : String(error)),
  );

describe("copies of a database", () => {
  let folder: string;
  let count = 0;
  let store: SqliteStore;
  let path: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "waybill-copies-"));
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });
  beforeEach(async () => {
    path = join(folder, `${count++}.db`);
    store = await openSqliteStore({ path });
  });
  afterEach(() => store.close());

  /** The copy under a name of its own, put back as a database. */
  const restored = async (): Promise<SqliteStore> => {
    const back = join(folder, `${count++}.db`);
    renameSync(await store.snapshot(), back);
    markRestored(back, TIMES);
    return openSqliteStore({ path: back });
  };

  it("hold one moment of a database that is written to meanwhile", async () => {
    const many = Array.from({ length: 20_000 }, (_, n) => packet(n));
    await store.replay.accept(many, []);
    let written = 0;
    const copying = new AbortController();
    const writing = (async () => {
      // A tag and an index in one order: a copy with the later one has the earlier one.
      for (; !copying.signal.aborted; written++) {
        await store.replay.accept([packet(30_000 + written)], []);
        await store.indexes.reserve(channel(1), 1, ticketIndex(0));
      }
    })();
    const copy = await store.snapshot();
    copying.abort();
    await writing;
    const { tags } = inspectCopy(copy);
    expect(tags).to.be.within(20_000, 20_000 + written);
    expect(written).to.be.greaterThan(0);
    renameSync(copy, `${copy}.kept`);
    const other = await openSqliteStore({ path: `${copy}.kept` });
    const next = await other.indexes.reserve(channel(1), 1, ticketIndex(0));
    expect(tags - 20_000).to.be.within(next - 1, next);
    await other.close();
  });

  it("are their owner's alone, without salts, and gone at the next start when nobody took them", async () => {
    await store.salts.add(SALT);
    const copy = await store.snapshot();
    expect(statSync(copy).mode & 0o777).to.equal(0o600);
    expect(readFileSync(copy).includes(Buffer.from(SALT))).to.equal(false);
    expect(await store.salts.list()).to.deep.equal([SALT]);
    await store.close();
    store = await openSqliteStore({ path });
    expect(existsSync(copy)).to.equal(false);
  });

  it("one after the other when two are asked for, and closing waits for them", async () => {
    const copies = [store.snapshot(), store.snapshot()];
    const closing = store.close();
    expect(new Set(await Promise.all(copies)).size).to.equal(1);
    await closing;
  });

  it("threat 52: put back, reserve no index until they are reconciled, channel by channel", async () => {
    expect(await store.indexes.reserve(channel(1), 10, ticketIndex(0))).to.equal(1);
    const back = await restored();
    expect(await back.restoration()).to.deep.equal(TIMES);
    const reserve = (n: number) => back.indexes.reserve(channel(n), 10, ticketIndex(5));
    for (const n of [1, 2]) {
      expect((await back.indexes.of(channel(n))).isReconciled).to.equal(false);
      expect(await codeOf(reserve(n))).to.equal("STORE_INDEXES_UNRECONCILED");
    }
    await back.indexes.reconcile(channel(1), ticketIndex(700));
    expect(await reserve(1)).to.equal(700);
    expect(await reserve(1)).to.equal(710);
    expect(await codeOf(reserve(2))).to.equal("STORE_INDEXES_UNRECONCILED");
    await back.indexes.reconcile(channel(2), ticketIndex(0));
    expect(await reserve(2)).to.equal(5);
    await back.close();
  });

  it("threat 52: put back twice, ask for every channel again", async () => {
    const once = await restored();
    await once.indexes.reconcile(channel(1), ticketIndex(700));
    const again = join(folder, `${count++}.db`);
    renameSync(await once.snapshot(), again);
    await once.close();
    markRestored(again, { takenAt: seconds(3_000), restoredAt: seconds(4_000) });
    const twice = await openSqliteStore({ path: again });
    expect((await twice.restoration())?.takenAt).to.equal(3_000);
    expect(await codeOf(twice.indexes.reserve(channel(1), 1, ticketIndex(0)))).to.equal(
      "STORE_INDEXES_UNRECONCILED",
    );
    await twice.close();
  });

  it("put back, send no transaction of before, and let the chain judge winners", async () => {
    await store.winners.add([winner(1, 1), winner(1, 2)]);
    await store.winners.mark([winner(1, 2)], "redeemed");
    const intent = { to: "0x1", data: "0x", value: 0n, gasLimit: undefined };
    for (const key of ["a:0", "b:0", "c:0"]) await store.outbox.intend({ key, ...intent });
    const versions = [{ hash: "0x22", raw: "0x2222" }];
    await store.outbox.update("b:0", { state: "sent", nonce: 4, versions });
    await store.outbox.update("c:0", { state: "confirmed" });
    const back = await restored();
    expect(await back.outbox.list(["intended", "sent"])).to.deep.equal([]);
    expect((await back.outbox.get("b:0"))?.error).to.contain("restored-from-a-backup");
    expect((await back.outbox.get("c:0"))?.state).to.equal("confirmed");
    expect(await back.winners.list(epoch(7), ["submitted"])).to.deep.equal([winner(1, 1)]);
    expect(await back.winners.list(epoch(7), ["redeemed"])).to.deep.equal([winner(1, 2)]);
    await back.close();
  });

  it("that are damaged are refused by name, whether looked at or put back", async () => {
    const copy = await store.snapshot();
    const whole = readFileSync(copy);
    whole.fill(0xa5, 4_096, 3 * 4_096);
    writeFileSync(copy, whole);
    for (const task of [
      () => inspectCopy(copy),
      () => {
        markRestored(copy, TIMES);
      },
    ])
      expect(task).to.throw().with.property("code", "STORE_CORRUPT");
  });
});
