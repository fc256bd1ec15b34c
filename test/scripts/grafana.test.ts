/** Grafana's boards show what the agent tells, under the names of docs/metrics.md and no others. */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { expect } from "chai";
import { parse } from "yaml";

const root = join(import.meta.dirname, "../..");
const read = (file: string): string => readFileSync(join(root, file), "utf8");

describe("Grafana's boards", () => {
  interface Panel {
    readonly id: number;
    readonly title: string;
    readonly description: string;
    readonly datasource: { readonly uid: string };
    readonly targets: readonly { readonly expr: string; readonly legendFormat: string }[];
  }
  interface Board {
    readonly uid: string;
    readonly panels: readonly Panel[];
  }
  const files = globSync("deploy/grafana/*.json", { cwd: root }).sort();
  const boards = files.map((file) => JSON.parse(read(file)) as Board);
  /** Name, and its labels with their values, as docs/metrics.md lists them. */
  const metrics = new Map(
    [...read("docs/metrics.md").matchAll(/^\| `(waybill_\w+)`\s*\|[^|]*\|([^|]*)\|/gm)].map(
      ([, name = "", labels = ""]) => [name, labels],
    ),
  );

  it("show every metric and no other, by labels that it has", () => {
    expect(files).to.have.length(2);
    const shown = new Set<string>();
    for (const { targets, title } of boards.flatMap(({ panels }) => panels))
      for (const { expr, legendFormat } of targets)
        for (const [, name = "", selector = ""] of expr.matchAll(
          /\b(waybill_\w+)(?:\{([^}]*)\})?/g,
        )) {
          shown.add(name);
          const labels = metrics.get(name);
          expect(labels, `${title}: ${name}`).to.be.a("string");
          const wanted = [
            ...[...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = ""]) => label),
            ...[...selector.matchAll(/(\w+)=/g)].map(([, label = ""]) => label),
          ];
          for (const label of wanted) expect(labels, title).to.include(`\`${label}\``);
          for (const value of selector.match(/(?<=[|"])\w+(?=[|"])/g) ?? [])
            expect(labels, title).to.match(new RegExp(`\\b${value}\\b`));
        }
    // That it is up, and for how long, is Prometheus's own to say; eras follow from epochs.
    const others = ["waybill_up", "waybill_uptime_minutes", "waybill_era"];
    expect([...shown, ...others].sort()).to.deep.equal([...metrics.keys()].sort());
  });

  it("take them from the source that is provisioned, each panel explained", () => {
    const { datasources } = parse(read("deploy/compose/grafana/datasources.yaml")) as {
      readonly datasources: readonly { readonly uid: string; readonly url: string }[];
    };
    expect(new Set(boards.map(({ uid }) => uid)).size).to.equal(boards.length);
    for (const { panels } of boards) {
      expect(new Set(panels.map(({ id }) => id)).size).to.equal(panels.length);
      for (const { datasource, description, title } of panels) {
        expect(datasource.uid, title).to.equal(datasources[0]?.uid);
        expect(description, title).to.match(/\.$/);
      }
    }
  });
});
