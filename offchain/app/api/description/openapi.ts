/** The whole description, as an OpenAPI 3.1 document. `npm run api:generate` writes it to openapi.json. */
import { PROOF_PATH } from "../proof.ts";
import { hex, ref, whole, type Schema } from "./kinds.ts";
import type { operations } from "../types.ts";
import { SCHEMAS } from "./schemas.ts";

export type OperationId = keyof operations;

export interface Route {
  readonly method: "get" | "put";
  readonly path: string;
  readonly id: OperationId;
  readonly summary: string;
  /** Schema of the answer; undefined for text of another kind. */
  readonly answers: string | undefined;
  /** Media type of the answer where it is no JSON. */
  readonly media?: string;
  /** Schema of the body that the request carries. */
  readonly takes?: string;
  readonly query?: Readonly<Record<string, Schema>>;
  /** Answered without a token: tells no figures. */
  readonly open?: true;
  /** Status of a "no". */
  readonly or?: number;
}

const latest = (most: number, usual: number): Schema => ({
  ...whole("how many, the latest ones"),
  minimum: 1,
  maximum: most,
  default: usual,
});

export const ROUTES: readonly Route[] = [
  {
    method: "get",
    path: "/startedz",
    id: "started",
    answers: "Health",
    open: true,
    or: 503,
    summary: "Whether the relay has started",
  },
  {
    method: "get",
    path: "/readyz",
    id: "ready",
    answers: "Health",
    open: true,
    or: 503,
    summary: "Whether the relay takes packets now",
  },
  {
    method: "get",
    path: "/healthyz",
    id: "healthy",
    answers: "Health",
    open: true,
    or: 503,
    summary: "Whether the process works; if not, it should be started anew",
  },
  {
    method: "get",
    path: PROOF_PATH,
    id: "proof",
    answers: "Proof",
    query: {
      challenge: {
        ...hex(32, "chosen at random by whoever asks"),
        default: `0x${"0".repeat(64)}`,
      },
    },
    open: true,
    summary: "Shows that this is the agent with that token, before the token is sent",
  },
  {
    method: "get",
    path: "/metrics",
    id: "metrics",
    answers: undefined,
    media: "text/plain",
    summary: "Figures for Prometheus; docs/metrics.md lists them",
  },
  {
    method: "get",
    path: "/v1/status",
    id: "status",
    answers: "Status",
    summary: "The essentials",
  },
  {
    method: "get",
    path: "/v1/endpoints",
    id: "endpoints",
    answers: "Endpoints",
    summary: "The chain's endpoints: which is used, how far they are, how often they failed",
  },
  {
    method: "get",
    path: "/v1/traffic",
    id: "traffic",
    answers: "Traffic",
    query: { spans: latest(1_440, 60) },
    summary: "Packets, and why some went no further",
  },
  {
    method: "get",
    path: "/v1/mix",
    id: "mix",
    answers: "Mix",
    summary: "The mix",
  },
  {
    method: "get",
    path: "/v1/channels",
    id: "channels",
    answers: "Channels",
    summary: "Payment channels in and out",
  },
  {
    method: "get",
    path: "/v1/tickets",
    id: "tickets",
    answers: "Tickets",
    query: { epochs: latest(1_000, 24) },
    summary: "Winning tickets by state and epoch",
  },
  {
    method: "get",
    path: "/v1/epochs",
    id: "epochs",
    answers: "Epochs",
    query: { epochs: latest(200, 24) },
    summary: "The latest epochs: running, committed, drawn, claimed, redeemed",
  },
  {
    method: "get",
    path: "/v1/lottery",
    id: "lottery",
    answers: "Lottery",
    or: 404,
    summary: "Cover, draws and rewards; 404 in a network without a lottery",
  },
  {
    method: "get",
    path: "/v1/reliability",
    id: "reliability",
    answers: "Reliability",
    summary: "What drawn packets say about other relays",
  },
  {
    method: "get",
    path: "/v1/earnings",
    id: "earnings",
    answers: "Earnings",
    query: { epochs: latest(10_000, 720) },
    summary: "What the relay earned and paid, by epoch",
  },
  {
    method: "get",
    path: "/v1/journal",
    id: "journal",
    answers: "Journal",
    query: { entries: latest(1_000, 100) },
    summary: "What the agent did with money by itself, and why",
  },
  {
    method: "get",
    path: "/v1/transactions",
    id: "transactions",
    answers: "Transactions",
    query: { entries: latest(1_000, 100) },
    summary: "The latest transactions: what they are for, how far they are, what they cost",
  },
  {
    method: "get",
    path: "/v1/settings",
    id: "settings",
    answers: "Settings",
    summary: "The settings that the agent runs with, and where they come from",
  },
  {
    method: "get",
    path: "/v1/log-levels",
    id: "logLevels",
    answers: "LogLevels",
    summary: "How much each part of the agent logs",
  },
  {
    method: "put",
    path: "/v1/log-levels",
    id: "setLogLevel",
    answers: "LogLevels",
    takes: "LogLevel",
    summary: "Changes how much one part logs, until the process ends",
  },
  {
    method: "get",
    path: "/v1/events",
    id: "events",
    answers: "Status",
    media: "text/event-stream",
    summary: "The status every few seconds, as server-sent events named `status`",
  },
];

