/** The API beside a running agent: from before its database is open until its relay has stopped. */
import { rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

import type { LogLevels } from "../../adapters/system/log-levels.ts";
import type { Log } from "../../ports/log.ts";
import type { Report } from "../report/report.ts";
import { ADDRESS_FILE, type ListenAddress } from "./address.ts";
import { answersOf } from "./answers.ts";
import { serveApi } from "./server.ts";
import { ensureToken } from "./token.ts";

/** The built dashboard (scripts/build-pages.ts); in the package it lies at the same place. */
const PAGE = resolve(import.meta.dirname, "../dashboard/dist");

export interface AgentApiOptions {
  readonly data: string;
  readonly listen: ListenAddress;
  readonly names: readonly string[];
  readonly report: Report;
  readonly levels: LogLevels;
  readonly metrics: () => Promise<string>;
  readonly log: Log;
}

export interface AgentApi {
  readonly url: string;
  /** The data folder is this agent's now: commands may find it there. */
  announce(): void;
  close(): Promise<void>;
}

/** @throws WaybillError API_LISTEN_FAILED, and what reading the token throws */
export async function startApi(options: AgentApiOptions): Promise<AgentApi> {
  const { data, listen, names, report, levels, metrics, log } = options;
  const token = ensureToken(data);
  const answers = answersOf(report, levels);
  const server = await serveApi({ listen, names, token, answers, metrics, log, page: PAGE });
  log.info("the HTTP API listens", { url: server.url });
  const file = join(data, ADDRESS_FILE);
  let announced = false;
  return {
    url: server.url,
    announce() {
      writeFileSync(file, `${server.url}\n`, { mode: 0o600 });
      announced = true;
    },
    async close() {
      if (announced) rmSync(file, { force: true });
      await server.close();
    },
  };
}
