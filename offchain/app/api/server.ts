/**
 * The HTTP API of a running relay: what the description says and nothing else, for whoever has the token. It never
 * holds up the packet path: answers come out of memory or out of what was read a few seconds ago.
 */
import { existsSync } from "node:fs";

import fastifyStatic from "@fastify/static";
import fastify, { type FastifyInstance, type FastifyReply } from "fastify";

import { WaybillError, type ErrorCode } from "../../core/errors.ts";
import type { Log } from "../../ports/log.ts";
import { describeError } from "../output.ts";
import { askedAt, ownHosts, urlOf, type ListenAddress } from "./address.ts";
import type { Answers } from "./answers.ts";
import { ROUTES, type Route } from "./description/openapi.ts";
import type { Schema } from "./description/kinds.ts";
import { EventHub, type Pace } from "./events.ts";
import { requireOwnPage, requireToken } from "./gate.ts";
import * as limits from "./limits.ts";
import { proofOf } from "./proof.ts";
import { described, inlined, named } from "./serialise.ts";

export interface ServerOptions {
  readonly listen: ListenAddress;
  /** Further Host headers than the machine's own. */
  readonly names: readonly string[];
  readonly token: string;
  readonly answers: Answers;
  /** The text for Prometheus. */
  readonly metrics: () => Promise<string>;
  readonly log: Log;
  /** Folder of the page that is served under /; none when undefined or when there is no such folder. */
  readonly page: string | undefined;
  /** Of events; the usual one unless given. */
  readonly pace?: Pace;
}

export interface ApiServer {
  /** Where this machine asks it. */
  readonly url: string;
  close(): Promise<void>;
}

/** Where the server listens, which is known once it does. */
interface Place {
  readonly hosts: () => ReadonlySet<string>;
  readonly url: () => string;
}

/** For answers that are no page: nothing in them is ever run or shown. */
const PLAIN_POLICY = "default-src 'none'; frame-ancestors 'none'";
/** For the page: everything comes from this server, nothing is written into the page but by its own files. */
const PAGE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
  "connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** @throws WaybillError API_LISTEN_FAILED */
export async function serveApi(options: ServerOptions): Promise<ApiServer> {
  const { listen, names, page } = options;
  const status = inlined(named("Status"));
  const hub = new EventHub(
    async () => JSON.stringify(described(status, await options.answers.status({}, undefined))),
    options.pace,
  );
  let hosts: ReadonlySet<string> = new Set();
  let url = "";
  const app = createApp(options, hub, { hosts: () => hosts, url: () => url });
  if (page !== undefined && existsSync(page)) await servePage(app, page);
  try {
    await app.listen({ host: listen.host, port: listen.port });
  } catch (cause) {
    await app.close();
    throw new WaybillError("API_LISTEN_FAILED", { got: urlOf(listen), cause });
  }
  const bound = app.server.address();
  const port = typeof bound === "object" ? (bound?.port ?? listen.port) : listen.port;
  url = urlOf(askedAt({ host: listen.host, port }));
  // As clients write the address in a Host header, which may be shorter.
  hosts = ownHosts(port, [...names, new URL(url).host]);
  return {
    url,
    close: async () => {
      hub.close();
      await app.close();
    },
  };
}

function createApp(options: ServerOptions, hub: EventHub, place: Place): FastifyInstance {
  const app = fastify({
    logger: false,
    bodyLimit: limits.BODY_BYTES,
    requestTimeout: limits.REQUEST_TIMEOUT,
    connectionTimeout: limits.IDLE_TIMEOUT,
    maxRequestsPerSocket: limits.REQUESTS_A_CONNECTION,
    exposeHeadRoutes: false,
    forceCloseConnections: true,
    http: { maxHeaderSize: limits.HEADER_BYTES, headersTimeout: limits.REQUEST_TIMEOUT },
    ajv: { customOptions: { removeAdditional: false, coerceTypes: true, useDefaults: true } },
  });
  app.server.maxConnections = limits.CONNECTIONS;
  app.removeContentTypeParser("text/plain");
  app.addHook("onRequest", requireOwnPage(place.hosts));
  app.addHook("onSend", (_request, reply, _payload, done) => {
    void reply.headers(headersOf(reply));
    done();
  });
  app.setErrorHandler((error, _request, reply) => answerProblem(options.log, error, reply));
  app.setNotFoundHandler((_request, reply) =>
    answerProblem(options.log, new WaybillError("API_NOT_FOUND"), reply),
  );
  for (const route of ROUTES) addRoute(app, route, options, hub, place);
  return app;
}

