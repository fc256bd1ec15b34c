/** The same figures as the API's, for Prometheus: sums over all peers, as of the end of the latest span. */
import type { Sample } from "../../adapters/prometheus/exposition.ts";
import { EARNINGS, ENDPOINTS, type MetricName } from "../../adapters/prometheus/table.ts";
import { hasCode } from "../../core/errors.ts";
import type { Report } from "./report.ts";
import type { Schemas } from "./schemas.ts";

const DIRECTIONS = ["in", "out"] as const;
const CHANNEL_STATES = ["open", "closing", "closed"] as const;

export async function metricSamples(report: Report): Promise<readonly Sample[]> {
  const status = await report.status();
  return [
    ...statusSamples(status),
    ...(await unlessTooEarly(() => trafficSamples(report.traffic(0)))),
    ...(await unlessTooEarly(() => channelSamples(report.channels()))),
    ...(await unlessTooEarly(async () => winnerSamples(await report.tickets(0)))),
    ...(await unlessTooEarly(async () => moneySamples(await report.earnings(1)))),
    ...(await unlessTooEarly(() => endpointSamples(report.endpoints()))),
  ];
}

/** Nothing, while the agent has not come so far. */
async function unlessTooEarly(
  read: () => readonly Sample[] | Promise<readonly Sample[]>,
): Promise<readonly Sample[]> {
  try {
    return await read();
  } catch (error) {
    if (hasCode(error, "API_NOT_READY")) return [];
    throw error;
  }
}

function statusSamples(status: Schemas["Status"]): readonly Sample[] {
  const { chain, time, layer, account } = status;
  return [
    one("waybill_up", 1),
    one("waybill_ready", status.ready ? 1 : 0),
    one("waybill_uptime_minutes", status.uptimeMinutes),
    ...(chain === null
      ? []
      : [
          one("waybill_chain_head_block", chain.headBlock),
          one("waybill_chain_head_age_seconds", chain.ageSeconds),
        ]),
    ...(time === null ? [] : [one("waybill_epoch", time.epoch), one("waybill_era", time.era)]),
    ...(layer === null ? [] : [one("waybill_layer", layer)]),
    ...(typeof account?.coin === "string" ? [one("waybill_coin", tokens(account.coin))] : []),
    one("waybill_channels_missing", status.channelsMissing, { for: "forwarding" }),
    one("waybill_channels_missing", status.coverChannelsMissing, { for: "cover" }),
    one("waybill_alarms", status.alarms.length),
    one("waybill_mix_packets", status.packetsInMix),
    one("waybill_memory_bytes", process.memoryUsage.rss()),
  ];
}

function trafficSamples({ counts, drops }: Schemas["Traffic"]): readonly Sample[] {
  return [
    one("waybill_packets_total", counts["packets-received"], { event: "received" }),
    one("waybill_packets_total", counts["packets-accepted"], { event: "accepted" }),
    one("waybill_packets_total", counts["packets-forwarded"], { event: "forwarded" }),
    one("waybill_packets_total", counts["packets-delivered"], { event: "delivered" }),
    one("waybill_tickets_total", counts["tickets-won"], { outcome: "won" }),
    one("waybill_tickets_total", counts["tickets-lost"], { outcome: "lost" }),
    one("waybill_tickets_total", counts["tickets-unresolved"], { outcome: "unresolved" }),
    one("waybill_acks_unexpected_total", counts["acks-unexpected"]),
    one("waybill_links_ended_total", counts["links-ended"]),
    ...drops.map(({ reason, packets }) =>
      one("waybill_packets_dropped_total", packets, { reason }),
    ),
  ];
}

function channelSamples(channels: Schemas["Channels"]): readonly Sample[] {
  return [
    ...DIRECTIONS.flatMap((direction) =>
      CHANNEL_STATES.map((status) =>
        one(
          "waybill_channels",
          channels[direction].filter((channel) => channel.status === status).length,
          { direction, status },
        ),
      ),
    ),
    one("waybill_channel_balance_tokens", tokens(channels.balanceIn), { direction: "in" }),
    one("waybill_channel_balance_tokens", tokens(channels.balanceOut), { direction: "out" }),
    one("waybill_outstanding_tokens", tokens(channels.outstanding)),
  ];
}

function winnerSamples({ sums }: Schemas["Tickets"]): readonly Sample[] {
  return sums.flatMap(({ state, count, amount }) => [
    one("waybill_winners", count, { state }),
    one("waybill_winners_tokens", tokens(amount), { state }),
  ]);
}

function moneySamples(earnings: Schemas["Earnings"]): readonly Sample[] {
  return [
    ...EARNINGS.map((kind) => one("waybill_earnings_tokens", tokens(earnings[kind]), { kind })),
    ...earnings.gas.flatMap(({ purpose, transactions, coin }) => [
      one("waybill_transactions", transactions, { purpose }),
      one("waybill_gas_coin", tokens(coin), { purpose }),
    ]),
  ];
}

/** Those that the table has a label for. */
function endpointSamples({ endpoints }: Schemas["Endpoints"]): readonly Sample[] {
  return endpoints.slice(0, ENDPOINTS.length).flatMap((endpoint) => {
    const labels = { endpoint: String(endpoint.place) };
    return [
      one("waybill_endpoint_well", endpoint.state === "well" ? 1 : 0, labels),
      one("waybill_endpoint_used", endpoint.inUse ? 1 : 0, labels),
      ...(endpoint.behind === null
        ? []
        : [one("waybill_endpoint_blocks_behind", endpoint.behind, labels)]),
      one("waybill_endpoint_failures_total", endpoint.failed, labels),
    ];
  });
}

const one = (
  name: MetricName,
  value: number,
  labels: Readonly<Record<string, string>> = {},
): Sample => ({ name, value, labels });

/** Prometheus has floating point only; exact amounts are in the API. */
const tokens = (units: string): number => Number(units) / 1e18;
