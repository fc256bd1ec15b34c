import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";

import { earnings, useReading, type Schemas } from "../data/relay.ts";
import { approximateTokens, count, exactAmount } from "../format.ts";
import { Amount } from "../parts/amount.tsx";
import { Figures } from "../parts/figure.tsx";
import { AsOf, Empty, Panel, Read } from "../parts/panel.tsx";
import { Plot } from "../parts/plot.tsx";
import { Table } from "../parts/table.tsx";

type Epoch = Schemas["EpochEarnings"];

export function Earnings(): JSX.Element {
  const reading = useReading(earnings);
  const asOf = reading.data && <AsOf at={reading.at} />;
  return (
    <>
      <Panel wide title="In all" note="Tokens, exact, as the chain's events tell." asOf={asOf}>
        <Read reading={reading}>
          {(data) => (
            <Figures
              facts={[
                {
                  name: "Redeemed",
                  value: <Amount units={data.redeemed} />,
                  note: "by tickets, after the burn share",
                },
                {
                  name: "Collected",
                  value: <Amount units={data.collected} />,
                  note: "rewards of the lottery",
                },
                {
                  name: "Burned",
                  value: <Amount units={data.burned} />,
                  note: "share of redeemed tickets",
                },
                {
                  name: "Paid",
                  value: <Amount units={data.paid} />,
                  note: "to other relays, by tickets",
                },
                {
                  name: "Withdrawn",
                  value: <Amount units={data.withdrawn} />,
                  note: "to the recipient of earnings",
                },
              ]}
            />
          )}
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
    </>
  );
}

function OverTime({ data }: { readonly data: Schemas["Earnings"] }): JSX.Element {
  const [isSum, setIsSum] = useState(true);
  const rows = useMemo(() => (isSum ? running(data.epochs) : data.epochs), [data, isSum]);
  const plot = useMemo(
    () => ({
      x: rows.map(({ epoch }) => epoch),
      lines: [
        lineOf("redeemed", "--plot-1", rows, ({ redeemed }) => redeemed),
        lineOf("rewards", "--plot-2", rows, ({ rewards }) => rewards),
        { ...lineOf("paid", "--plot-3", rows, ({ paid }) => paid), dash: true },
      ],
    }),
    [rows],
  );
  return (
    <>
      <fieldset class="choice">
        <legend>Show</legend>
        <label>
          <input
            type="radio"
            name="kind"
            checked={isSum}
            onChange={() => {
              setIsSum(true);
            }}
          />{" "}
          sum up to each epoch
        </label>
        <label>
          <input
            type="radio"
            name="kind"
            checked={!isSum}
            onChange={() => {
              setIsSum(false);
            }}
          />{" "}
          each epoch
        </label>
      </fieldset>
      <Plot
        label="Tokens redeemed, rewards and tokens paid, by epoch; the table below tells the exact amounts."
        time={false}
        sayX={count}
        {...plot}
      />
      <details>
        <summary>Every epoch as a table</summary>
        <Table
          caption="Newest first; amounts in tokens"
          keyOf={({ epoch }) => epoch}
          rows={[...data.epochs].reverse()}
          columns={[
            { head: "Epoch", cell: ({ epoch }) => count(epoch) },
            {
              head: "Redeemed",
              numeric: true,
              cell: ({ redeemed }) => <Amount units={redeemed} />,
            },
            { head: "Rewards", numeric: true, cell: ({ rewards }) => <Amount units={rewards} /> },
            { head: "Burned", numeric: true, cell: ({ burned }) => <Amount units={burned} /> },
            { head: "Paid", numeric: true, cell: ({ paid }) => <Amount units={paid} /> },
          ]}
        />
      </details>
      {data.rewardsFrom !== null && data.rewardsFrom > 0 && (
        <p class="note">Rewards are known by epoch from epoch {count(data.rewardsFrom)} on.</p>
      )}
    </>
  );
}

const lineOf = (
  name: string,
  colour: "--plot-1" | "--plot-2" | "--plot-3",
  rows: readonly Epoch[],
  of: (row: Epoch) => string,
) => ({
  name,
  colour,
  values: rows.map((row) => approximateTokens(of(row))),
  say: (_value: number, index: number) => {
    const row = rows[index];
    return row === undefined ? "–" : exactAmount(of(row));
  },
});

/** Each epoch with the sums up to it. */
function running(epochs: readonly Epoch[]): Epoch[] {
  const sums = { redeemed: 0n, burned: 0n, rewards: 0n, paid: 0n };
  return epochs.map(({ epoch, ...amounts }) => {
    for (const key of ["redeemed", "burned", "rewards", "paid"] as const)
      sums[key] += BigInt(amounts[key]);
    const { redeemed, burned, rewards, paid } = sums;
    return {
      epoch,
      redeemed: redeemed.toString(),
      burned: burned.toString(),
      rewards: rewards.toString(),
      paid: paid.toString(),
    };
  });
}