function addRoute(
  app: FastifyInstance,
  route: Route,
  { answers, metrics, token }: ServerOptions,
  hub: EventHub,
  place: Place,
): void {
  const { id, method, path, query, takes, answers: schema, or } = route;
  const json = schema === undefined || id === "events" ? undefined : inlined(named(schema));
  const handler = async (request: { query: unknown; body: unknown }, reply: FastifyReply) => {
    if (id === "metrics")
      return reply.type("text/plain; version=0.0.4; charset=utf-8").send(await metrics());
    if (id === "events") return listenTo(hub, reply);
    if (id === "proof") {
      const { challenge } = request.query as { readonly challenge: string };
      return reply.send({ proof: proofOf(token, place.url(), challenge) });
    }
    const answer = answers[id] as (query: unknown, body: unknown) => unknown;
    const value = await answer(request.query, request.body);
    const isNo = or === 503 && !(value as { readonly ok: boolean }).ok;
    return reply.code(isNo ? or : 200).send(value);
  };
  app.route({
    method: method.toUpperCase(),
    url: path,
    ...(route.open === true ? {} : { onRequest: requireToken(token) }),
    schema: {
      querystring: { type: "object", additionalProperties: false, properties: query ?? {} },
      ...(takes === undefined ? {} : { body: inlined(named(takes)) as Schema }),
      ...(json === undefined
        ? {}
        : { response: { 200: json, ...(or === 503 ? { 503: json } : {}) } }),
    },
    handler,
  });
}

/** The answer goes on until one of both sides ends it. */
export async function listenTo(hub: EventHub, reply: FastifyReply): Promise<FastifyReply> {
  hub.requireRoom();
  const { raw } = reply;
  raw.writeHead(200, {
    ...headersOf(reply),
    "content-type": "text/event-stream; charset=utf-8",
    connection: "keep-alive",
  });
  reply.hijack();
  await hub.add(raw).catch(() => raw.destroy());
  return reply;
}

export async function servePage(app: FastifyInstance, root: string): Promise<void> {
  await app.register(fastifyStatic, {
    root,
    cacheControl: false,
    setHeaders: (reply) => {
      reply.header("content-security-policy", PAGE_POLICY);
    },
  });
}

export function headersOf(reply: FastifyReply): Record<string, string> {
  const policy = reply.getHeader("content-security-policy");
  return {
    "cache-control": "no-store",
    "content-security-policy": typeof policy === "string" ? policy : PLAIN_POLICY,
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
  };
}

const STATUS: Readonly<Partial<Record<ErrorCode, number>>> = {
  API_UNAUTHORISED: 401,
  API_HOST_REFUSED: 403,
  API_ORIGIN_REFUSED: 403,
  API_NOT_FOUND: 404,
  LOTTERY_NONE: 404,
  API_REQUEST_INVALID: 400,
  OPTION_INVALID: 400,
  API_NOT_READY: 503,
  API_BUSY: 503,
};

export function answerProblem(log: Log, error: unknown, reply: FastifyReply): FastifyReply {
  const known = asProblem(error);
  const status = STATUS[known.code] ?? 500;
  if (status === 500) log.error("a request could not be answered", describeError(error));
  return reply.code(status).send({ code: known.code, message: known.message, fix: known.fix });
}

/** What Fastify itself refuses is malformed; whatever else is not known stays inside. */
function asProblem(error: unknown): WaybillError {
  if (error instanceof WaybillError && STATUS[error.code] !== undefined) return error;
  const status = (error as { readonly statusCode?: unknown }).statusCode;
  if (error instanceof Error && typeof status === "number" && status >= 400 && status < 500)
    return new WaybillError("API_REQUEST_INVALID", { got: error.message });
  return new WaybillError("API_FAILED");
}
