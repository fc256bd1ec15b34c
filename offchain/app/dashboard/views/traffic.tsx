import type { JSX } from "preact";
import { useMemo } from "preact/hooks";

import { mix, traffic, useReading, type Schemas } from "../data/relay.ts";
import { clockTime, count, duration, percent, words } from "../format.ts";
import { Bar } from "../parts/bar.tsx";
import { Facts, Figures } from "../parts/figure.tsx";
import { AsOf, Empty, Panel, Read } from "../parts/panel.tsx";
import { Plot } from "../parts/plot.tsx";
import { Table } from "../parts/table.tsx";
import { REASONS } from "./reasons.ts";
import { droppedIn, flowIn } from "./flow.ts";

/** Rows of the table beside the plot. */
const SPANS_IN_TABLE = 12;

export function Traffic(): JSX.Element {
  const reading = useReading(traffic);
  const asOf = reading.data && <AsOf at={1_000 * reading.data.through} />;
  return (
    <>
      <Panel
        wide
        title="Packets over time"
        note="Sums over all peers, one point a span. The relay's own cover is in none of them."
        asOf={asOf}
      >
        <Read reading={reading}>{(data) => <Spans data={data} />}</Read>
      </Panel>
      <Panel title="Since the counting began" asOf={asOf}>
        <Read reading={reading}>{(data) => <Counts data={data} />}</Read>
      </Panel>
      <Panel title="Why packets went no further" asOf={asOf}>
        <Read reading={reading}>{(data) => <Drops data={data} />}</Read>
      </Panel>
      <Mix />
    </>
  );
}

function Spans({ data }: { readonly data: Schemas["Traffic"] }): JSX.Element {
  const flows = useMemo(
    () => data.spans.map((span) => ({ start: span.start, ...flowIn(span) })),
    [data],
  );
  const plot = useMemo(
    () => ({
      x: flows.map(({ start }) => start),
      lines: [
        line(
          "received",
          "--plot-1",
          flows.map(({ received }) => received),
        ),
        line(
          "went on",
          "--plot-2",
          flows.map(({ onward }) => onward),
        ),
        {
          ...line(
            "dropped",
            "--plot-3",
            flows.map(({ dropped }) => dropped),
          ),
          dash: true,
        },
      ],
    }),
    [flows],
  );
  if (flows.length === 0)
    return <Empty>The first span of {duration(data.spanSeconds)} is not over yet.</Empty>;
  return (
    <>
      <Plot
        label={`Packets received, gone on and dropped in each span of ${duration(data.spanSeconds)}; the table below tells the figures.`}
        time
        sayX={(at) => clockTime(1_000 * at)}
        {...plot}
      />
      <details>
        <summary>The latest spans as a table</summary>
        <Table
          caption={`Packets in each span of ${duration(data.spanSeconds)}, newest first`}
          keyOf={({ start }) => start}
          rows={flows.slice(-SPANS_IN_TABLE).reverse()}
          columns={[
            { head: "From", cell: ({ start }) => clockTime(1_000 * start) },
            { head: "Received", numeric: true, cell: ({ received }) => count(received) },
            { head: "Went on", numeric: true, cell: ({ onward }) => count(onward) },
            { head: "Dropped", numeric: true, cell: ({ dropped }) => count(dropped) },
            { head: "In the mix", numeric: true, cell: ({ inMix }) => inMix.toFixed(1) },
          ]}
        />
      </details>
    </>
  );
}

const line = (
  name: string,
  colour: "--plot-1" | "--plot-2" | "--plot-3",
  values: readonly number[],
) => ({ name, colour, values, say: count });

function Counts({ data }: { readonly data: Schemas["Traffic"] }): JSX.Element {
  return (
    <Facts
      facts={Object.entries(data.counts).map(([name, value]) => ({
        name: capital(words(name)),
        value: count(value),
      }))}
    />
  );
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

function Drops({ data }: { readonly data: Schemas["Traffic"] }): JSX.Element {
  const all = droppedIn(data.drops);
  if (all === 0) return <Empty>No packet has been dropped since the counting began.</Empty>;
  const most = [...data.drops].sort((one, other) => other.packets - one.packets);
  return (
    <Table
      caption={`${count(all)} packets since ${clockTime(1_000 * data.since)}`}
      keyOf={({ reason }) => reason}
      rows={most}
      columns={[
        {
          head: "Reason",
          cell: ({ reason }) => (
            <>
              {REASONS[reason]}
              <code>{reason}</code>
            </>
          ),
        },
        { head: "Packets", numeric: true, cell: ({ packets }) => count(packets) },
        { head: "Share", numeric: true, cell: ({ packets }) => percent(packets / all) },
        { head: "", cell: ({ packets }) => <Bar share={packets / all} /> },
      ]}
    />
  );
}

function Mix(): JSX.Element {
  const reading = useReading(mix);
  return (
    <Panel title="The mix" asOf={reading.data && <AsOf at={1_000 * reading.data.through} />}>
      <Read reading={reading}>
        {({ packets, limit, meanDelayMillis }) => (
          <Figures
            facts={[
              {
                name: "Packets in it",
                value: String(Math.round(10 * packets) / 10),
                note: "on average over the latest span",
              },
              {
                name: "Room for",
                value: count(limit),
                note: `packets; ${percent(packets / limit, 2)} in use`,
              },
              {
                name: "Mean delay",
                value: `${count(meanDelayMillis)}\u202fms`,
                note: "of the low-latency class",
              },
            ]}
          />
        )}
      </Read>
    </Panel>
  );
}
