/** Whether a crash of this process would write its memory or its environment, and the secrets in them, to a file. */
import { readFileSync } from "node:fs";

import { fine, warning, type Finding } from "./finding.ts";

const CORE_FILES = "core files";
const REPORTS = "diagnostic reports";
/** What systemd's own handler does with a crash, it does by the limit. */
const HEEDS_THE_LIMIT = /systemd-coredump/;
/** Options of Node that write files with the environment or all of the heap. */
const WRITING = /--(?:report-(?:on-fatalerror|on-signal|uncaught-exception)|heapsnapshot-[\w-]+)/g;

/** Of processes that are started like this one. Core files where the system tells of them, which is on Linux. */
export function checkCrashDumps(
  options = [process.env.NODE_OPTIONS ?? "", ...process.execArgv].join(" "),
): readonly Finding[] {
  const limits = read("/proc/self/limits");
  const pattern = read("/proc/sys/kernel/core_pattern");
  const files = limits === undefined ? [] : [checkCoreFiles(limits, pattern ?? "")];
  return [...files, checkReports(options)];
}

/** `limits` and `pattern` as Linux writes them in /proc (proc(5), core(5)). */
export function checkCoreFiles(limits: string, pattern: string): Finding {
  const limit = /^Max core file size\s+(\S+)/m.exec(limits)?.[1] ?? "unknown";
  if (limit !== "0")
    return warning(
      CORE_FILES,
      `a crash writes this node's memory, its keys included, to a file (limit: ${limit})`,
      "Start it after `ulimit -c 0`; in a systemd unit, LimitCORE=0 does that.",
    );
  const [, handler] = /^\|(\S+)/.exec(pattern) ?? [];
  if (handler === undefined || HEEDS_THE_LIMIT.test(handler)) return fine(CORE_FILES, "none");
  return warning(
    CORE_FILES,
    `the limit is 0, but this machine hands crashed processes to ${handler}, which may keep them`,
    "See that it does not, or set kernel.core_pattern to a plain name.",
  );
}

/** `options` as in NODE_OPTIONS. */
export function checkReports(options: string): Finding {
  const found = [...new Set(options.match(WRITING))];
  if (found.length === 0) return fine(REPORTS, "none");
  return warning(
    REPORTS,
    `${found.join(", ")}: Node writes this node's environment or memory to files`,
    "Leave these out of NODE_OPTIONS and of Node's command line.",
  );
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
