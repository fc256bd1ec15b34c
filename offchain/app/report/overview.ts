/** The essentials of a relay, for `waybill status`: from the agent that runs, or without one. */
import { hasCode } from "../../core/errors.ts";
import { answerOf, clientOf, type ApiClient } from "../api/client.ts";
import { loadIdentity } from "../identity.ts";
import { openNode } from "../node.ts";
import { findRelay } from "../relay/registered.ts";
import type { CommonOptions } from "../settings.ts";
import { Report } from "./report.ts";
import type { Schemas } from "./schemas.ts";

/** Entries of the journal. */
const ACTIONS = 3;

export interface Overview {
  /** Who tells it: the agent that runs, or database and chain while none does. */
  readonly source: "agent" | "database";
  readonly status: Schemas["Status"];
  /** Undefined as long as the agent has not come so far. */
  readonly channels: Schemas["Channels"] | undefined;
  readonly tickets: Schemas["Tickets"] | undefined;
  readonly journal: Schemas["Journal"] | undefined;
  readonly earnings: Schemas["Earnings"] | undefined;
  /** Undefined also while no agent runs. */
  readonly traffic: Schemas["Traffic"] | undefined;
}

/** Undefined when no agent runs with that data folder. */
export async function askAgent(folder: string, epochs: number): Promise<Overview | undefined> {
  const client = await clientOf(folder);
  if (client === undefined) return undefined;
  try {
    return await askFor(client, epochs);
  } catch (error) {
    // It ended just now.
    if (hasCode(error, "API_UNREACHABLE")) return undefined;
    throw error;
  }
}

async function askFor(client: ApiClient, epochs: number): Promise<Overview> {
  const status = await answerOf(client.GET("/v1/status"));
  if (status.stage !== "running")
    return {
      ...{ source: "agent", status },
      ...{ channels: undefined, tickets: undefined, journal: undefined },
      ...{ earnings: undefined, traffic: undefined },
    };
  const [channels, tickets, journal, earnings, traffic] = await Promise.all([
    answerOf(client.GET("/v1/channels")),
    answerOf(client.GET("/v1/tickets", { params: { query: { epochs } } })),
    answerOf(client.GET("/v1/journal", { params: { query: { entries: ACTIONS } } })),
    answerOf(client.GET("/v1/earnings", { params: { query: { epochs: 1 } } })),
    answerOf(client.GET("/v1/traffic", { params: { query: { spans: 1 } } })),
  ]);
  return { source: "agent", status, channels, tickets, journal, earnings, traffic };
}

/**
 * Without an agent: waits for the chain, though not for ever, as an agent may want the database. Which relay it is
 * about is known to whoever has the node's secret.
 * @throws WaybillError STORE_LOCKED while an agent without an API has the database
 */
export async function readDirectly(options: CommonOptions, epochs: number): Promise<Overview> {
  const node = await openNode(options, "visit");
  try {
    const report = new Report(node.clock);
    report.sees(node);
    report.reached("stopped");
    const relay = await ownRelay(options, (identity) => findRelay(node, identity)?.id);
    if (relay !== undefined) report.is(relay);
    return {
      source: "database",
      status: await report.status(),
      channels: relay === undefined ? undefined : report.channels(),
      tickets: await report.tickets(epochs),
      journal: await report.journal(ACTIONS),
      earnings: relay === undefined ? undefined : await report.earnings(1),
      traffic: undefined,
    };
  } finally {
    await node.close();
  }
}

async function ownRelay<Found>(
  options: CommonOptions,
  find: (identity: Awaited<ReturnType<typeof loadIdentity>>) => Found,
): Promise<Found | undefined> {
  try {
    return find(await loadIdentity(options));
  } catch (error) {
    if (hasCode(error, "SECRET_MISSING")) return undefined;
    throw error;
  }
}
