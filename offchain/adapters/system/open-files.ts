/** Which processes have a file open, as Linux tells it in /proc; none elsewhere, and none of other users. */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";

export interface Holder {
  readonly pid: number;
  /** The program's name, without its arguments. */
  readonly name: string;
}

export function holdersOf(path: string): readonly Holder[] {
  return entriesOf("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) =>
      entriesOf(join("/proc", pid, "fd")).some(
        (fd) => linkOf(join("/proc", pid, "fd", fd)) === path,
      ),
    )
    .map((pid) => ({ pid: Number(pid), name: nameOf(pid) }));
}

/** Processes come and go while one looks. */
function entriesOf(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

function nameOf(pid: string): string {
  try {
    return readFileSync(join("/proc", pid, "comm"), "utf8").trim();
  } catch {
    return "gone";
  }
}
