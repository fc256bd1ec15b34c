/** What a relay's own loops say of the network's links, for `waybill lottery reliability`. */
import Table from "cli-table3";

import type { Estimate } from "../../core/reliability/estimate.ts";
import { layerEstimates } from "../../settlement/lottery/report.ts";
import { answerOf } from "../api/client.ts";
import { loadIdentity } from "../identity.ts";
import { requireRelay } from "../relay/registered.ts";
import type { CommonOptions } from "../settings.ts";
import { colorsFor, type Colors } from "../terminal.ts";
import type { Schemas } from "./schemas.ts";
import { fromAgent, fromDatabase, type Source } from "./source.ts";

/** In the order in which a loop crosses them. */
const LINKS = ["into layer 0", "into layer 1", "into layer 2", "back to the sender"] as const;

export interface Reliability {
  readonly source: Source;
  /** Latest epoch that the figures take in; null when there is none. */
  readonly through: number | null;
  readonly links: readonly ({ readonly link: (typeof LINKS)[number] } & Estimate)[];
  /** The least reliable first. */
  readonly peers: readonly Schemas["Peer"][];
}

/**
 * Counts come from the agent while one runs, else from the database; what they say is worked out here: with many
 * losses that takes seconds, in which an agent would forward nothing.
 */
export async function readReliability(options: CommonOptions): Promise<Reliability> {
  const told = await fromAgent(options.data, (client) => answerOf(client.GET("/v1/reliability")));
  return told === undefined
    ? estimated("database", await readDirectly(options))
    : estimated("agent", told);
}

/** @throws WaybillError NOT_REGISTERED */
const readDirectly = (options: CommonOptions): Promise<Schemas["Reliability"]> =>
  fromDatabase(options, async (report, node) => {
    report.is(requireRelay(node, await loadIdentity(options)).id);
    return report.reliability();
  });

export function estimated(source: Source, told: Schemas["Reliability"]): Reliability {
  const { through, peers, stages, undrawn } = told;
  const estimates = layerEstimates({ stages, undrawn });
  return {
    source,
    through,
    links: LINKS.flatMap((link, i) => {
      const estimate = estimates[i];
      return estimate === undefined ? [] : [{ link, ...estimate }];
    }),
    peers,
  };
}

/** Two tables, and what they are of. */
export function reliabilityLines(
  { through, links, peers }: Reliability,
  colors: Colors = colorsFor(process.stdout),
): readonly string[] {
  if (through === null)
    return ["No epoch can be told of yet: its figures show when its draw is known."];
  const table = (what: string, of: string, rows: readonly (readonly [string, Estimate])[]) => {
    const drawn = new Table({
      head: [what, "come through", "95 % interval", of].map((name) => colors.bold(name)),
      colAligns: ["left", "right", "right", "right"],
      style: { head: [], border: [] },
    });
    for (const [name, { mean, low, high, samples }] of rows)
      drawn.push([name, percent(mean), `${percent(low)} – ${percent(high)}`, samples]);
    return drawn.toString();
  };
  return [
    table(
      "all links",
      "loops",
      links.map(({ link, ...estimate }) => [link, estimate]),
    ),
    table(
      "links into a relay",
      "drawn loops",
      peers.map(({ relay, ...estimate }) => [relay, estimate]),
    ),
    `Up to epoch ${through}. A packet that is lost on a link counts against both of its ends.`,
  ];
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
