/** Writes a backup: piece by piece, so that a large database needs no memory, and whole or not at all. */
import { createReadStream } from "node:fs";
import { link, open, rename, rm, stat, type FileHandle } from "node:fs/promises";
import { dirname } from "node:path";

import { CHUNK_BYTES, ChunkSealer } from "../../core/backup/chunks.ts";
import {
  encodeHeader,
  headerDigest,
  SALT_BYTES,
  type BackupHeader,
} from "../../core/backup/header.ts";
import { WaybillError } from "../../core/errors.ts";
import { flush } from "../system/disk.ts";
import { encodePartHead, keyOf, randomSalt, type PartName } from "./format.ts";

/** One part: its bytes, or the file that holds them, which must not change meanwhile. */
export type Part =
  | { readonly name: PartName; readonly bytes: Uint8Array }
  | { readonly name: PartName; readonly file: string };

export interface WriteBackupOptions {
  readonly path: string;
  readonly passphrase: string;
  readonly header: Pick<BackupHeader, "kind" | "createdAt" | "deployment">;
  readonly parts: readonly Part[];
  /** Takes the place of an older file of that name; otherwise one that is there is left alone. */
  readonly replace: boolean;
  /** log2 of scrypt's N; 17 unless given. */
  readonly cost?: number;
}

const COST = 17;

/**
 * The file has mode 600 and its name only when all of it is on the disk.
 * @throws WaybillError BACKUP_IN_THE_WAY, BACKUP_UNREADABLE
 */
export async function writeBackup(options: WriteBackupOptions): Promise<void> {
  const { path, replace } = options;
  const temporary = `${path}.part`;
  try {
    if (!replace && (await isThere(path)))
      throw new WaybillError("BACKUP_IN_THE_WAY", { what: path });
    await rm(temporary, { force: true });
    const file = await open(temporary, "wx", 0o600);
    try {
      await write(file, options);
      await file.sync();
    } finally {
      await file.close();
    }
    if (replace) await rename(temporary, path);
    else await link(temporary, path);
    await flush(dirname(path));
  } catch (error) {
    throw asBackupError(error, path);
  } finally {
    await rm(temporary, { force: true }).catch(() => undefined);
  }
}

async function write(file: FileHandle, options: WriteBackupOptions): Promise<void> {
  const { passphrase, parts, cost = COST } = options;
  const header = { ...options.header, cost, salt: randomSalt(SALT_BYTES) };
  const start = encodeHeader(header);
  const sealer = new ChunkSealer(await keyOf(passphrase, header), headerDigest(start));
  await file.writeFile(start);

  const chunk = Buffer.alloc(CHUNK_BYTES);
  let filled = 0;
  const put = async (bytes: Uint8Array): Promise<void> => {
    for (let from = 0; from < bytes.length;) {
      // A full chunk waits for the next byte: the last one is sealed differently.
      if (filled === CHUNK_BYTES) {
        await file.writeFile(sealer.seal(chunk, false));
        filled = 0;
      }
      const some = bytes.subarray(from, from + CHUNK_BYTES - filled);
      chunk.set(some, filled);
      filled += some.length;
      from += some.length;
    }
  };
  for (const part of parts) {
    if ("bytes" in part) {
      await put(encodePartHead(part.name, part.bytes.length));
      await put(part.bytes);
      continue;
    }
    const { size } = await stat(part.file);
    await put(encodePartHead(part.name, size));
    let read = 0;
    for await (const bytes of createReadStream(part.file)) {
      const some = bytes as Buffer;
      read += some.length;
      await put(some);
    }
    if (read !== size) throw new WaybillError("BACKUP_INCOMPLETE", { what: part.name });
  }
  await put(Uint8Array.of(0));
  await file.writeFile(sealer.seal(chunk.subarray(0, filled), true));
}

const isThere = async (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/** Errors of the system by their code, as an error of ours. */
export function asBackupError(error: unknown, path: string): WaybillError {
  if (error instanceof WaybillError) return error;
  const got = error instanceof Error && "code" in error ? String(error.code) : String(error);
  if (got === "EEXIST") return new WaybillError("BACKUP_IN_THE_WAY", { what: path });
  return new WaybillError("BACKUP_UNREADABLE", { what: path, got });
}
