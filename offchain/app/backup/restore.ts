/** Puts a backup back, or looks into one. A folder is there whole or not at all, and nothing is overwritten. */
import { mkdir, mkdtemp, open, readdir, rename, rm, rmdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";

import type { PartName } from "../../adapters/backup/format.ts";
import { readBackup, type Sink } from "../../adapters/backup/read.ts";
import { asBackupError } from "../../adapters/backup/write.ts";
import { inspectCopy, markRestored, type CopyContents } from "../../adapters/sqlite/restoration.ts";
import type { BackupHeader, BackupKind } from "../../core/backup/header.ts";
import { WaybillError } from "../../core/errors.ts";
import { NODE_FILES } from "./node-parts.ts";
import { wallClock } from "./make.ts";
import { decodeWatchExport, type WatchExport } from "./watch-export.ts";

type Passphrase = () => Promise<string>;

export interface BackupContents {
  readonly header: BackupHeader;
  readonly parts: readonly { readonly name: PartName; readonly bytes: number }[];
  /** Of a full backup. */
  readonly database: CopyContents | undefined;
  /** Of an export for watching. */
  readonly watch: WatchExport | undefined;
}

/** Reads all of it and checks the database in it, in a folder of its own that is gone afterwards. */
export async function verifyBackup(path: string, passphrase: Passphrase): Promise<BackupContents> {
  const folder = await mkdtemp(join(tmpdir(), "waybill-verify-"));
  try {
    const { header, parts, watch } = await unpack(path, passphrase, folder, ["full", "watch"]);
    const hasDatabase = parts.some(({ name }) => name === "database");
    const database = hasDatabase ? inspectCopy(join(folder, NODE_FILES.database)) : undefined;
    return { header, parts, database, watch };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Makes `folder`, readable by its owner alone, out of a full backup. What it holds begins again carefully: see
 * docs/decisions/0039 and 0040.
 * @throws WaybillError BACKUP_IN_THE_WAY when there is anything in the folder; BACKUP_…; STORE_CORRUPT, STORE_TOO_NEW
 */
export async function restoreBackup(
  path: string,
  passphrase: Passphrase,
  folder: string,
): Promise<BackupContents> {
  const target = resolve(folder);
  await requireEmpty(target);
  const building = join(dirname(target), `.${basename(target)}.restoring`);
  try {
    await mkdir(dirname(target), { recursive: true });
    await rm(building, { recursive: true, force: true });
    await mkdir(building, { mode: 0o700 });
    const { header, parts, watch } = await unpack(path, passphrase, building, ["full"]);
    const database = join(building, NODE_FILES.database);
    if (!parts.some(({ name }) => name === "database"))
      throw new WaybillError("BACKUP_INCOMPLETE", { what: "database" });
    markRestored(database, { takenAt: header.createdAt, restoredAt: wallClock() });
    const contents = inspectCopy(database);
    await syncAll(building);
    await rmdir(target).catch(() => undefined);
    await rename(building, target);
    return { header, parts, database: contents, watch };
  } catch (error) {
    await rm(building, { recursive: true, force: true });
    throw asBackupError(error, target);
  }
}

/** The part for watching of such an export; it is never on a disk unencrypted. */
export async function readWatchExport(
  path: string,
  passphrase: Passphrase,
): Promise<{ readonly header: BackupHeader; readonly watch: WatchExport }> {
  const { header, watch } = await unpack(path, passphrase, undefined, ["watch"]);
  if (watch === undefined) throw new WaybillError("BACKUP_INCOMPLETE", { what: "watch" });
  return { header, watch };
}

async function unpack(
  path: string,
  passphrase: Passphrase,
  folder: string | undefined,
  kinds: readonly BackupKind[],
): Promise<Omit<BackupContents, "database">> {
  const parts: { readonly name: PartName; readonly bytes: number }[] = [];
  const watched: Uint8Array[] = [];
  const ends: (() => Promise<void>)[] = [];
  const sink = async (name: PartName): Promise<Sink> => {
    if (name === "watch")
      return (bytes) => {
        watched.push(bytes.slice());
        return Promise.resolve();
      };
    if (folder === undefined)
      throw new WaybillError("BACKUP_INCOMPLETE", { what: name, got: "a part out of place" });
    const file = await open(join(folder, NODE_FILES[name]), "wx", 0o600);
    ends.push(() => file.close());
    return async (bytes) => {
      await file.writeFile(bytes);
    };
  };
  try {
    const header = await readBackup({
      path,
      passphrase: (found) => {
        if (kinds.includes(found.kind)) return passphrase();
        throw new WaybillError("BACKUP_OTHER_KIND", {
          got: found.kind,
          allowed: kinds.join(" or "),
        });
      },
      part: async (name, bytes) => {
        parts.push({ name, bytes });
        return sink(name);
      },
    });
    const watch = watched.length === 0 ? undefined : decodeWatchExport(Buffer.concat(watched));
    return { header, parts, watch };
  } finally {
    for (const bytes of watched) bytes.fill(0);
    for (const end of ends) await end();
  }
}

async function requireEmpty(folder: string): Promise<void> {
  const found = await readdir(folder).catch((error: unknown) => {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw asBackupError(error, folder);
  });
  if (found.length > 0) throw new WaybillError("BACKUP_IN_THE_WAY", { what: folder });
}

async function syncAll(folder: string): Promise<void> {
  for (const name of [...(await readdir(folder)), "."]) {
    const file = await open(join(folder, name), "r");
    try {
      await file.sync();
    } finally {
      await file.close();
    }
  }
}
