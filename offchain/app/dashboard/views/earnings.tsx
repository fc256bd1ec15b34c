import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";

import { earnings, useReading, type Schemas } from "../data/relay.ts";
import { amountLine, count } from "../format.ts";
import { Figures } from "../parts/figure.tsx";
import { AsOf, Empty, Panel, Read } from "../parts/panel.tsx";
import { Plot } from "../parts/plot.tsx";
import { SumChoice } from "../parts/sum-choice.tsx";
import { amountColumn, Table } from "../parts/table.tsx";
import { Gas } from "./gas.tsx";
import { moneyFacts } from "./money.tsx";

export function Earnings(): JSX.Element {
  const reading = useReading(earnings);
  const asOf = reading.data && <AsOf at={reading.at} />;
  return (
    <>
      <Panel
        wide
        title="In all"
        note="Tokens, as the chain's events tell; gas in the chain's coin, as receipts tell. Exact."
        asOf={asOf}
      >
        <Read reading={reading}>
          {(data) => <Figures facts={Object.values(moneyFacts(data))} />}
        </Read>
      </Panel>
      <Panel
        wide
        title="Over time"
        note="Tokens by the epoch that they were earned in, which is before the one that paid them."
        asOf={asOf}
      >
        <Read reading={reading}>
          {(data) =>
            data.epochs.length === 0 ? (
              <Empty>
                Nothing has been earned or paid yet. Winning tickets are redeemed once their epoch
                is over.
              </Empty>
            ) : (
              <OverTime data={data} />
            )
          }
        </Read>
      </Panel>
      <Panel
        wide
        title="Spent on gas"
        note="The chain's coin, by the epoch of each transaction's block, for every account that sends from this relay's data folder."
        asOf={asOf}
      >
        <Read reading={reading}>{(data) => <Gas data={data} />}</Read>
      </Panel>
    </>
  );
}

function OverTime({ data }: { readonly data: Schemas["Earnings"] }): JSX.Element {
  const [isSum, setIsSum] = useState(true);
  const { epochs, rewardsFrom } = data;
  const plot = useMemo(() => {
    const line = <Colour extends string>(
      name: "redeemed" | "rewards" | "paid",
      colour: Colour,
    ) => ({
      ...amountLine(
        name,
        epochs.map((epoch) => epoch[name]),
        isSum,
      ),
      colour,
    });
    return {
      x: epochs.map(({ epoch }) => epoch),
      lines: [
        line("redeemed", "--plot-1"),
        line("rewards", "--plot-2"),
        { ...line("paid", "--plot-3"), dash: true },
      ],
    };
  }, [epochs, isSum]);
  return (
    <>
      <SumChoice isSum={isSum} choose={setIsSum} />
      <Plot
        label="Tokens redeemed, rewards and tokens paid, by epoch; the table below tells the exact amounts."
        time={false}
        sayX={count}
        {...plot}
      />
      <details>
        <summary>Every epoch as a table</summary>
        <Table
          caption="Newest first; amounts in tokens, gas in coin"
          keyOf={({ epoch }) => epoch}
          rows={[...epochs].reverse()}
          columns={[
            { head: "Epoch", cell: ({ epoch }) => count(epoch) },
            amountColumn("Redeemed", epochs, ({ redeemed }) => redeemed),
            amountColumn("Rewards", epochs, ({ rewards }) => rewards),
            amountColumn("Burned", epochs, ({ burned }) => burned),
            amountColumn("Paid", epochs, ({ paid }) => paid),
            amountColumn("Gas", epochs, ({ coin }) => coin),
          ]}
        />
      </details>
      {rewardsFrom !== null && rewardsFrom > 0 && (
        <p class="note">Rewards are known by epoch from epoch {count(rewardsFrom)} on.</p>
      )}
    </>
  );
}
