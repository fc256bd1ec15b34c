import type { JSX } from "preact";

import type { Live, Told } from "../data/live.ts";
import { useNow } from "../data/now.ts";
import { useObservable } from "../data/observable.ts";
import { session } from "../data/session.ts";
import { count, duration } from "../format.ts";
import { AsOf, Panel } from "../parts/panel.tsx";
import { Table } from "../parts/table.tsx";
import { ConnectionBanner, Freshness, TopBar } from "../shell.tsx";
import { SignIn } from "../sign-in.tsx";
import { CoinPath } from "./coin-path.tsx";
import type { Overview } from "./overview.ts";
import { PacketPath, rate } from "./packet-path.tsx";

export function App({ live }: { readonly live: Live<Overview> }): JSX.Element {
  const { token } = useObservable(session);
  const told = useObservable(live.told);
  return (
    <>
      <TopBar title="Waybill" signedIn={token !== undefined}>
        {token !== undefined && told !== undefined && <Freshness at={told.at} />}
      </TopBar>
      <main>
        {token === undefined ? (
          <SignIn title="This network's token, please">
            <p>
              The demo prints it with this page's address: open that address, or paste the token
              here.
            </p>
          </SignIn>
        ) : (
          <>
            <ConnectionBanner
              at={told?.at}
              retry={() => {
                live.retry();
              }}
            />
            <h1>A network of relays on this machine</h1>
            {told === undefined ? (
              <p class="empty loading">Asking the relays…</p>
            ) : (
              <Network told={told} />
            )}
          </>
        )}
      </main>
    </>
  );
}

function Network({ told }: { readonly told: Told<Overview> }): JSX.Element {
  const { value: overview, at } = told;
  return (
    <>
      <Clock told={told} />
      <div class="panels">
        <Panel
          wide
          title="The packet's path"
          note={`Packets a second over the last ${duration(overview.rateSeconds)}, summed over all links. Relays send cover through the same path, back to themselves.`}
          asOf={<AsOf at={at} />}
        >
          <PacketPath relays={overview.relays} />
        </Panel>
        <Panel
          wide
          title="The coin's path"
          note="Of all relays together, since they started; tokens, exact."
          asOf={<AsOf at={at} />}
        >
          <CoinPath coin={overview.coin} free={overview.free} />
        </Panel>
        <Panel wide title="The same as a table" asOf={<AsOf at={at} />}>
          <Relays overview={overview} />
        </Panel>
      </div>
    </>
  );
}

function Clock({ told }: { readonly told: Told<Overview> }): JSX.Element {
  const { epoch, epochEndsIn, era, eraEndsIn } = told.value;
  const passed = (useNow() - told.at) / 1_000;
  if (epoch === null || era === null)
    return <p class="clock">The network's clock has not begun.</p>;
  const left = (seconds: number): string => duration(Math.max(0, seconds - passed));
  return (
    <p class="clock">
      Epoch <strong>{count(epoch)}</strong> ends in {left(epochEndsIn)}; era{" "}
      <strong>{count(era)}</strong>, after which layers change, in {left(eraEndsIn)}.
    </p>
  );
}

function Relays({ overview }: { readonly overview: Overview }): JSX.Element {
  return (
    <Table
      caption="Packets a second, and winning tickets since each relay started"
      keyOf={({ name }) => name}
      rows={overview.relays}
      columns={[
        { head: "Relay", cell: ({ name }) => <span class="nowrap">{name}</span> },
        { head: "Layer", cell: ({ layer }) => layer ?? "none" },
        {
          head: "State",
          cell: ({ answers, ready, alarms }) => {
            if (!answers) return <span class="badge warn">does not answer</span>;
            if (!ready) return <span class="badge warn">takes no packets</span>;
            if (alarms === 0) return "takes packets";
            return `${count(alarms)} ${alarms === 1 ? "alarm" : "alarms"}`;
          },
        },
        { head: "Received", numeric: true, cell: ({ received }) => rate(received) },
        { head: "Forwarded", numeric: true, cell: ({ forwarded }) => rate(forwarded) },
        { head: "Delivered", numeric: true, cell: ({ delivered }) => rate(delivered) },
        { head: "Dropped", numeric: true, cell: ({ dropped }) => rate(dropped) },
        { head: "In the mix", numeric: true, cell: ({ inMix }) => inMix.toFixed(1) },
        { head: "Tickets won", numeric: true, cell: ({ ticketsWon }) => count(ticketsWon) },
      ]}
    />
  );
}
