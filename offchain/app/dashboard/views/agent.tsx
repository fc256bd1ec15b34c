import type { JSX } from "preact";
import { useState } from "preact/hooks";

import type { Told } from "../data/live.ts";
import { useNow } from "../data/now.ts";
import { logLevels, setLogLevel, useReading, type Schemas } from "../data/relay.ts";
import { clockTime, count, duration } from "../format.ts";
import { Facts } from "../parts/figure.tsx";
import { AsOf, Empty, Panel, Read } from "../parts/panel.tsx";
import { Table } from "../parts/table.tsx";
import { Endpoints } from "./endpoints.tsx";

type Level = Schemas["LogLevel"]["level"];

/** Each level lets through what is at least as important. */
const LEVELS: readonly Level[] = ["error", "warn", "info", "debug"];

/** The process itself: chain, network, log. */
export function Agent({ told }: { readonly told: Told<Schemas["Status"]> }): JSX.Element {
  return (
    <>
      <Chain told={told} />
      <Network told={told} />
      <Endpoints />
      <Logs />
    </>
  );
}

function Chain({ told }: { readonly told: Told<Schemas["Status"]> }): JSX.Element {
  const now = useNow();
  const { chain, alarms } = told.value;
  const matters = alarms.filter(({ name }) => name.startsWith("chain-"));
  return (
    <Panel title="The chain" asOf={<AsOf at={told.at} />}>
      {chain === null ? (
        <Empty>The chain has not been read yet.</Empty>
      ) : (
        <Facts
          facts={[
            { name: "Newest block known", value: count(chain.headBlock) },
            { name: "Its time", value: clockTime(1_000 * chain.headTime, now) },
            { name: "Age", value: duration(chain.ageSeconds + (now - told.at) / 1_000) },
            {
              name: "Alarms",
              value: matters.length === 0 ? "none" : matters.map(({ says }) => says).join("; "),
            },
          ]}
        />
      )}
    </Panel>
  );
}

function Network({ told }: { readonly told: Told<Schemas["Status"]> }): JSX.Element {
  const { network, version, uptimeMinutes, relay } = told.value;
  return (
    <Panel title="Agent and network" asOf={<AsOf at={told.at} />}>
      <Facts
        facts={[
          { name: "Version", value: version },
          { name: "Runs for", value: duration(60 * uptimeMinutes) },
          { name: "Relay", value: <code>{relay ?? "not known yet"}</code> },
          ...(network === null
            ? []
            : [
                { name: "Chain id", value: network.chainId },
                {
                  name: "Packets",
                  value: network.free ? "cost nothing" : "are paid for by tickets",
                },
                { name: "Epoch", value: duration(network.epochLength) },
                { name: "Era", value: `${count(network.eraLength)} epochs` },
                { name: "Registry", value: <code>{network.registry}</code> },
                { name: "Channels", value: <code>{network.channels}</code> },
                { name: "Token", value: <code>{network.token}</code> },
                {
                  name: "Lottery",
                  value: network.lottery === null ? "none" : <code>{network.lottery}</code>,
                },
              ]),
        ]}
      />
    </Panel>
  );
}

function Logs(): JSX.Element {
  const reading = useReading(logLevels);
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const change = async (subsystem: string, level: Level): Promise<void> => {
    setProblem(await setLogLevel({ subsystem, level }));
  };
  return (
    <Panel
      wide
      title="Log levels"
      note="How much each part of the agent logs. A change lasts until the agent ends."
      asOf={reading.data && <AsOf at={reading.at} />}
    >
      {problem !== undefined && <p class="stale">{problem}</p>}
      <Read reading={reading}>
        {({ levels }) => (
          <Table
            caption="One level for each part; the first one is everything else's"
            keyOf={({ subsystem }) => subsystem}
            rows={levels}
            columns={[
              { head: "Part", cell: ({ subsystem }) => subsystem || "everything else" },
              {
                head: "Level",
                cell: ({ subsystem, level }) => (
                  <select
                    aria-label={`Level of ${subsystem || "everything else"}`}
                    value={level}
                    onChange={({ currentTarget }) => {
                      const chosen = LEVELS.find((name) => name === currentTarget.value);
                      if (chosen !== undefined) void change(subsystem, chosen);
                    }}
                  >
                    {LEVELS.map((name) => (
                      <option key={name} value={name} selected={name === level}>
                        {name}
                      </option>
                    ))}
                  </select>
                ),
              },
            ]}
          />
        )}
      </Read>
    </Panel>
  );
}
