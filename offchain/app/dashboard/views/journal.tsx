import type { JSX } from "preact";

import { useNow } from "../data/now.ts";
import { journal, useReading, type Schemas } from "../data/relay.ts";
import { clockTime } from "../format.ts";
import { Amount } from "../parts/amount.tsx";
import { Id } from "../parts/id.tsx";
import { AsOf, Empty, Panel, Read } from "../parts/panel.tsx";
import { LongTable } from "../parts/table.tsx";
import { Transactions } from "./transactions.tsx";

const ACTIONS: Readonly<Record<Schemas["JournalEntry"]["action"], string>> = {
  "open-channel": "Opened a channel",
  "fund-channel": "Filled up a channel",
  "close-channel": "Began to close a channel",
  "finalise-channel": "Closed a channel",
  "approve-tokens": "Let the channels contract take tokens",
  wait: "Waited",
};

/** What the agent did by itself and why, and everything that was sent to the chain. */
export function Journal(): JSX.Element {
  return (
    <>
      <Decisions />
      <Transactions />
    </>
  );
}

function Decisions(): JSX.Element {
  const reading = useReading(journal);
  const now = useNow();
  return (
    <Panel
      wide
      title="What the agent did, and why"
      note="With money, by itself: what it did, or left undone. Times are the chain's."
      asOf={reading.data && <AsOf at={reading.at} />}
    >
      <Read reading={reading}>
        {({ entries }) =>
          entries.length === 0 ? (
            <Empty>The agent has not moved any money by itself yet.</Empty>
          ) : (
            <LongTable
              stacks
              caption="Newest first; amounts in tokens"
              keyOf={(entry) => `${entries.length - entries.indexOf(entry)}/${entry.at}`}
              rows={entries}
              columns={[
                { head: "When", cell: ({ at }) => clockTime(1_000 * at, now) },
                { head: "What", cell: ({ action }) => ACTIONS[action] },
                { head: "Relay", cell: ({ relay }) => (relay === null ? "–" : <Id id={relay} />) },
                {
                  head: "Amount",
                  numeric: true,
                  cell: ({ amount }) => (amount === "0" ? "–" : <Amount units={amount} />),
                },
                { head: "Why", cell: ({ why }) => <span class="why">{why}</span> },
              ]}
            />
          )
        }
      </Read>
    </Panel>
  );
}
