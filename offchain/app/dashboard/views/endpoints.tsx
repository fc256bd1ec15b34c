import type { JSX } from "preact";

import { endpoints, useReading, type Schemas } from "../data/relay.ts";
import { count, percent } from "../format.ts";
import { AsOf, Panel, Read } from "../parts/panel.tsx";
import { Table } from "../parts/table.tsx";

type Endpoint = Schemas["Endpoint"];

const STATES: Readonly<Record<Endpoint["state"], string>> = {
  well: "does well",
  down: "does not answer",
  lagging: "is behind",
  "wrong-chain": "serves another network",
  apart: "contradicts most of the others",
};

export function Endpoints(): JSX.Element {
  const reading = useReading(endpoints);
  return (
    <Panel
      wide
      title="The chain's endpoints"
      note="By their number in the settings, as addresses can hold access keys. The first one that does well is used; what money depends on is asked of all that do."
      asOf={reading.data && <AsOf at={reading.at} />}
    >
      <Read reading={reading}>
        {({ endpoints: all, disputes }) => (
          <>
            {disputes.length > 0 && (
              <p class="stale">They contradict each other about {disputes.join(", ")}.</p>
            )}
            <Table
              stacks
              caption="Since the agent started"
              keyOf={({ place }) => place}
              rows={all}
              columns={[
                {
                  head: "Number",
                  cell: ({ place, inUse }) => (
                    <span class="nowrap">
                      {place} {inUse && <span class="badge good">used</span>}
                    </span>
                  ),
                },
                {
                  head: "State",
                  cell: ({ state }) =>
                    state === "well" ? (
                      STATES[state]
                    ) : (
                      <span class="badge warn">{STATES[state]}</span>
                    ),
                },
                { head: "Newest block", numeric: true, cell: (one) => orDash(one.headBlock) },
                { head: "Behind", numeric: true, cell: (one) => orDash(one.behind) },
                {
                  head: "Answers in",
                  numeric: true,
                  cell: ({ latencyMillis }) =>
                    latencyMillis === null ? "–" : `${count(latencyMillis)}\u202fms`,
                },
                { head: "Asked", numeric: true, cell: ({ asked }) => count(asked) },
                {
                  head: "Failed",
                  numeric: true,
                  cell: ({ asked, failed }) =>
                    failed === 0 ? "0" : `${count(failed)} (${percent(failed / asked)})`,
                },
              ]}
            />
          </>
        )}
      </Read>
    </Panel>
  );
}

const orDash = (value: number | null): string => (value === null ? "–" : count(value));
