/** This machine: Node, curve backend, disk. */
import { closeSync, fsyncSync, openSync, rmSync, statfsSync, writeSync } from "node:fs";
import { join } from "node:path";

import { createBackend } from "../../core/crypto/index.ts";
import { fine, problem, warning, type Finding } from "./finding.ts";

const OLDEST_NODE = 24;
const GIB = 2 ** 30;
/** Below the first a busy relay has some days, below the second the store soon takes no more packets. */
const LITTLE_ROOM = GIB;
const NO_ROOM = GIB / 16;
/** What Linux says of a file system in memory (statfs(2)). */
const TMPFS = 0x01021994;
/** A relay flushes up to a hundred times a second. */
const SLOW_FLUSH_MS = 50;
const FLUSHES = 5;

export function checkMachine(): readonly Finding[] {
  return [checkNode(process.versions.node), checkBackend(createBackend().name)];
}

export function checkNode(version: string): Finding {
  if (Number.parseInt(version, 10) >= OLDEST_NODE) return fine("node", `Node ${version}`);
  return problem("node", `Node ${version}`, `Use Node ${OLDEST_NODE} or later.`);
}

export function checkBackend(name: string): Finding {
  if (name === "native") return fine("cryptography", "native secp256k1");
  return warning(
    "cryptography",
    "no native secp256k1 for this machine: packets take about ten times as long",
    "Run the relay on linux-x64, darwin-arm64 or win32-x64.",
  );
}

export function checkDisk(folder: string): readonly Finding[] {
  try {
    const { bavail, bsize, type } = statfsSync(folder);
    return [checkRoom(bavail * bsize), ...checkKind(type), checkFlush(flushTime(folder))];
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return [problem("disk", reason, "Let this user write to the data folder, and check the disk.")];
  }
}

export function checkRoom(bytes: number): Finding {
  const text = `${(bytes / GIB).toFixed(1)} GiB free`;
  if (bytes < NO_ROOM) return problem("disk space", text, "Free space, or move the data folder.");
  if (bytes < LITTLE_ROOM) return warning("disk space", text, "Free space before it runs out.");
  return fine("disk space", text);
}

function checkKind(type: number): readonly Finding[] {
  if (type !== TMPFS) return [];
  const text = "the data folder is in memory, and gone when the machine stops";
  return [warning("disk", text, "Put it on a disk.")];
}

export function checkFlush(milliseconds: number): Finding {
  const text = `a flush to the disk takes ${milliseconds.toFixed(1)} ms`;
  if (milliseconds <= SLOW_FLUSH_MS) return fine("disk flush", text);
  return warning("disk flush", text, "Use a disk that is quicker or less busy.");
}

/** Median, in milliseconds. */
function flushTime(folder: string): number {
  const path = join(folder, `.doctor-${process.pid}`);
  const descriptor = openSync(path, "wx", 0o600);
  try {
    const times = Array.from({ length: FLUSHES }, () => {
      const start = performance.now();
      writeSync(descriptor, "x".repeat(4096));
      fsyncSync(descriptor);
      return performance.now() - start;
    });
    return times.sort((one, other) => one - other)[Math.floor(FLUSHES / 2)] ?? 0;
  } finally {
    closeSync(descriptor);
    rmSync(path, { force: true });
  }
}
