/** Files that only their owner can read, and how they are written. */
import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { randomUUID } from "node:crypto";
import { dirname } from "node:path";

import { WaybillError } from "../../core/errors.ts";

const GROUP_AND_OTHERS = 0o077;

/**
 * The text of the file at `path`. Everything is asked of the open file, so that it cannot be exchanged in
 * between; a pipe does not hold it up.
 * @throws WaybillError SECRET_FILE_UNREADABLE, SECRET_FILE_OPEN
 */
export function readPrivateFile(path: string): string {
  let descriptor: number;
  try {
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (cause) {
    throw new WaybillError("SECRET_FILE_UNREADABLE", { what: path, cause });
  }
  try {
    const stat = fstatSync(descriptor);
    if (!stat.isFile() || stat.uid !== (process.getuid?.() ?? stat.uid))
      throw new WaybillError("SECRET_FILE_UNREADABLE", {
        what: path,
        got: stat.isFile() ? `a file of user ${stat.uid}` : "no regular file",
      });
    const mode = stat.mode & 0o777;
    if ((mode & GROUP_AND_OTHERS) !== 0)
      throw new WaybillError("SECRET_FILE_OPEN", {
        what: path,
        got: `mode ${mode.toString(8)}`,
        allowed: "mode 600 or 400",
      });
    return readFileSync(descriptor, "utf8");
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Writes `text` to `path` with mode 600. After a crash at any point the file is there whole, or what was there
 * before is. `existing`: whether a file in its place is replaced, or is refused.
 * @throws WaybillError SECRET_FILE_UNWRITABLE, SECRET_FILE_EXISTS
 */
export function writePrivateFile(path: string, text: string, existing: "replace" | "refuse"): void {
  const temporary = `${path}.${randomUUID()}.part`;
  try {
    writeDurably(temporary, text);
    // A link fails where a file is; a rename would replace it.
    if (existing === "refuse") linkSync(temporary, path);
    else renameSync(temporary, path);
    syncFolder(dirname(path));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "EEXIST")
      throw new WaybillError("SECRET_FILE_EXISTS", { what: path, cause });
    throw new WaybillError("SECRET_FILE_UNWRITABLE", { what: path, cause });
  } finally {
    rmSync(temporary, { force: true });
  }
}

function writeDurably(path: string, text: string): void {
  const descriptor = openSync(path, "wx", 0o600);
  try {
    // Whatever the process's mask leaves out or in.
    fchmodSync(descriptor, 0o600);
    writeFileSync(descriptor, text);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function syncFolder(path: string): void {
  const descriptor = openSync(path, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
