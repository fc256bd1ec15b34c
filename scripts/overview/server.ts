/**
 * Serves the overview of a local network, by the rules of a relay's own API: this machine only, a token, no other
 * host and no other origin. It holds the relays' tokens, and tells nobody.
 */
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { resolve } from "node:path";

import fastify from "fastify";

import { ownHosts } from "../../offchain/app/api/address.ts";
import { EventHub } from "../../offchain/app/api/events.ts";
import { requireOwnPage, requireToken } from "../../offchain/app/api/gate.ts";
import { answerProblem, headersOf, listenTo, servePage } from "../../offchain/app/api/server.ts";
import { WaybillError } from "../../offchain/core/errors.ts";
import type { Log } from "../../offchain/ports/log.ts";
import { Collector, type KnownRelay } from "./collect.ts";

const PAGE = resolve(import.meta.dirname, "../../offchain/app/dashboard/overview/dist");
const HOST = "127.0.0.1";
const TOKEN_BYTES = 32;

export interface OverviewServer {
  /** With the token in its fragment, which no server is told. */
  readonly url: string;
  close(): Promise<void>;
}

export async function serveOverview(
  relays: readonly KnownRelay[],
  log: Log,
): Promise<OverviewServer> {
  const token = randomBytes(TOKEN_BYTES).toString("hex");
  const collector = new Collector(relays);
  const hub = new EventHub(async () => JSON.stringify(await collector.overview()));
  let hosts: ReadonlySet<string> = new Set();
  const app = fastify({ logger: false, forceCloseConnections: true, exposeHeadRoutes: false });
  app.addHook(
    "onRequest",
    requireOwnPage(() => hosts),
  );
  app.addHook("onSend", (_request, reply, _payload, done) => {
    void reply.headers(headersOf(reply));
    done();
  });
  app.setErrorHandler((error, _request, reply) => answerProblem(log, error, reply));
  app.setNotFoundHandler((_request, reply) =>
    answerProblem(log, new WaybillError("API_NOT_FOUND"), reply),
  );
  app.get("/v1/events", { onRequest: requireToken(token) }, (_request, reply) =>
    listenTo(hub, reply),
  );
  if (existsSync(PAGE)) await servePage(app, PAGE);
  await app.listen({ host: HOST, port: 0 });
  const bound = app.server.address();
  const port = typeof bound === "object" ? (bound?.port ?? 0) : 0;
  hosts = ownHosts(port);
  return {
    url: `http://${HOST}:${port}/#token=${token}`,
    close: async () => {
      hub.close();
      await app.close();
    },
  };
}
