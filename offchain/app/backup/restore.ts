/** Puts a backup back, or looks into one. A folder is there whole or not at all, and nothing is overwritten. */
import { open, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import type { PartName } from "../../adapters/backup/format.ts";
import { readBackup, readBackupHeader, type Sink } from "../../adapters/backup/read.ts";
import { asBackupError } from "../../adapters/backup/write.ts";
import { openNameless } from "../../adapters/sqlite/nameless.ts";
import {
  inspectCopy,
  inspectOpenCopy,
  markRestored,
  type CopyContents,
} from "../../adapters/sqlite/restoration.ts";
import type { BackupHeader, BackupKind } from "../../core/backup/header.ts";
import { hasCode, WaybillError } from "../../core/errors.ts";
import { NODE_FILES } from "./node-parts.ts";
import { restoredSettings, type RestoredSettings } from "./restored-settings.ts";
import { makePlace, type Place } from "./placing.ts";
import { wallClock } from "./make.ts";
import { decodeWatchExport, type WatchExport } from "./watch-export.ts";

type Passphrase = () => Promise<string>;

/**
 * Asks for the passphrase of a full backup, before anything is made of it.
 * @throws WaybillError BACKUP_FOREIGN, BACKUP_UNREADABLE, BACKUP_OTHER_KIND
 */
export async function passphraseToRestore(path: string, passphrase: Passphrase): Promise<string> {
  requireKind(await readBackupHeader(path), ["full"]);
  return passphrase();
}

function requireKind({ kind }: BackupHeader, kinds: readonly BackupKind[]): void {
  if (!kinds.includes(kind))
    throw new WaybillError("BACKUP_OTHER_KIND", { got: kind, allowed: kinds.join(" or ") });
}

export interface BackupContents {
  readonly header: BackupHeader;
  readonly parts: readonly { readonly name: PartName; readonly bytes: number }[];
  /** Of a full backup. */
  readonly database: CopyContents | undefined;
  /** What the settings file of the restored node says. Of a full backup. */
  readonly settings: RestoredSettings | undefined;
  /** Of an export for watching. */
  readonly watch: WatchExport | undefined;
}

/**
 * Reads all of it and checks the database in it. Nothing of it is ever in a file that has a name: the database is in
 * one without, the rest in memory.
 */
export async function verifyBackup(path: string, passphrase: Passphrase): Promise<BackupContents> {
  const nameless = await openNameless(tmpdir());
  try {
    const written: Uint8Array[] = [];
    const sinks: Partial<Record<PartName, Sink>> = {
      database: (bytes) => nameless.write(bytes),
      settings: (bytes) => Promise.resolve(void written.push(bytes.slice())),
    };
    const { header, parts, watch } = await unpack(path, passphrase, ["full", "watch"], (name) =>
      Promise.resolve(sinks[name] ?? nowhere),
    );
    const text = Buffer.concat(written).toString();
    const settings = header.kind === "full" ? restoredSettings(text, parts) : undefined;
    const hasDatabase = parts.some(({ name }) => name === "database");
    const database = hasDatabase ? inspectOpenCopy(nameless.db) : undefined;
    return { header, parts, database, settings, watch };
  } finally {
    await nameless.close();
  }
}

const nowhere: Sink = () => Promise.resolve();

/**
 * Makes `folder`, readable by its owner alone, out of a full backup; it may be there and empty, and a volume that is
 * mounted. Interrupted at any point, it leaves a folder that no command takes for a node's, and that the next
 * restoration takes anew; `over` ends it without leaving one. What it holds begins again carefully: see
 * docs/decisions/0039 and 0040.
 * @throws WaybillError BACKUP_IN_THE_WAY when there is anything in the folder; BACKUP_…; STORE_CORRUPT, STORE_TOO_NEW
 */
export async function restoreBackup(
  path: string,
  passphrase: Passphrase,
  folder: string,
  over?: AbortSignal,
): Promise<BackupContents> {
  const target = resolve(folder);
  let place: Place | undefined;
  const ends: (() => Promise<void>)[] = [];
  const requireWanted = (): void => {
    if (over?.aborted === true) throw new WaybillError("BACKUP_STOPPED");
  };
  try {
    place = await makePlace(target);
    const { building } = place;
    const { header, parts, watch } = await unpack(path, passphrase, ["full"], async (name) => {
      const file = await open(join(building, NODE_FILES[name]), "wx", 0o600);
      ends.push(() => file.close());
      return async (bytes) => {
        requireWanted();
        await file.writeFile(bytes);
      };
    });
    const database = join(building, NODE_FILES.database);
    if (!parts.some(({ name }) => name === "database"))
      throw new WaybillError("BACKUP_INCOMPLETE", { what: "database" });
    for (const end of ends.splice(0)) await end();
    const settings = await adaptSettings(building, parts);
    markRestored(database, { takenAt: header.createdAt, restoredAt: wallClock() });
    const contents = inspectCopy(database);
    requireWanted();
    await place.finish();
    return { header, parts, database: contents, settings, watch };
  } catch (error) {
    for (const end of ends.splice(0)) await end().catch(() => undefined);
    // What cannot be cleared away says by its name that it does not count.
    const left: unknown = await place?.abandon().catch((failure: unknown) => failure);
    throw hasCode(left, "BACKUP_IN_THE_WAY") ? left : asBackupError(error, target);
  }
}

/** The settings name files where they were: now they name what is beside them. */
async function adaptSettings(
  folder: string,
  parts: BackupContents["parts"],
): Promise<RestoredSettings> {
  const path = join(folder, NODE_FILES.settings);
  const isThere = parts.some(({ name }) => name === "settings");
  const settings = restoredSettings(isThere ? await readFile(path, "utf8") : "", parts);
  if (settings.changed.length > 0) await writeFile(path, settings.text, { mode: 0o600 });
  return settings;
}

/** The part for watching of such an export; it is never on a disk unencrypted. */
export async function readWatchExport(
  path: string,
  passphrase: Passphrase,
): Promise<{ readonly header: BackupHeader; readonly watch: WatchExport }> {
  const { header, watch } = await unpack(path, passphrase, ["watch"], (name) => {
    throw new WaybillError("BACKUP_INCOMPLETE", { what: name, got: "a part out of place" });
  });
  if (watch === undefined) throw new WaybillError("BACKUP_INCOMPLETE", { what: "watch" });
  return { header, watch };
}

/** Where a part goes that is a file of the node. */
type FileSink = (name: keyof typeof NODE_FILES) => Promise<Sink>;

async function unpack(
  path: string,
  passphrase: Passphrase,
  kinds: readonly BackupKind[],
  files: FileSink,
): Promise<Omit<BackupContents, "database" | "settings">> {
  const parts: { readonly name: PartName; readonly bytes: number }[] = [];
  const watched: Uint8Array[] = [];
  try {
    const header = await readBackup({
      path,
      passphrase: (found) => {
        requireKind(found, kinds);
        return passphrase();
      },
      part: async (name, bytes) => {
        parts.push({ name, bytes });
        if (name !== "watch") return files(name);
        return (some) => {
          watched.push(some.slice());
          return Promise.resolve();
        };
      },
    });
    const watch = watched.length === 0 ? undefined : decodeWatchExport(Buffer.concat(watched));
    return { header, parts, watch };
  } finally {
    for (const bytes of watched) bytes.fill(0);
  }
}
