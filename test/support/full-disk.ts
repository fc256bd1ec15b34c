/** A full disk, as one process sees it. */
import { execFileSync } from "node:child_process";

/**
 * What `script`, a TypeScript module in the repository's folder, prints in a process that can write no file beyond so
 * many KiB.
 */
export function saidOnFullDisk(kibibytes: number, script: string): string {
  const module = `process.on("SIGXFSZ", () => undefined);\n${script}`;
  const command = `ulimit -f ${kibibytes}; "$0" --input-type=module-typescript -e "$1"`;
  return execFileSync("bash", ["-c", command, process.execPath, module], {
    encoding: "utf8",
    // Node would write what it has compiled when it ends.
    env: { ...process.env, NODE_DISABLE_COMPILE_CACHE: "1" },
  });
}
