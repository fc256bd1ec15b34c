import type { JSX } from "preact";

import { tickets, useReading, type Schemas } from "../data/relay.ts";
import { count } from "../format.ts";
import { Amount } from "../parts/amount.tsx";
import { Figures } from "../parts/figure.tsx";
import { AsOf, Empty, Panel, Read } from "../parts/panel.tsx";
import { Table } from "../parts/table.tsx";

type State = Schemas["TicketSum"]["state"];

const STATES: readonly State[] = ["won", "submitted", "redeemed", "rejected", "expired"];
const MEANING: Readonly<Record<State, string>> = {
  won: "wait for the end of their epoch, or for a transaction",
  submitted: "in a transaction that the chain has not confirmed yet",
  redeemed: "paid",
  rejected: "the chain refused them for good",
  expired: "were not redeemed in time",
};

export function Tickets(): JSX.Element {
  const reading = useReading(tickets);
  const asOf = reading.data && <AsOf at={reading.at} />;
  return (
    <>
      <Panel
        wide
        title="Winning tickets"
        note="Most tickets lose, which is meant: those that win pay for all. Amounts in tokens, before the burn share."
        asOf={asOf}
      >
        <Read reading={reading}>
          {({ sums }) => (
            <Figures
              facts={STATES.map((state) => {
                const sum = sums.find((one) => one.state === state);
                return {
                  name: state.charAt(0).toUpperCase() + state.slice(1),
                  value: count(sum?.count ?? 0),
                  note: (
                    <>
                      <Amount units={sum?.amount ?? "0"} /> tokens; {MEANING[state]}
                    </>
                  ),
                };
              })}
            />
          )}
        </Read>
      </Panel>
      <Panel title="By epoch" asOf={asOf}>
        <Read reading={reading}>{(data) => <ByEpoch data={data} />}</Read>
      </Panel>
      <Panel
        title="Reasons"
        note="Why winning tickets are in the state that they are in."
        asOf={asOf}
      >
        <Read reading={reading}>
          {({ reasons }) =>
            reasons.length === 0 ? (
              <Empty>No winning ticket has needed one.</Empty>
            ) : (
              <Table
                caption="Winning tickets by state and reason"
                keyOf={({ state, reason }) => `${state}/${reason}`}
                rows={reasons}
                columns={[
                  { head: "State", cell: ({ state }) => state },
                  { head: "Reason", cell: ({ reason }) => reason },
                  { head: "Tickets", numeric: true, cell: (row) => count(row.count) },
                ]}
              />
            )
          }
        </Read>
      </Panel>
    </>
  );
}

function ByEpoch({ data }: { readonly data: Schemas["Tickets"] }): JSX.Element {
  if (data.epochs.length === 0) return <Empty>This relay has won no ticket yet.</Empty>;
  return (
    <Table
      caption="Winning tickets, newest epoch first"
      keyOf={({ epoch }) => epoch}
      rows={[...data.epochs].reverse()}
      columns={[
        { head: "Epoch", cell: ({ epoch }) => count(epoch) },
        ...STATES.map((state) => ({
          head: state,
          numeric: true,
          cell: ({ sums }: Schemas["EpochTickets"]) =>
            count(sums.find((sum) => sum.state === state)?.count ?? 0),
        })),
      ]}
    />
  );
}
