import type { JSX } from "preact";

import { reliability, useReading } from "../data/relay.ts";
import { count, percent } from "../format.ts";
import { Interval } from "../parts/bar.tsx";
import { Id } from "../parts/id.tsx";
import { AsOf, Empty, Panel, Read } from "../parts/panel.tsx";
import { Table } from "../parts/table.tsx";

export function Peers({ self }: { readonly self: string | null }): JSX.Element {
  const reading = useReading(reliability);
  return (
    <Panel
      wide
      title="Reliability of other relays"
      note="The share of packets that come through the links into a relay, as the lottery's drawn packets tell it. The bar is where the share lies with probability 95 %: a long one means few samples, not a bad relay."
      asOf={
        reading.data &&
        (reading.data.through === null ? undefined : (
          <>through epoch {count(reading.data.through)}</>
        ))
      }
    >
      <Read reading={reading}>
        {({ peers }, at) =>
          peers.length === 0 ? (
            <Empty>No draw is known yet that tells anything of another relay.</Empty>
          ) : (
            <>
              <Table
                stacks
                caption="The least reliable first"
                keyOf={({ relay }) => relay}
                rows={peers}
                columns={[
                  {
                    head: "Relay",
                    cell: ({ relay }) => (
                      <>
                        <Id id={relay} />
                        {relay === self && " (this relay)"}
                      </>
                    ),
                  },
                  { head: "Share", numeric: true, cell: ({ mean }) => percent(mean) },
                  {
                    head: "95 % interval",
                    numeric: true,
                    cell: ({ low, high }) => `${percent(low)} – ${percent(high)}`,
                  },
                  { head: "0 … 100 %", cell: (peer) => <Interval {...peer} /> },
                  { head: "Samples", numeric: true, cell: ({ samples }) => count(samples) },
                ]}
              />
              <p class="as-of">
                <AsOf at={at} />
              </p>
            </>
          )
        }
      </Read>
    </Panel>
  );
}
