import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { openSqliteStore } from "../../../../offchain/adapters/sqlite/store.ts";
import { epoch, seconds } from "../../../../offchain/core/units.ts";

const salt = (n: number): Uint8Array => new Uint8Array(32).fill(n);

/** Names of the folder's files that hold these bytes. */
async function filesWith(folder: string, bytes: Uint8Array): Promise<string[]> {
  const names = await readdir(folder);
  const contents = await Promise.all(names.map((name) => readFile(join(folder, name))));
  return names.filter((_, i) => contents[i]?.includes(Buffer.from(bytes)) === true);
}

describe("SQLite: salts of packet keys", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "waybill-salts-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it("threat 48: a forgotten salt is in no byte of the store's files, the others stay", async () => {
    const path = join(folder, "a.db");
    let store = await openSqliteStore({ path });
    for (const n of [1, 2, 3]) await store.salts.add(salt(n));
    expect(await filesWith(folder, salt(2))).not.to.deep.equal([]);
    // Into the database itself as well, not only its log.
    await store.close();
    store = await openSqliteStore({ path });
    const tags = Array.from({ length: 500 }, (_, i) => ({
      tag: new Uint8Array(16).fill(i % 251).fill(i >> 1, 8),
      epoch: epoch(1),
      receivedAt: seconds(1),
      bringer: new Uint8Array(8),
    }));
    await Promise.all([
      store.replay.accept(tags, []),
      store.salts.forget([salt(1), salt(2)]),
      store.salts.add(salt(4)),
    ]);
    expect(await filesWith(folder, salt(1))).to.deep.equal([]);
    expect(await filesWith(folder, salt(2))).to.deep.equal([]);
    expect(await store.salts.list()).to.deep.equal([salt(3), salt(4)]);
    expect(await filesWith(folder, salt(3))).not.to.deep.equal([]);
    await store.close();
  });
});
