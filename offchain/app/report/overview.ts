/** The essentials of a relay, for `waybill status`: from the agent that runs, or without one. */
import { hasCode } from "../../core/errors.ts";
import { answerOf, type ApiClient } from "../api/client.ts";
import { loadIdentity } from "../identity.ts";
import { findRelay } from "../relay/registered.ts";
import type { CommonOptions } from "../settings.ts";
import type { Schemas } from "./schemas.ts";
import { fromAgent, fromDatabase, type Source } from "./source.ts";

/** How much of what there is is told. */
export interface Extent {
  /** Latest epochs, of tickets. */
  readonly epochs: number;
  /** Latest entries of the journal. */
  readonly journal: number;
}

export interface Overview {
  readonly source: Source;
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
export const askAgent = (folder: string, extent: Extent): Promise<Overview | undefined> =>
  fromAgent(folder, (client) => askFor(client, extent));

async function askFor(client: ApiClient, { epochs, journal: entries }: Extent): Promise<Overview> {
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
    answerOf(client.GET("/v1/journal", { params: { query: { entries } } })),
    answerOf(client.GET("/v1/earnings", { params: { query: { epochs: 1 } } })),
    answerOf(client.GET("/v1/traffic", { params: { query: { spans: 1 } } })),
  ]);
  return { source: "agent", status, channels, tickets, journal, earnings, traffic };
}

/** Without an agent. Which relay it is about is known to whoever has the node's secret. */
export const readDirectly = (
  options: CommonOptions,
  { epochs, journal: entries }: Extent,
): Promise<Overview> =>
  fromDatabase(options, async (report, node) => {
    const relay = await ownRelay(options, (identity) => findRelay(node, identity)?.id);
    if (relay !== undefined) report.is(relay);
    return {
      source: "database",
      status: await report.status(),
      channels: relay === undefined ? undefined : report.channels(),
      tickets: await report.tickets(epochs),
      journal: await report.journal(entries),
      earnings: relay === undefined ? undefined : await report.earnings(1),
      traffic: undefined,
    };
  });

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
