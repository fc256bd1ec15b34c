/** The files of a node: who may read them, and whether its databases are sound. */
import { existsSync, realpathSync, statSync } from "node:fs";
import { join } from "node:path";

import { inspectDatabase } from "../../adapters/sqlite/inspect.ts";
import { holdersOf } from "../../adapters/system/open-files.ts";
import { DATABASES } from "../node.ts";
import { settingsPath } from "../initialise.ts";
import { keystorePath } from "../master-secret.ts";
import type { NodeOptions } from "../settings.ts";
import { failed, fine, problem, warning, type Finding } from "./finding.ts";

const OTHERS_MAY_WRITE = 0o022;
const OTHERS_MAY_LOOK = 0o077;

export function checkFiles(options: NodeOptions): readonly Finding[] {
  const { data } = options;
  if (!existsSync(data))
    return [problem("data folder", `there is no ${data}`, "Run `waybill init`, or check --data.")];
  const databases = Object.values(DATABASES).map((name) => join(data, name));
  return [
    checkMode("data folder", data, "700"),
    ...[options.config ?? settingsPath(data), keystorePath(options)]
      .filter((path) => existsSync(path))
      .map((path) => checkMode("file mode", path, "600")),
    ...databases.filter((path) => existsSync(path)).map(checkDatabase),
  ];
}

function checkMode(check: string, path: string, wanted: string): Finding {
  const mode = statSync(path).mode & 0o777;
  const text = `${path} has mode ${mode.toString(8)}`;
  const todo = `Run chmod ${wanted} on it.`;
  if ((mode & OTHERS_MAY_WRITE) !== 0) return problem(check, `${text}: others can change it`, todo);
  if ((mode & OTHERS_MAY_LOOK) !== 0) return warning(check, `${text}: others can read it`, todo);
  return fine(check, text);
}

function checkDatabase(path: string): Finding {
  const error = inspectDatabase(path);
  if (error === undefined) return fine("database", `${path} is sound, and nobody has it open`);
  if (error.code !== "STORE_LOCKED") return failed("database", error);
  const holders = holdersOf(realpathSync(path)).filter(({ pid }) => pid !== process.pid);
  const who = holders.map(({ pid, name }) => `process ${pid} (${name})`).join(", ");
  if (who !== "") return fine("database", `${path} is open in ${who}`);
  return warning(
    "database",
    `${path} is open in a process of another user, or on another machine`,
    "Find it before you start this node: two nodes with one secret harm each other.",
  );
}
