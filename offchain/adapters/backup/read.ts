/** Reads a backup piece by piece; nothing of it is given on before its chunk is found to be genuine. */
import { open, type FileHandle } from "node:fs/promises";

import { ChunkOpener, SEALED_BYTES } from "../../core/backup/chunks.ts";
import {
  decodeHeader,
  headerDigest,
  MAX_HEADER_BYTES,
  type BackupHeader,
} from "../../core/backup/header.ts";
import { WaybillError } from "../../core/errors.ts";
import { keyOf, PARTS, type PartName } from "./format.ts";
import { asBackupError } from "./write.ts";

/** Takes what a part holds; each call is awaited before the next. */
export type Sink = (bytes: Uint8Array) => Promise<void>;

export interface ReadBackupOptions {
  readonly path: string;
  /** Asked for once the header says that this is a backup. */
  readonly passphrase: (header: BackupHeader) => Promise<string>;
  /** Where each part goes, each name once. */
  readonly part: (name: PartName, size: number) => Promise<Sink>;
}

/**
 * Resolves once all of the file was genuine; until then what the sinks got is genuine, and may be a beginning only.
 * @throws WaybillError BACKUP_FOREIGN, BACKUP_UNOPENED, BACKUP_UNREADABLE, BACKUP_INCOMPLETE, and what the options throw
 */
export async function readBackup(options: ReadBackupOptions): Promise<BackupHeader> {
  const { path, passphrase, part } = options;
  const file = await opened(path);
  try {
    const start = await read(file, 0, MAX_HEADER_BYTES, path);
    const { header, length } = decodeHeader(start);
    const key = await keyOf(await passphrase(header), header);
    const contents = chunks(
      file,
      path,
      length,
      new ChunkOpener(key, headerDigest(start.subarray(0, length))),
    );
    await readParts(new Contents(contents), part);
    return header;
  } finally {
    await file.close();
  }
}

/** The header alone, which needs no passphrase and is not known to be genuine. */
export async function readBackupHeader(path: string): Promise<BackupHeader> {
  const file = await opened(path);
  try {
    return decodeHeader(await read(file, 0, MAX_HEADER_BYTES, path)).header;
  } finally {
    await file.close();
  }
}

async function opened(path: string): Promise<FileHandle> {
  try {
    return await open(path, "r");
  } catch (error) {
    throw asBackupError(error, path);
  }
}

async function* chunks(
  file: FileHandle,
  path: string,
  from: number,
  opener: ChunkOpener,
): AsyncGenerator<Uint8Array> {
  for (let at = from; ; at += SEALED_BYTES) {
    // One byte more tells whether this chunk is the last.
    const bytes = await read(file, at, SEALED_BYTES + 1, path);
    const isLast = bytes.length <= SEALED_BYTES;
    yield opener.open(bytes.subarray(0, SEALED_BYTES), isLast);
    if (isLast) return;
  }
}

async function read(
  file: FileHandle,
  from: number,
  most: number,
  path: string,
): Promise<Uint8Array> {
  const bytes = Buffer.alloc(most);
  let filled = 0;
  try {
    while (filled < most) {
      const { bytesRead } = await file.read(bytes, filled, most - filled, from + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
  } catch (error) {
    throw asBackupError(error, path);
  }
  return bytes.subarray(0, filled);
}

/** The opened chunks as one run of bytes. */
class Contents {
  readonly #chunks: AsyncGenerator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array(0);

  constructor(chunks: AsyncGenerator<Uint8Array>) {
    this.#chunks = chunks;
  }

  /** Up to `most` bytes, at least one; undefined at the end. */
  async some(most: number): Promise<Uint8Array | undefined> {
    while (this.#rest.length === 0) {
      const next = await this.#chunks.next();
      if (next.done === true) return undefined;
      this.#rest = next.value;
    }
    const bytes = this.#rest.subarray(0, most);
    this.#rest = this.#rest.subarray(bytes.length);
    return bytes;
  }

  async exactly(length: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(length);
    for (let filled = 0; filled < length;) {
      const some = await this.some(length - filled);
      if (some === undefined) throw new WaybillError("BACKUP_INCOMPLETE", { got: "an early end" });
      bytes.set(some, filled);
      filled += some.length;
    }
    return bytes;
  }
}

async function readParts(contents: Contents, part: ReadBackupOptions["part"]): Promise<void> {
  const seen = new Set<string>();
  for (;;) {
    const [nameLength = 0] = await contents.exactly(1);
    if (nameLength === 0) break;
    const name = new TextDecoder().decode(await contents.exactly(nameLength));
    if (!isPart(name) || seen.has(name))
      throw new WaybillError("BACKUP_INCOMPLETE", { what: name, got: "a part out of place" });
    seen.add(name);
    const size = Number(new DataView((await contents.exactly(8)).buffer).getBigUint64(0));
    const sink = await part(name, size);
    for (let left = size; left > 0;) {
      const bytes = await contents.some(left);
      if (bytes === undefined) throw new WaybillError("BACKUP_INCOMPLETE", { what: name });
      await sink(bytes);
      left -= bytes.length;
    }
  }
  if ((await contents.some(1)) !== undefined)
    throw new WaybillError("BACKUP_INCOMPLETE", { got: "something behind the end" });
}

const isPart = (name: string): name is PartName => (PARTS as readonly string[]).includes(name);
