import type { JSX } from "preact";

import { useNow } from "../data/now.ts";
import type { Told } from "../data/live.ts";
import { channels, earnings, traffic, useReading, type Schemas } from "../data/relay.ts";
import { count, duration } from "../format.ts";
import { Amount } from "../parts/amount.tsx";
import { Figures, type Fact } from "../parts/figure.tsx";
import { AsOf, Empty, Panel, Read } from "../parts/panel.tsx";
import { Prose } from "../parts/prose.tsx";
import { recentFlow } from "./flow.ts";
import { moneyFacts } from "./money.tsx";

type Status = Schemas["Status"];

/** What needs doing, and the figures behind it. */
export function Now({ told }: { readonly told: Told<Status> }): JSX.Element {
  return (
    <>
      <Attention status={told.value} />
      <Panel title="The relay" asOf={<AsOf at={told.at} />}>
        <Relay told={told} />
      </Panel>
      <Traffic />
      <Money status={told.value} />
    </>
  );
}

interface Matter {
  readonly name: string;
  readonly says: string;
  readonly fix: string;
}

/** Alarms, and whatever keeps the relay from taking packets. */
function Attention({ status }: { readonly status: Status }): JSX.Element {
  const matters: readonly Matter[] = [
    ...status.alarms,
    ...status.notReady.map((reason) => ({ ...reason, fix: "" })),
  ];
  if (matters.length === 0)
    return (
      <section class="attention calm" aria-labelledby="attention">
        <h2 id="attention">Nothing needs doing</h2>
        <p>The relay takes packets, and no alarm is raised.</p>
      </section>
    );
  return (
    <section class="attention" aria-labelledby="attention">
      <h2 id="attention">
        {matters.length === 1 ? "One thing needs" : `${matters.length} things need`} a look
      </h2>
      <ul>
        {matters.map(({ name, says, fix }) => (
          <li key={name}>
            <strong>{says}</strong> <code>{name}</code>
            {fix !== "" && (
              <p>
                <Prose text={fix} />
              </p>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

const STATES: Readonly<Record<NonNullable<Status["relayState"]>, string>> = {
  joined: "joined",
  jailed: "jailed: out of the layers until it is let out",
  leaving: "leaving",
  withdrawn: "bond withdrawn",
};

function Relay({ told }: { readonly told: Told<Status> }): JSX.Element {
  const { value: status, at } = told;
  const passed = (useNow() - at) / 1_000;
  const { time, chain, layer, relayState } = status;
  const left = (seconds: number): string => duration(Math.max(0, seconds - passed));
  return (
    <Figures
      facts={[
        {
          name: "Packets",
          value: status.ready ? "taken" : "refused",
          note: words[status.stage],
        },
        {
          name: "Registry",
          value: relayState === null ? "unknown" : STATES[relayState],
          note: layer === null ? "no layer in this era" : `layer ${layer} in this era`,
        },
        {
          name: "Epoch",
          value: time === null ? "–" : count(time.epoch),
          note: time === null ? "the clock has not begun" : `ends in ${left(time.epochEndsIn)}`,
        },
        {
          name: "Era",
          value: time === null ? "–" : count(time.era),
          note: time === null ? "" : `ends in ${left(time.eraEndsIn)}`,
        },
        {
          name: "Chain",
          value: chain === null ? "–" : `block ${count(chain.headBlock)}`,
          note: chain === null ? "not read yet" : `${duration(chain.ageSeconds + passed)} old`,
        },
        {
          name: "Missing channels",
          value: count(status.channelsMissing),
          note: `to the next layer; ${count(status.coverChannelsMissing)} for cover`,
        },
      ]}
    />
  );
}

const words: Readonly<Record<Status["stage"], string>> = {
  "opening-database": "opening the database",
  "reaching-chain": "reaching the chain",
  "reading-chain": "reading the chain",
  "finding-relay": "looking for this relay in the registry",
  starting: "starting",
  running: "running",
  stopping: "stopping",
  stopped: "not running",
};

function Traffic(): JSX.Element {
  const reading = useReading(traffic);
  return (
    <Panel
      title="Traffic"
      note="Lately; sums over all peers."
      asOf={reading.data && <AsOf at={1_000 * reading.data.through} />}
    >
      <Read reading={reading}>
        {(data) => {
          const flow = recentFlow(data);
          if (flow === undefined)
            return <Empty>The first span of {duration(data.spanSeconds)} is not over yet.</Empty>;
          return (
            <Figures
              facts={[
                {
                  name: "Received",
                  value: count(flow.received),
                  note: `packets in ${duration(flow.seconds)}`,
                },
                { name: "Went on", value: count(flow.onward), note: "forwarded or delivered" },
                { name: "Dropped", value: count(flow.dropped), note: "packets" },
                {
                  name: "In the mix",
                  value: String(Math.round(10 * flow.inMix) / 10),
                  note: "packets on average",
                },
              ]}
            />
          );
        }}
      </Read>
    </Panel>
  );
}

function Money({ status }: { readonly status: Status }): JSX.Element {
  const earned = useReading(earnings);
  const held = useReading(channels);
  return (
    <Panel
      wide
      title="Money"
      note="Tokens, and the chain's coin for gas; exact."
      asOf={earned.data && <AsOf at={earned.at} />}
    >
      <Read reading={earned}>
        {(data) => (
          <Figures
            facts={[
              ...mainFacts(data),
              {
                name: "Winners",
                value: count(status.winnersWaiting),
                note: `waiting; ${count(status.winnersRedeemed)} paid`,
              },
              ...(held.data === undefined
                ? []
                : [
                    {
                      name: "In channels out",
                      value: <Amount units={held.data.balanceOut} />,
                      note: `${count(held.data.out.length)} channels`,
                    },
                  ]),
            ]}
          />
        )}
      </Read>
    </Panel>
  );
}

function mainFacts(data: Schemas["Earnings"]): readonly Fact[] {
  const { redeemed, collected, paid, withdrawn, gas } = moneyFacts(data);
  return [redeemed, collected, paid, withdrawn, gas];
}
