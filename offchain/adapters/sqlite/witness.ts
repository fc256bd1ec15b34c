/**
 * A few bytes beside the database that say how many transactions it has committed. SQLite drops the damaged
 * end of its log silently and opens an old copy gladly; either would make the agent forget packets and ticket
 * indexes that it promised to remember. A database that counts fewer commits than its witness is refused.
 *
 * Written after each commit, in place and without a flush: after a power cut it may lag behind, never run ahead.
 */
import { closeSync, constants, fstatSync, fsyncSync, openSync, readSync, writeSync } from "node:fs";
import { WaybillError } from "../../core/errors.ts";

/** The count and its complement, 8 bytes each. */
const SIZE = 16;

export interface Witness {
  /** Commits seen, as far as the file remembers. */
  readonly seen: bigint;
  readonly record: (commits: bigint) => void;
  readonly close: () => void;
}

export function openWitness(path: string): Witness {
  const file = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600);
  const buffer = Buffer.alloc(SIZE);
  const record = (commits: bigint): void => {
    buffer.writeBigUInt64BE(commits, 0);
    buffer.writeBigUInt64BE(BigInt.asUintN(64, ~commits), 8);
    writeSync(file, buffer, 0, SIZE, 0);
  };
  const close = (): void => {
    closeSync(file);
  };
  if (fstatSync(file).size === 0) {
    record(0n);
    fsyncSync(file);
    return { seen: 0n, record, close };
  }
  const length = readSync(file, buffer, 0, SIZE, 0);
  const seen = buffer.readBigUInt64BE(0);
  if (length !== SIZE || buffer.readBigUInt64BE(8) !== BigInt.asUintN(64, ~seen)) {
    close();
    throw new WaybillError("STORE_CORRUPT", { what: "the witness file beside the database" });
  }
  return { seen, record, close };
}
