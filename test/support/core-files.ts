/** Programs that are started under another limit for core files than the tests. */
import { spawnSync } from "node:child_process";

/** Undefined where the system allows that limit. */
export function whyNoLimit(limit: string): string | undefined {
  const { status, error } = spawnSync("bash", ["-c", `ulimit -c ${limit}`]);
  if (error !== undefined) return "there is no bash";
  return status === 0 ? undefined : `this user may not set core files to ${limit}`;
}

/** Runs a command after `ulimit -c limit`, in an environment of a PATH and `env`. */
export function underLimit(
  limit: string,
  folder: string,
  command: readonly string[],
  env: Readonly<Record<string, string>> = {},
) {
  return spawnSync("bash", ["-c", `ulimit -c ${limit}; exec "$@"`, "bash", ...command], {
    ...{ cwd: folder, encoding: "utf8", timeout: 60_000 },
    env: { PATH: process.env.PATH, ...env },
  });
}

/** What `waybill doctor --json` says of core files, started as `command` under a limit. */
export function doctorOnCoreFiles(
  limit: string,
  folder: string,
  command: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Readonly<Record<string, unknown>> | undefined {
  const args = ["doctor", "--data", "data", "--json"];
  const { stdout } = underLimit(limit, folder, [...command, ...args], env);
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>)
    .find(({ check }) => check === "core files");
}
