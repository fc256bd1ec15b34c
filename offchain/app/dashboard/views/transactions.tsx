import type { JSX } from "preact";

import { useNow } from "../data/now.ts";
import { transactions, useReading, type Schemas } from "../data/relay.ts";
import { clockTime, count } from "../format.ts";
import { Amount } from "../parts/amount.tsx";
import { Id } from "../parts/id.tsx";
import { AsOf, Empty, Panel, Read } from "../parts/panel.tsx";
import { LongTable } from "../parts/table.tsx";
import { PURPOSE_WORDS } from "./purposes.ts";

type Transaction = Schemas["Transaction"];

/** Everything that was sent to the chain from this node, and what became of it. */
export function Transactions(): JSX.Element {
  const reading = useReading(transactions);
  const now = useNow();
  return (
    <Panel
      wide
      title="Transactions"
      note="The latest that the agent and commands sent to the chain, or mean to send. One that waits offers a higher fee after a while."
      asOf={reading.data && <AsOf at={reading.at} />}
    >
      <Read reading={reading}>
        {({ transactions: all }) =>
          all.length === 0 ? (
            <Empty>Nothing has been sent to the chain yet.</Empty>
          ) : (
            <LongTable
              stacks
              caption="Newest first; what each cost in the chain's coin"
              keyOf={(one) => all.length - all.indexOf(one)}
              rows={all}
              columns={[
                {
                  head: "For",
                  cell: ({ purpose, action }) => (
                    <>
                      {PURPOSE_WORDS[purpose]}
                      <code>{action}</code>
                    </>
                  ),
                },
                { head: "State", cell: (one) => <State transaction={one} /> },
                {
                  head: "Ended",
                  cell: ({ at }) => (at === null ? "–" : clockTime(1_000 * at, now)),
                },
                {
                  head: "Cost",
                  numeric: true,
                  cell: ({ coin }) => (coin === null ? "–" : <Amount units={coin} />),
                },
                {
                  head: "Hash",
                  cell: ({ hash }) => (hash === null ? "–" : <Id id={hash} />),
                },
              ]}
            />
          )
        }
      </Read>
    </Panel>
  );
}

function State({
  transaction: { state, failure, offers },
}: {
  readonly transaction: Transaction;
}): JSX.Element {
  if (state === "confirmed") return <span class="badge good">done</span>;
  if (state === "intended") return <span class="badge">to be sent</span>;
  if (state === "sent")
    return (
      <span>
        <span class="badge">waits for a block</span>
        {offers > 1 && ` offer ${count(offers)}`}
      </span>
    );
  if (failure === "undecided")
    return (
      <span>
        <span class="badge warn">not sent</span> the chain did not say whether it works
      </span>
    );
  return (
    <span>
      <span class="badge warn">refused</span> {failure}
    </span>
  );
}
