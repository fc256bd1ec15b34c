import type { JSX } from "preact";

import { epochs, lottery, useReading, type Schemas } from "../data/relay.ts";
import { clockTime, count, percent } from "../format.ts";
import { Amount } from "../parts/amount.tsx";
import { Figures } from "../parts/figure.tsx";
import { AsOf, Empty, Panel, Read } from "../parts/panel.tsx";
import { amountColumn, Table } from "../parts/table.tsx";
import { STAGES, stagesOf, type Mark } from "./stages.ts";
import { Timeline } from "./timeline.tsx";

type Row = Schemas["EpochRow"];

export function Epochs(): JSX.Element {
  const reading = useReading(epochs);
  const asOf = reading.data && <AsOf at={reading.at} />;
  return (
    <>
      <Panel
        wide
        title="From running to paid"
        note="Each column is an epoch, the newest at the right; what is done is filled, what is to come is hollow."
        asOf={asOf}
      >
        <Read reading={reading}>
          {(data) =>
            data.epochs.length === 0 ? (
              <Empty>The network's clock has not begun.</Empty>
            ) : (
              <Timeline rows={data.epochs} />
            )
          }
        </Read>
      </Panel>
      <Panel wide title="The same as a table" asOf={asOf}>
        <Read reading={reading}>
          {(data) => (
            <Table
              caption="The latest epochs, newest first; amounts in tokens, tickets before the burn share"
              keyOf={({ epoch }) => epoch}
              rows={[...data.epochs].reverse()}
              columns={[
                { head: "Epoch", cell: ({ epoch }) => count(epoch) },
                { head: "Begins", cell: ({ starts }) => clockTime(1_000 * starts) },
                ...STAGES.map((stage) => ({
                  head: stage,
                  cell: (row: Row) => <Stage mark={stagesOf(row)[stage]} />,
                })),
                amountColumn("Rewards", data.epochs, ({ reward }) => reward),
                amountColumn("Tickets", data.epochs, ({ redeemedAmount }) => redeemedAmount),
              ]}
            />
          )}
        </Read>
      </Panel>
      <Lottery />
    </>
  );
}

function Stage({ mark }: { readonly mark: Mark }): JSX.Element {
  return (
    <>
      <span class={`mark ${mark.state}`} aria-hidden="true" /> {mark.says}
    </>
  );
}

function Lottery(): JSX.Element {
  const reading = useReading(lottery);
  return (
    <Panel
      wide
      title="The cover lottery"
      note="Epochs whose draw is known; docs/lottery.md says what it pays for."
      asOf={reading.data && <AsOf at={reading.at} />}
    >
      <Read reading={reading}>
        {(data) => (
          <>
            <Figures
              facts={[
                {
                  name: "Cover came back",
                  value: data.coverSent === 0 ? "–" : percent(data.coverReturned / data.coverSent),
                  note: `${count(data.coverReturned)} of ${count(data.coverSent)} packets`,
                },
                { name: "Drawn", value: count(data.draws), note: "of this relay's slots" },
                {
                  name: "Claimed",
                  value: count(data.claims),
                  note: `${count(data.forfeits)} lost, ${count(data.open)} open`,
                },
                {
                  name: "To collect",
                  value: data.rewards === null ? "–" : <Amount units={data.rewards} />,
                  note: data.rewards === null ? "the chain does not answer" : "tokens of rewards",
                },
              ]}
            />
            <Cover data={data} />
          </>
        )}
      </Read>
    </Panel>
  );
}

function Cover({ data }: { readonly data: Schemas["Lottery"] }): JSX.Element {
  if (data.cover.length === 0)
    return <Empty>No epoch with this relay's cover has been drawn yet.</Empty>;
  return (
    <details>
      <summary>Cover by epoch</summary>
      <Table
        caption="This relay's own cover packets, newest epoch first"
        keyOf={({ epoch }) => epoch}
        rows={[...data.cover].reverse()}
        columns={[
          { head: "Epoch", cell: ({ epoch }) => count(epoch) },
          { head: "Sent", numeric: true, cell: ({ sent }) => count(sent) },
          { head: "Came back", numeric: true, cell: ({ returned }) => count(returned) },
          {
            head: "Not sent",
            cell: ({ unsent }) =>
              unsent.map((one) => `${count(one.count)} ${one.reason}`).join(", ") || "–",
          },
        ]}
      />
    </details>
  );
}
