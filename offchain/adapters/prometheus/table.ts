/**
 * Every name and label that Prometheus may see (docs/metrics.md is checked against it). Labels take values of closed
 * lists only: none names a peer, a channel, a packet or a session.
 */
import { PURPOSES } from "../../core/costs.ts";
import { DROP_REASONS } from "../../ports/metrics.ts";

export interface MetricEntry {
  readonly kind: "counter" | "gauge";
  readonly help: string;
  /** The values that each label takes. */
  readonly labels: Readonly<Record<string, readonly string[]>>;
}

const none = {};

/** Kinds of money in and out, as the API's earnings have them. */
export const EARNINGS = ["redeemed", "collected", "burned", "paid", "withdrawn"] as const;
/** Endpoints of the chain by their place in the settings; of further ones the API alone tells. */
export const ENDPOINTS = ["1", "2", "3", "4", "5", "6", "7", "8"] as const;

export const METRICS = {
  waybill_up: {
    kind: "gauge",
    help: "1; absent while the agent does not run",
    labels: none,
  },
  waybill_ready: {
    kind: "gauge",
    help: "1 while the relay takes packets, else 0",
    labels: none,
  },
  waybill_uptime_minutes: {
    kind: "gauge",
    help: "Whole minutes since the process started",
    labels: none,
  },
  waybill_packets_total: {
    kind: "counter",
    help: "Packets by how far they came, without the relay's own cover; changes once a span",
    labels: { event: ["received", "accepted", "forwarded", "delivered"] },
  },
  waybill_packets_dropped_total: {
    kind: "counter",
    help: "Packets that went no further, by reason; changes once a span",
    labels: { reason: DROP_REASONS },
  },
  waybill_tickets_total: {
    kind: "counter",
    help: "Tickets by what their packet's acknowledgement showed; changes once a span",
    labels: { outcome: ["won", "lost", "unresolved"] },
  },
  waybill_acks_unexpected_total: {
    kind: "counter",
    help: "Acknowledgements that nothing waited for; changes once a span",
    labels: none,
  },
  waybill_links_ended_total: {
    kind: "counter",
    help: "Connections ended for a fault of the peer; changes once a span",
    labels: none,
  },
  waybill_mix_packets: {
    kind: "gauge",
    help: "Packets in the mix, on average over the latest span",
    labels: none,
  },
  waybill_chain_head_block: {
    kind: "gauge",
    help: "Newest block whose events are known",
    labels: none,
  },
  waybill_chain_head_age_seconds: {
    kind: "gauge",
    help: "Age of that block by the machine's clock",
    labels: none,
  },
  waybill_epoch: { kind: "gauge", help: "Number of the running epoch", labels: none },
  waybill_era: { kind: "gauge", help: "Number of the running era", labels: none },
  waybill_layer: {
    kind: "gauge",
    help: "Layer of the relay in this era; absent while it has none",
    labels: none,
  },
  waybill_winners: {
    kind: "gauge",
    help: "Winning tickets by state",
    labels: { state: ["won", "submitted", "redeemed", "rejected", "expired"] },
  },
  waybill_winners_tokens: {
    kind: "gauge",
    help: "What those are worth, in tokens",
    labels: { state: ["won", "submitted", "redeemed", "rejected", "expired"] },
  },
  waybill_channels: {
    kind: "gauge",
    help: "Channels of the relay",
    labels: { direction: ["in", "out"], status: ["open", "closing", "closed"] },
  },
  waybill_channel_balance_tokens: {
    kind: "gauge",
    help: "Sum of their balances, in tokens",
    labels: { direction: ["in", "out"] },
  },
  waybill_outstanding_tokens: {
    kind: "gauge",
    help: "What accepted tickets may still cost channels in, in tokens; changes once a span",
    labels: none,
  },
  waybill_earnings_tokens: {
    kind: "gauge",
    help: "Sums of what was earned and paid, in tokens",
    labels: { kind: EARNINGS },
  },
  waybill_coin: {
    kind: "gauge",
    help: "What the agent's account holds of the chain's coin; absent while the chain does not answer",
    labels: none,
  },
  waybill_gas_coin: {
    kind: "gauge",
    help: "What transactions cost for gas, in the chain's coin, by what they were for",
    labels: { purpose: PURPOSES },
  },
  waybill_transactions: {
    kind: "gauge",
    help: "Transactions that are in the chain, by what they were for",
    labels: { purpose: PURPOSES },
  },
  waybill_endpoint_well: {
    kind: "gauge",
    help: "1 while this endpoint of the chain does well, else 0",
    labels: { endpoint: ENDPOINTS },
  },
  waybill_endpoint_used: {
    kind: "gauge",
    help: "1 for the endpoint that is asked first, else 0",
    labels: { endpoint: ENDPOINTS },
  },
  waybill_endpoint_blocks_behind: {
    kind: "gauge",
    help: "Blocks that it is behind the newest one that any endpoint told of",
    labels: { endpoint: ENDPOINTS },
  },
  waybill_endpoint_failures_total: {
    kind: "counter",
    help: "Questions that it did not answer as it should",
    labels: { endpoint: ENDPOINTS },
  },
  waybill_channels_missing: {
    kind: "gauge",
    help: "Relays without a funded channel to them, by what it is needed for",
    labels: { for: ["forwarding", "cover"] },
  },
  waybill_alarms: {
    kind: "gauge",
    help: "Alarms that are raised; the status names them",
    labels: none,
  },
  waybill_memory_bytes: {
    kind: "gauge",
    help: "Memory of the process that is in use (resident set)",
    labels: none,
  },
} as const satisfies Readonly<Record<string, MetricEntry>>;

export type MetricName = keyof typeof METRICS;