/** Refusals that every request may meet, and those that only requests with a token do. */
const REFUSALS: readonly (readonly [status: number, description: string])[] = [
  [400, "the request is malformed"],
  [403, "the Host or Origin header is not this server's own"],
  [503, "not yet: the agent has not come so far, or serves as many clients as it can"],
];
const WITHOUT_TOKEN = [401, "no token, or a wrong one"] as const;

/** Of the API, not of the software; what `/v1` promises is only ever added to. */
const VERSION = "1.1.0";

export function openapi(): Schema {
  const paths: Record<string, Record<string, Schema>> = {};
  for (const route of ROUTES) (paths[route.path] ??= {})[route.method] = operation(route);
  return {
    openapi: "3.1.0",
    info: {
      title: "Waybill relay",
      version: VERSION,
      description:
        "What a running relay tells its operator. Amounts are exact decimal strings of the smallest unit; times are " +
        "seconds since 1970. Figures about packets are sums over all peers and change once a span, a minute unless " +
        "the network is a local one. The token is in the file api-token in the relay's data folder.",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "http://127.0.0.1:4021" }],
    paths,
    components: {
      securitySchemes: { token: { type: "http", scheme: "bearer" } },
      schemas: SCHEMAS,
    },
  };
}

function operation(route: Route): Schema {
  const { id, summary, answers, media, takes, query, open, or } = route;
  const refusals = open === true ? REFUSALS.slice(0, 2) : [...REFUSALS, WITHOUT_TOKEN];
  const own = or === undefined || open !== true ? "Problem" : (answers ?? "Problem");
  const others = new Map<number, Schema>(
    refusals.map(([status, description]) => [status, answer(description, "Problem")]),
  );
  if (or !== undefined) others.set(or, answer("no", own));
  return {
    operationId: id,
    summary,
    security: open === true ? [] : [{ token: [] }],
    ...(query === undefined ? {} : { parameters: Object.entries(query).map(parameter) }),
    ...(takes === undefined
      ? {}
      : {
          requestBody: { required: true, content: { "application/json": { schema: ref(takes) } } },
        }),
    responses: {
      200: answer("the answer", answers, media),
      ...Object.fromEntries([...others].toSorted(([one], [other]) => one - other)),
    },
  };
}

function answer(description: string, name: string | undefined, media = "application/json"): Schema {
  const schema = name === undefined ? { type: "string" } : ref(name);
  return { description, content: { [media]: { schema } } };
}

const parameter = ([name, schema]: readonly [string, Schema]): Schema => ({
  ...{ name, in: "query", required: false, description: schema.description },
  schema,
});
