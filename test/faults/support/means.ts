/** What the machine that runs these tests can do, and how much of them is asked for. */
import { spawnSync } from "node:child_process";
import { delimiter } from "node:path";
import type { Context } from "mocha";

/** Tools for disks and lines lie where only an administrator's PATH leads. */
process.env.PATH = [process.env.PATH, "/usr/sbin", "/sbin"].join(delimiter);

/** `npm run test:faults` runs all of it, `npm test` what fits between the other tests. */
export const THOROUGH = process.env.FAULTS === "all";

/** Skips the running test, and says why, unless `reason` is undefined. */
export function needs(test: Context, reason: string | undefined): void {
  if (reason === undefined) return;
  console.log(`      skipped: ${reason}`);
  test.skip();
}

/** Why `command` cannot be used; undefined when it can. */
export function whyNot(command: string, ...args: readonly string[]): string | undefined {
  const { error, status, stderr } = spawnSync(command, args, { encoding: "utf8" });
  if (error !== undefined) return `there is no ${command}`;
  return status === 0 ? undefined : `${command} does not work here: ${stderr.split("\n")[0] ?? ""}`;
}
