/**
 * What a command leaves behind, as the system knows it (Linux's /proc): its processes, whoever their parent
 * is by now, and the sockets on which they listen. A mark in the environment, which every descendant
 * inherits, tells them from all others.
 */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";

const MARK = "TEST_RUN_OF_WAYBILL";
/** State of a listening socket in /proc/net/tcp. */
const LISTENING = "0A";

/** The environment variable that marks a process and its descendants. */
export const markOf = (run: string): Record<string, string> => ({ [MARK]: run });

/** Every living process of the run, zombies left out: nothing of them is left but an exit code. */
export function processesOf(run: string): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => environmentOf(pid).includes(`${MARK}=${run}`))
    .map(Number);
}

/** Inodes of the sockets on which the run's processes listen; the system never uses one twice. */
export function listeningOf(run: string, processes = processesOf(run)): string[] {
  const open = new Set(processes.flatMap(socketsOf));
  return allListening().filter((inode) => open.has(inode));
}

/** Inodes of all listening TCP sockets. */
export function allListening(): string[] {
  return ["/proc/net/tcp", "/proc/net/tcp6"].flatMap((table) =>
    (read(table) ?? "")
      .split("\n")
      .map((line) => line.trim().split(/\s+/))
      .filter((columns) => columns[3] === LISTENING)
      .map((columns) => columns[9] ?? ""),
  );
}

/** Command line of every process that may be read, arguments separated by blanks. */
export function commandLines(): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => (read(`/proc/${pid}/cmdline`) ?? "").replaceAll("\0", " "));
}

const environmentOf = (pid: string): string[] => (read(`/proc/${pid}/environ`) ?? "").split("\0");

function socketsOf(pid: number): string[] {
  const folder = `/proc/${pid}/fd`;
  return list(folder).flatMap((name) => {
    const target = link(`${folder}/${name}`);
    return /^socket:\[(\d+)\]$/.exec(target)?.[1] ?? [];
  });
}

/** Processes end while one looks at them. */
function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

function list(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

function link(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}
