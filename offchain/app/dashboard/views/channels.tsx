import type { JSX } from "preact";

import { channels, useReading, type Schemas } from "../data/relay.ts";
import { count, duration } from "../format.ts";
import { Amount } from "../parts/amount.tsx";
import { Figures } from "../parts/figure.tsx";
import { Id } from "../parts/id.tsx";
import { AsOf, Empty, Panel, Read } from "../parts/panel.tsx";
import { Table, type Column } from "../parts/table.tsx";

type Channel = Schemas["Channel"];

export function Channels(): JSX.Element {
  const reading = useReading(channels);
  return (
    <>
      <Panel title="Exposure" wide asOf={reading.data && <AsOf at={reading.at} />}>
        <Read reading={reading}>{(data) => <Exposure data={data} />}</Read>
      </Panel>
      <Panel
        wide
        title="Channels in"
        note="They pay this relay. Outstanding is what accepted tickets may still cost a channel: more than lies in it is not accepted."
        asOf={reading.data && <AsOf at={1_000 * reading.data.through} />}
      >
        <Read reading={reading}>
          {(data) =>
            data.in.length === 0 ? (
              <Empty>No relay and no account has a channel to this relay yet.</Empty>
            ) : (
              <Table
                stacks
                caption={`${count(data.in.length)} channels in; amounts in tokens`}
                keyOf={({ id }) => id}
                rows={data.in}
                columns={[
                  ...COMMON,
                  {
                    head: "Outstanding",
                    numeric: true,
                    cell: ({ outstanding }) => <Amount units={outstanding ?? "0"} />,
                  },
                ]}
              />
            )
          }
        </Read>
      </Panel>
      <Panel wide title="Channels out" note="This relay pays others from them.">
        <Read reading={reading}>
          {(data) =>
            data.out.length === 0 ? (
              <Empty>
                This relay has opened no channel. It opens those to the next layer once it has one.
              </Empty>
            ) : (
              <Table
                stacks
                caption={`${count(data.out.length)} channels out; amounts in tokens`}
                keyOf={({ id }) => id}
                rows={data.out}
                columns={COMMON}
              />
            )
          }
        </Read>
      </Panel>
      <Panel
        wide
        title="Missing channels"
        note="Relays that this one should be able to pay and cannot."
      >
        <Read reading={reading}>{(data) => <Missing data={data} />}</Read>
      </Panel>
    </>
  );
}

function Exposure({ data }: { readonly data: Schemas["Channels"] }): JSX.Element {
  const closing = [...data.in, ...data.out].filter(({ status }) => status === "closing").length;
  return (
    <Figures
      facts={[
        {
          name: "Can be paid to this relay",
          value: <Amount units={data.balanceIn} />,
          note: "tokens in channels in",
        },
        {
          name: "Outstanding",
          value: <Amount units={data.outstanding} />,
          note: "tokens that accepted tickets may cost",
        },
        {
          name: "This relay's own",
          value: <Amount units={data.balanceOut} />,
          note: "tokens in channels out",
        },
        { name: "Closing", value: count(closing), note: closing === 1 ? "channel" : "channels" },
      ]}
    />
  );
}

const COMMON: readonly Column<Channel>[] = [
  {
    head: "With",
    cell: ({ other }) => (
      <>
        {other.kind} <Id id={other.id} />
      </>
    ),
  },
  { head: "State", cell: (channel) => <State channel={channel} /> },
  { head: "Balance", numeric: true, cell: ({ balance }) => <Amount units={balance} /> },
];

function State({ channel: { status, closableIn } }: { readonly channel: Channel }): JSX.Element {
  if (closableIn === null)
    return <span class={status === "open" ? "badge good" : "badge"}>{status}</span>;
  const when = closableIn === 0 ? "can be closed now" : `can be closed in ${duration(closableIn)}`;
  return (
    <>
      <span class="badge warn">closing</span> {when}
    </>
  );
}

function Missing({ data }: { readonly data: Schemas["Channels"] }): JSX.Element {
  const both = [...new Set([...data.missing, ...data.missingForCover])];
  if (both.length === 0) return <Empty>None is missing.</Empty>;
  return (
    <Table
      caption="What each missing channel is for"
      keyOf={(relay) => relay}
      rows={both}
      columns={[
        { head: "To", cell: (relay) => <Id id={relay} /> },
        { head: "Forwarding", cell: (relay) => (data.missing.includes(relay) ? "needed" : "–") },
        { head: "Cover", cell: (relay) => (data.missingForCover.includes(relay) ? "needed" : "–") },
      ]}
    />
  );
}
