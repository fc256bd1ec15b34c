import type { JSX } from "preact";

import { settings, useReading, type Schemas } from "../data/relay.ts";
import { AsOf, Panel, Read } from "../parts/panel.tsx";
import { Table } from "../parts/table.tsx";

type Setting = Schemas["Setting"];

/** What the agent runs with: the same as `waybill config print --origin`. */
export function Settings(): JSX.Element {
  const reading = useReading(settings);
  return (
    <Panel
      wide
      title="What the agent runs with"
      note="Flags go before the environment, the environment before the settings file, that before the network's own, and all of them before defaults. Secrets are no settings and are never shown; of addresses of chain endpoints only the host is."
      asOf={reading.data && <AsOf at={reading.at} />}
    >
      <Read reading={reading}>
        {({ settings: all }) => (
          <Table
            stacks
            caption={`${all.filter(isChosen).length} of ${all.length} settings are not the default; those come first`}
            keyOf={({ name }) => name}
            rows={[...all.filter(isChosen), ...all.filter((setting) => !isChosen(setting))]}
            columns={[
              { head: "Setting", cell: ({ name }) => <span class="nowrap">{name}</span> },
              {
                head: "Value",
                cell: ({ value }) =>
                  value === null ? "–" : <span class="value-text">{value}</span>,
              },
              {
                head: "From",
                cell: (setting) => (
                  <span class={isChosen(setting) ? undefined : "quiet"}>{setting.origin}</span>
                ),
              },
            ]}
          />
        )}
      </Read>
    </Panel>
  );
}

const isChosen = ({ origin }: Setting): boolean => origin !== "default";
