import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";

import type { Schemas } from "../data/relay.ts";
import { amountLine, approximateTokens, count, percent } from "../format.ts";
import { Bar } from "../parts/bar.tsx";
import { Empty } from "../parts/panel.tsx";
import { Plot } from "../parts/plot.tsx";
import { SumChoice } from "../parts/sum-choice.tsx";
import { amountColumn, Table } from "../parts/table.tsx";
import { PURPOSE_WORDS } from "./purposes.ts";

type Purpose = Schemas["GasCost"]["purpose"];

/** Besides the sum of all. */
const LINES = ["--plot-2", "--plot-3", "--plot-4"] as const;

/** The chain's coin that transactions cost: over time, and by what they were for. */
export function Gas({ data }: { readonly data: Schemas["Earnings"] }): JSX.Element {
  const [isSum, setIsSum] = useState(true);
  const { epochs, gas, coin } = data;
  const plot = useMemo(() => {
    const of = (purpose: Purpose): readonly string[] =>
      epochs.map((epoch) => epoch.gas.find((one) => one.purpose === purpose)?.coin ?? "0");
    const all = epochs.map((epoch) => epoch.coin);
    return {
      x: epochs.map(({ epoch }) => epoch),
      lines: [
        { ...amountLine("all", all, isSum), colour: "--plot-1" as const },
        ...gas.slice(0, LINES.length).map(({ purpose }, at) => ({
          ...amountLine(purpose, of(purpose), isSum),
          colour: LINES[at] ?? LINES[0],
          dash: true,
        })),
      ],
    };
  }, [epochs, gas, isSum]);
  if (gas.length === 0)
    return <Empty>No transaction of this relay's accounts has cost anything yet.</Empty>;
  return (
    <>
      <SumChoice isSum={isSum} choose={setIsSum} />
      <Plot
        label="The chain's coin that transactions cost, by epoch, all together and the dearest purposes; the tables tell the exact amounts."
        time={false}
        sayX={count}
        {...plot}
      />
      <Table
        stacks
        caption="By what they were for, the dearest first; failed ones cost, too"
        keyOf={({ purpose }) => purpose}
        rows={gas}
        columns={[
          {
            head: "For",
            cell: ({ purpose }) => (
              <>
                {PURPOSE_WORDS[purpose]}
                <code>{purpose}</code>
              </>
            ),
          },
          { head: "Transactions", numeric: true, cell: (row) => count(row.transactions) },
          { head: "Gas", numeric: true, cell: (row) => count(Number(row.gas)) },
          amountColumn("Coin", gas, (row) => row.coin),
          { head: "Share", numeric: true, cell: (row) => percent(shareOf(row.coin, coin)) },
          { head: "", cell: (row) => <Bar share={shareOf(row.coin, coin)} /> },
        ]}
      />
    </>
  );
}

const shareOf = (part: string, all: string): number =>
  all === "0" ? 0 : approximateTokens(part) / approximateTokens(all);
