import { expect } from "chai";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { exposition } from "../../../../offchain/adapters/prometheus/exposition.ts";
import { METRICS, type MetricEntry } from "../../../../offchain/adapters/prometheus/table.ts";
import { metricSamples } from "../../../../offchain/app/report/metrics.ts";
import { hasCode } from "../../../../offchain/core/errors.ts";
import { millis } from "../../../../offchain/core/units.ts";
import { COUNTERS, DROP_REASONS } from "../../../../offchain/ports/metrics.ts";
import { metricsTable } from "../../../../scripts/api/metrics-table.ts";
import { root } from "../../../../scripts/api/generate.ts";
import { History } from "../../settlement/support/histories.ts";
import { ApiRig } from "../api/support/rig.ts";

const table: Readonly<Record<string, MetricEntry>> = METRICS;

/** What is in the text and not in the table, or otherwise than there. */
function strangers(text: string): string[] {
  return text.split("\n").flatMap((line) => {
    if (line === "" || line.startsWith("# ")) return [];
    const [, name = "", labels = ""] = /^([a-zA-Z0-9_:]+)(?:\{(.*)\})? \S+$/.exec(line) ?? [];
    const known = table[name]?.labels;
    if (known === undefined) return [line];
    const given = [...labels.matchAll(/([a-z_]+)="([^"]*)"/g)];
    const isKnown =
      given.length === Object.keys(known).length &&
      given.every(([, label = "", value = ""]) => known[label]?.includes(value) === true);
    return isKnown ? [] : [line];
  });
}

describe("metrics for Prometheus", () => {
  let rig: ApiRig;

  beforeEach(async () => {
    rig = await new ApiRig().start();
  });
  afterEach(() => rig.stop());

  async function relayWithAPast(): Promise<void> {
    const history = new History();
    for (let step = 0; step < 20; step++)
      await rig.mine(Array.from({ length: 9 }, (_, at) => history.next(step * 31 + at * 7)).flat());
    await rig.paidForGas("redeem:7:0", 5n * 10n ** 17n);
    rig.sees();
    for (const counter of COUNTERS) rig.counters.count(counter, 3);
    for (const reason of DROP_REASONS) rig.counters.dropped(reason, 2);
    rig.runs();
    for (const counter of COUNTERS) rig.counters.count(counter, 4);
    rig.clock.advance(millis(61_000));
    rig.counters.count("packets-received", 1_000);
  }

  it("are those of the table and no others, from the first moment on", async () => {
    const early = await rig.get("/metrics");
    expect(early.status).to.equal(200);
    expect(early.headers["content-type"]).to.match(/^text\/plain; version=0\.0\.4/);
    expect(strangers(early.text)).to.deep.equal([]);
    expect(early.text).to.match(/^waybill_ready 0$/m);
    await relayWithAPast();
    const { text } = await rig.get("/metrics");
    expect(strangers(text)).to.deep.equal([]);
    for (const name of Object.keys(METRICS))
      if (name !== "waybill_layer") expect(text, name).to.match(new RegExp(`^${name}[ {]`, "m"));
    expect(text).to.match(/^waybill_packets_total\{event="received"\} 7$/m);
    expect(text).to.match(/^waybill_gas_coin\{purpose="redeem"\} 0\.5$/m);
    expect(text).to.match(/^waybill_transactions\{purpose="redeem"\} 1$/m);
    expect(text).to.match(/^waybill_endpoint_used\{endpoint="1"\} 1$/m);
    expect(text).to.match(/^waybill_packets_dropped_total\{reason="mac"\} 2$/m);
  });

  it("a name or label that is not in the table is noticed, and never gets out", async () => {
    for (const line of [
      "waybill_peer_packets 1",
      'waybill_packets_total{event="received",peer="12D3Koo"} 1',
      'waybill_packets_total{event="12D3Koo"} 1',
      "waybill_packets_total 1",
    ])
      expect(strangers(line), line).to.deep.equal([line]);
    const wrong: readonly Readonly<Record<string, string>>[] = [
      {},
      { event: "12D3Koo" },
      { peer: "received" },
      { event: "received", peer: "12D3Koo" },
    ];
    for (const labels of wrong) {
      const refusal: unknown = await exposition([
        { name: "waybill_packets_total", labels, value: 1 },
      ]).catch((error: unknown) => error);
      expect(hasCode(refusal, "METRIC_UNKNOWN"), JSON.stringify(labels)).to.equal(true);
    }
  });

  it("label values come from short closed lists", () => {
    for (const [name, { labels }] of Object.entries(table))
      for (const [label, values] of Object.entries(labels)) {
        expect(values.length, `${name} ${label}`).to.be.within(2, 64);
        expect(label).to.not.match(/peer|channel|session|packet|tag|id$/);
      }
  });

  it("show the same figures as the API", async () => {
    await relayWithAPast();
    const samples = await metricSamples(rig.report);
    const traffic = rig.report.traffic(0);
    const found = samples.filter(({ name }) => name === "waybill_packets_dropped_total");
    expect(
      found.map(({ labels, value }) => ({ reason: labels.reason, packets: value })),
    ).to.deep.equal(traffic.drops);
  });

  it("are listed in docs/metrics.md as they are", () => {
    const text = readFileSync(join(root, "docs/metrics.md"), "utf8");
    expect(text, "npm run api:generate").to.include(metricsTable());
    expect(text).to.match(
      /^\| `waybill_gas_coin` .*`purpose`: purposes of `offchain\/core\/costs.ts`/m,
    );
    expect(text).to.match(/^\| `waybill_packets_dropped_total` .*`reason`: drop reasons of/m);
  });
});
