import { spawnSync } from "node:child_process";
import { chmod, copyFile, mkdtemp, open, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { openSqliteStore } from "../../../../offchain/adapters/sqlite/store.ts";
import { until } from "../../../compliance/transport/nodes.ts";
import { packet, winner } from "../../../compliance/store/samples.ts";
import { needs } from "../../../faults/support/means.ts";
import { finish, start, startInShell } from "./support/child.ts";

const codeOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => "ok",
    (error: unknown) => (error instanceof Error && "code" in error ? error.code : String(error)),
  );

/** A namespace of its own in which a small disk can be mounted, when this machine allows it. */
const NAMESPACE = [
  ["unshare", "-m"],
  ["unshare", "-rm"],
].find(
  ([command = "", ...args]) =>
    spawnSync(command, [...args, "mount", "-t", "tmpfs", "tmpfs", tmpdir()]).status === 0,
);

describe("SQLite store on damaged, foreign and full ground", () => {
  let folder: string;
  let count = 0;
  const fresh = (): string => join(folder, `${count++}.db`);

  /** A database file with some content, closed. */
  const written = async (): Promise<string> => {
    const path = fresh();
    const store = await openSqliteStore({ path });
    await store.replay.accept(
      Array.from({ length: 2_000 }, (_, n) => packet(n)),
      [],
    );
    await store.winners.add([winner(1, 1)]);
    await store.close();
    return path;
  };

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "waybill-fault-"));
    await chmod(folder, 0o755);
  });
  after(() => rm(folder, { recursive: true }));

  const reopen = async (path: string): Promise<unknown> => {
    const opening = openSqliteStore({ path });
    const code = await codeOf(opening);
    if (code === "ok") await (await opening).close();
    return code;
  };

  it("threat 41: refuses a file that is no database, and one with a damaged page", async () => {
    const text = fresh();
    await writeFile(text, "this is not a database ".repeat(500));
    expect(await reopen(text)).to.equal("STORE_CORRUPT");

    const damaged = await written();
    const file = await open(damaged, "r+");
    const { size } = await file.stat();
    // A page in the middle, past its header.
    await file.write(Buffer.alloc(4_000, 0xa5), 0, 4_000, Math.floor(size / 8_192) * 4_096 + 8);
    await file.close();
    expect(await reopen(damaged)).to.equal("STORE_CORRUPT");

    const short = await written();
    await truncate(short, 4_096 * 2);
    expect(await reopen(short)).to.equal("STORE_CORRUPT");
  });

  it("threat 41: refuses a log whose committed end is cut off, and reads past a torn write", async () => {
    const path = fresh();
    const child = start("write-until-killed.ts", [path, "1"]);
    const outcome = finish(child);
    let printed = "";
    child.stdout.on("data", (text: string) => (printed += text));
    // A handful of commits after opening: all of them are still in the log alone.
    await until("commits", () => printed.length > 500);
    child.kill("SIGKILL");
    await outcome;
    const copy = fresh();
    for (const end of ["", "-wal", ".witness"]) await copyFile(path + end, copy + end);

    const { size } = await stat(`${path}-wal`);
    await truncate(`${path}-wal`, Math.floor(size / 2));
    expect(await reopen(path)).to.equal("STORE_ROLLED_BACK");

    const torn = await open(`${copy}-wal`, "a");
    await torn.write(Buffer.alloc(2_000, 0x5a));
    await torn.close();
    expect(await reopen(copy)).to.equal("ok");
  });

  it("threat 52: refuses an older copy, and a deleted database, while the witness remembers", async () => {
    const path = await written();
    const backup = fresh();
    await copyFile(path, backup);
    const store = await openSqliteStore({ path });
    await store.setMeta("later", "yes");
    await store.close();
    await copyFile(backup, path);
    expect(await reopen(path)).to.equal("STORE_ROLLED_BACK");
    await rm(path);
    expect(await reopen(path)).to.equal("STORE_ROLLED_BACK");
  });

  it("tells of a database that did not open by refusing it, and of nothing broken", async () => {
    const path = await written();
    await writeFile(`${path}.witness`, "012");
    const broken: string[] = [];
    const refused = openSqliteStore({ path, onBroken: ({ code }) => broken.push(code) });
    expect(await codeOf(refused)).to.equal("STORE_CORRUPT");
    expect(broken).to.deep.equal([]);
  });

  it("refuses a damaged witness", async () => {
    const path = await written();
    await writeFile(`${path}.witness`, "0123456789abcdef");
    expect(await reopen(path)).to.equal("STORE_CORRUPT");
    await writeFile(`${path}.witness`, "012");
    expect(await reopen(path)).to.equal("STORE_CORRUPT");
  });

  it("lets nobody else open a database in use: not this process, not another", async () => {
    const path = await written();
    const store = await openSqliteStore({ path });
    expect(await codeOf(openSqliteStore({ path }))).to.equal("STORE_LOCKED");
    const { lines } = await finish(start("open-and-write.ts", [path]));
    expect(lines).to.deep.equal(["STORE_LOCKED"]);
    // The refused attempts must not have loosened the first one's hold.
    const second = await finish(start("open-and-write.ts", [path]));
    expect(second.lines).to.deep.equal(["STORE_LOCKED"]);
    expect(await codeOf(store.setMeta("still", "mine"))).to.equal("ok");
    await store.close();
    expect((await finish(start("open-and-write.ts", [path]))).lines).to.deep.equal(["ok"]);
  });

  it("says so when the folder is missing", async () => {
    expect(await reopen(join(folder, "nowhere", "x.db"))).to.equal("STORE_CANNOT_OPEN");
  });

  it("says so when the file may not be written, and makes files for its owner only", async () => {
    const path = await written();
    expect((await stat(path)).mode & 0o777).to.equal(0o600);
    expect((await stat(`${path}.witness`)).mode & 0o777).to.equal(0o600);
    for (const end of ["", ".witness"]) await chmod(path + end, 0o444);
    // Root may write anything: there the child runs as an account without rights.
    const uid = process.getuid?.() === 0 ? 65_534 : undefined;
    const { lines } = await finish(start("open-and-write.ts", [path], uid));
    expect(lines).to.deep.equal(["STORE_READ_ONLY"]);
  });

  it("threat 41: stops writing after a failed write, keeps what was confirmed readable", async () => {
    const path = fresh();
    // No file may grow past 2 MiB (4,096 blocks of 512 bytes): the next write fails as on a broken disk.
    const script = 'trap "" XFSZ; ulimit -f 4096; exec "$@"';
    const child = startInShell([], script, "write-until-refused.ts", [path, "0"]);
    const { lines, stderr } = await finish(child);
    expect(stderr).to.equal("");
    expect(lines).to.deep.equal([
      "accept: STORE_IO",
      "again: STORE_IO",
      "redeem: STORE_IO",
      "winners readable: 1",
      "tags kept: true",
    ]);
    expect(await reopen(path)).to.equal("ok");
  });

  it("threat 41: accepting stops before the disk is full, and redeeming goes on", async () => {
    const { lines } = await finish(start("write-until-refused.ts", [fresh(), String(2 ** 60)]));
    expect(lines.slice(0, 3)).to.deep.equal([
      "accept: STORE_FULL",
      "again: STORE_FULL",
      "redeem: ok",
    ]);
  });

  it("threat 41: a full disk refuses, loses nothing and recovers once there is room", async function () {
    needs(this, NAMESPACE === undefined ? "no disk can be mounted here" : undefined);
    const disk = await mkdtemp(join(folder, "disk-"));
    const script = `mount -t tmpfs -o size=6m tmpfs ${disk} && exec "$@"`;
    const args = [join(disk, "full.db"), String(2 ** 20), "fill"];
    const child = startInShell(NAMESPACE ?? [], script, "write-until-refused.ts", args);
    const { lines, stderr } = await finish(child);
    expect(stderr).to.equal("");
    expect(lines).to.deep.equal([
      "accept: STORE_FULL",
      "again: STORE_FULL",
      "redeem: ok",
      "redeem on a full disk: STORE_FULL",
      "redeem with room again: ok",
      "winners readable: 1",
      "tags kept: true",
    ]);
  });
});
