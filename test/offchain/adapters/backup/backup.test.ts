/** Backup files: what goes in comes out, and of anything else nothing. */
import { randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { PARTS, type PartName } from "../../../../offchain/adapters/backup/format.ts";
import { readBackup, readBackupHeader } from "../../../../offchain/adapters/backup/read.ts";
import { writeBackup, type Part } from "../../../../offchain/adapters/backup/write.ts";
import { CHUNK_BYTES, SEALED_BYTES } from "../../../../offchain/core/backup/chunks.ts";
import { LEAST_COST } from "../../../../offchain/core/backup/header.ts";
import { address, seconds } from "../../../../offchain/core/units.ts";

const PASSPHRASE = "correct horse battery staple";
const HEADER = {
  kind: "full" as const,
  createdAt: seconds(1_790_000_000),
  deployment: {
    chainId: 31_337n,
    registry: address(`0x${"a1".repeat(20)}`),
    channels: address(`0x${"b2".repeat(20)}`),
  },
};

/** With the header above, and a settings file in it. */
const FIRST_VERSION =
  "d2F5YmlsbCBiYWNrdXAgMQp7ImtpbmQiOiJmdWxsIiwiY3JlYXRlZEF0IjoxNzkwMDAwMDAwLCJkZXBsb3ltZW50" +
  "Ijp7ImNoYWluSWQiOiIzMTMzNyIsInJlZ2lzdHJ5IjoiMHhhMWExYTFhMWExYTFhMWExYTFhMWExYTFhMWExYTFh" +
  "MWExYTFhMWExIiwiY2hhbm5lbHMiOiIweGIyYjJiMmIyYjJiMmIyYjJiMmIyYjJiMmIyYjJiMmIyYjJiMmIyYjIi" +
  "fSwia2RmIjp7Im5hbWUiOiJzY3J5cHQiLCJjb3N0IjoxNCwiciI6OCwicCI6MSwic2FsdCI6IjB4YzZiNWIyNjU5" +
  "ODlkMjZjZTg1ZDM1ZGQ3NTM5MmZmODcyNWQxZTdhYTNkYzY0MmEzZjM5YjhjMmQxNTUzN2Q2YiJ9LCJjaXBoZXIi" +
  "OiJjaGFjaGEyMC1wb2x5MTMwNSJ9CiIolEcT4Ok0F/009OUJxnugjJWVLlj1xODLwEl28SMj8fH5z5M+gRBv6Z4=";

/** Code of the WaybillError that the promise rejects with; what it resolves to otherwise. */
const codeOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.catch((error: unknown) =>
    error instanceof Error && "code" in error ? error.code : String(error),
  );

describe("backup files", () => {
  let folder: string;
  let count = 0;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "waybill-backup-"));
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  const write = async (parts: readonly Part[], path = join(folder, `${count++}`)) => {
    const options = { path, passphrase: PASSPHRASE, header: HEADER, replace: false };
    await writeBackup({ ...options, parts, cost: LEAST_COST });
    return path;
  };

  const read = async (path: string, passphrase = PASSPHRASE) => {
    const parts = new Map<PartName, Uint8Array>();
    const header = await readBackup({
      path,
      passphrase: () => Promise.resolve(passphrase),
      part: (name) => {
        parts.set(name, new Uint8Array(0));
        return Promise.resolve((bytes: Uint8Array) => {
          parts.set(name, Buffer.concat([parts.get(name) ?? new Uint8Array(0), bytes]));
          return Promise.resolve();
        });
      },
    });
    return { header, parts };
  };

  it("give back every part byte for byte, whatever its length, and the header", async () => {
    // Around the length at which one chunk becomes two: heads take 1 + name + 8 bytes, the end takes 1.
    const head = 1 + "database".length + 8;
    const edge = CHUNK_BYTES - head - 1;
    for (const length of [
      0,
      1,
      edge - 1,
      edge,
      edge + 1,
      edge + CHUNK_BYTES,
      3 * CHUNK_BYTES + 7,
    ]) {
      const bytes = randomBytes(length);
      const path = await write([
        { name: "database", bytes },
        { name: "settings", bytes: randomBytes(3) },
      ]);
      const { header, parts } = await read(path);
      expect(Buffer.from(parts.get("database") ?? []).equals(bytes), String(length)).to.equal(true);
      expect(parts.get("settings")).to.have.length(3);
      expect(header).to.deep.include(HEADER);
      expect(await readBackupHeader(path)).to.deep.equal(header);
    }
  });

  it("take a file without holding it in memory, and may be empty", async () => {
    const file = join(folder, "large");
    const bytes = randomBytes(5 * 2 ** 20);
    writeFileSync(file, bytes);
    const { parts } = await read(await write([{ name: "database", file }]));
    expect(Buffer.from(parts.get("database") ?? []).equals(bytes)).to.equal(true);
    expect((await read(await write([]))).parts.size).to.equal(0);
  });

  it("do not open after a change of any kind, nor with another passphrase", async () => {
    const path = await write([{ name: "database", bytes: randomBytes(2 * CHUNK_BYTES) }]);
    const whole = readFileSync(path);
    const start = whole.length - 2 * SEALED_BYTES - 34;
    const [first, second] = [
      whole.subarray(start, start + SEALED_BYTES),
      whole.subarray(start + SEALED_BYTES, start + 2 * SEALED_BYTES),
    ];
    const [head, rest] = [whole.subarray(0, start), whole.subarray(start + 2 * SEALED_BYTES)];
    const flipped = (at: number): Buffer => {
      const copy = Buffer.from(whole);
      copy[at] = (copy[at] ?? 0) ^ 1;
      return copy;
    };
    const changed: Record<string, Buffer> = {
      "another bit at the end": flipped(whole.length - 1),
      "another bit in a chunk": flipped(start + 5),
      "another bit in the last chunk": flipped(whole.length - 20),
      "cut by a byte": whole.subarray(0, -1),
      "cut at a chunk": whole.subarray(0, start + 2 * SEALED_BYTES),
      "cut after the header": head,
      "a byte more": Buffer.concat([whole, Buffer.of(0)]),
      "chunks in another order": Buffer.concat([head, second, first, rest]),
      "a chunk twice": Buffer.concat([head, first, first, second, rest]),
      "a chunk less": Buffer.concat([head, second, rest]),
      "another header": Buffer.from(
        whole.toString("latin1").replace('"kind":"full"', '"kind":"watch"'),
        "latin1",
      ),
      "another time": Buffer.from(
        whole.toString("latin1").replace("1790000000", "1790000001"),
        "latin1",
      ),
    };
    for (const [what, bytes] of Object.entries(changed)) {
      const other = join(folder, `${count++}`);
      writeFileSync(other, bytes);
      expect(await codeOf(read(other)), what).to.equal("BACKUP_UNOPENED");
    }
    expect(await codeOf(read(path, `${PASSPHRASE} `))).to.equal("BACKUP_UNOPENED");
    expect((await read(path)).parts.size).to.equal(1);
  });

  it("of other versions, other programs or with a costly key are refused before anything is asked", async () => {
    const path = await write([]);
    const text = readFileSync(path).toString("latin1");
    const others: Record<string, string> = {
      "a later version": text.replace("backup 2", "backup 3"),
      "another program's file": "PK\u0003\u0004 something else",
      "an empty file": "",
      "a header without an end": text.slice(0, 40),
      "a key that takes a gigabyte": text.replace(`"cost":${LEAST_COST}`, '"cost":30'),
      "a cheap key": text.replace(`"cost":${LEAST_COST}`, '"cost":1'),
      "something beside": text.replace('"kind"', '"relay":"0x1","kind"'),
    };
    for (const [what, other] of Object.entries(others)) {
      const file = join(folder, `${count++}`);
      writeFileSync(file, other, "latin1");
      const reading = readBackup({
        path: file,
        passphrase: () => Promise.reject(new Error("asked")),
        part: () => Promise.reject(new Error("asked")),
      });
      expect(await codeOf(reading), what).to.equal("BACKUP_FOREIGN");
    }
  });

  it("are their owner's alone, overwrite nothing, and leave nothing half done", async () => {
    const path = await write([{ name: "settings", bytes: Buffer.from("one") }]);
    expect(statSync(path).mode & 0o777).to.equal(0o600);
    expect(await codeOf(write([], path))).to.equal("BACKUP_IN_THE_WAY");
    expect((await read(path)).parts.size).to.equal(1);
    const nowhere = join(folder, "no", "where");
    expect(await codeOf(write([], nowhere))).to.equal("BACKUP_UNREADABLE");
    const broken = join(folder, "broken");
    const missing = [{ name: "database" as const, file: join(folder, "missing") }];
    expect(await codeOf(write(missing, broken))).to.equal("BACKUP_UNREADABLE");
    expect(existsSync(broken) || existsSync(`${broken}.part`)).to.equal(false);
    expect(await codeOf(readBackupHeader(nowhere))).to.equal("BACKUP_UNREADABLE");
  });

  it("of the first version are read as ever", async () => {
    const path = join(folder, `${count++}`);
    writeFileSync(path, Buffer.from(FIRST_VERSION, "base64"));
    const { header, parts } = await read(path);
    expect(header).to.deep.include(HEADER);
    expect(Buffer.from(parts.get("settings") ?? []).toString()).to.equal("poll = 7\n");
  });

  it("full ones are told from those of the first version, exports for watching need not be", async () => {
    const first = async (kind: "full" | "watch") => {
      const path = join(folder, `${count++}`);
      const header = { ...HEADER, kind };
      const options = { path, passphrase: PASSPHRASE, header, replace: false };
      await writeBackup({ ...options, parts: [], cost: LEAST_COST });
      return readFileSync(path, "latin1").split("\n")[0];
    };
    expect(await first("full")).to.equal("waybill backup 2");
    expect(await first("watch")).to.equal("waybill backup 1");
  });

  it("take the place of an older one where that is asked for", async () => {
    const path = await write([{ name: "settings", bytes: Buffer.from("one") }]);
    await writeBackup({
      ...{ path, passphrase: PASSPHRASE, header: HEADER, parts: [], replace: true },
      cost: LEAST_COST,
    });
    expect((await read(path)).parts.size).to.equal(0);
  });

  it("show nothing of what they hold, nor of the passphrase, and no two are alike", async () => {
    const canary = Buffer.from("a secret that must not show");
    const parts = PARTS.map((name) => ({ name, bytes: canary }));
    const [one, two] = [readFileSync(await write(parts)), readFileSync(await write(parts))];
    for (const file of [one, two]) {
      expect(file.includes(canary)).to.equal(false);
      expect(file.includes(PASSPHRASE)).to.equal(false);
    }
    expect(one.subarray(-64).equals(two.subarray(-64))).to.equal(false);
  });
});
