import { DatabaseSync } from "node:sqlite";
import { expect } from "chai";
import { CommitGroup } from "../../../../offchain/adapters/sqlite/group.ts";
import type { GroupOptions } from "../../../../offchain/adapters/sqlite/group.ts";
import { migrate } from "../../../../offchain/adapters/sqlite/migrations.ts";

/** A database whose commits fail like a disk that reports an error for a flush (SQLITE_IOERR_FSYNC). */
class FailingDatabase extends DatabaseSync {
  failing = false;

  override exec(sql: string): void {
    if (this.failing && sql === "COMMIT")
      throw Object.assign(new Error("disk I/O error"), { errcode: 1034 });
    super.exec(sql);
  }
}

function setUp(options: Partial<GroupOptions> = {}) {
  const db = new FailingDatabase(":memory:");
  migrate(db);
  const committed: bigint[] = [];
  const group = new CommitGroup({
    db,
    window: 0,
    commits: 0n,
    committed: (commits) => committed.push(commits),
    freeBytes: () => 1_000,
    reserveBytes: 0,
    ...options,
  });
  const insert = db.prepare("INSERT INTO meta VALUES (?, 'x')");
  const write = (key: string, grows = false): Promise<unknown> =>
    new Promise((resolve, reject) => {
      group.add({ run: () => insert.run(key).changes, grows, resolve, reject });
    });
  const keys = () =>
    db
      .prepare("SELECT key FROM meta ORDER BY key")
      .all()
      .map(({ key }) => key);
  return { db, group, committed, write, keys };
}

const codes = async (writes: readonly Promise<unknown>[]): Promise<unknown[]> =>
  (await Promise.allSettled(writes)).map((result) =>
    result.status === "fulfilled" ? "ok" : (result.reason as { code: string }).code,
  );

describe("group commit", () => {
  it("threat 41: a failing flush refuses the whole group and every write after it", async () => {
    const { db, committed, write, keys } = setUp();
    expect(await codes([write("before")])).to.deep.equal(["ok"]);
    db.failing = true;
    expect(await codes([write("a"), write("b")])).to.deep.equal(["STORE_IO", "STORE_IO"]);
    // A disk that answers again proves nothing about what it lost: only a restart reads it anew.
    db.failing = false;
    expect(await codes([write("c")])).to.deep.equal(["STORE_IO"]);
    expect(keys()).to.deep.equal(["before"]);
    expect(committed).to.deep.equal([1n]);
  });

  it("refuses a call alone that breaks a rule of the database", async () => {
    const { committed, write, keys } = setUp();
    expect(await codes([write("a"), write("a"), write("b")])).to.deep.equal([
      "ok",
      "STORE_BAD_INPUT",
      "ok",
    ]);
    expect(keys()).to.deep.equal(["a", "b"]);
    expect(committed).to.deep.equal([1n]);
  });

  it("refuses growing writes while the disk is nearly full, and takes them again later", async () => {
    let free = 10;
    const { write, keys } = setUp({ freeBytes: () => free, reserveBytes: 100 });
    expect(await codes([write("a", true), write("b")])).to.deep.equal(["STORE_FULL", "ok"]);
    free = 1_000;
    expect(await codes([write("a", true)])).to.deep.equal(["ok"]);
    expect(keys()).to.deep.equal(["a", "b"]);
  });

  it("stops writing when the witness cannot be written, after telling what is durable", async () => {
    const { write } = setUp({
      committed: () => {
        throw new Error("no space for the witness");
      },
    });
    expect(await codes([write("a")])).to.deep.equal(["ok"]);
    expect(await codes([write("b")])).to.deep.equal(["STORE_IO"]);
  });
});
