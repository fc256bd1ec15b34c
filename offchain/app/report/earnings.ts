/**
 * Money that this relay got and gave, as the chain's events tell it, and what its transactions cost, as the outbox
 * recorded it from their receipts: the same after any restart.
 */
import type { CostSum } from "../../core/costs.ts";
import { relayPayerId } from "../../core/tickets/index.ts";
import { epochAt } from "../../core/epochs/epochs.ts";
import { epoch as toEpoch, type Amount, type Epoch, type RelayId } from "../../core/units.ts";
import { rewardsByEpoch } from "../../settlement/lottery/statement.ts";
import type { MoneyEvent } from "../../settlement/own-money.ts";
import type { IndexedView } from "../../settlement/view.ts";
import type { Schemas } from "./schemas.ts";

interface Sums {
  readonly redeemed: bigint;
  readonly burned: bigint;
  readonly paid: bigint;
}

const NO_SUMS: Sums = { redeemed: 0n, burned: 0n, paid: 0n };

export interface MoneyBook {
  readonly byEpoch: ReadonlyMap<Epoch, Sums>;
  readonly collected: bigint;
  readonly withdrawn: bigint;
}

export const EMPTY_BOOK: MoneyBook = { byEpoch: new Map(), collected: 0n, withdrawn: 0n };

/** What came in and went out, and what transactions cost by epoch. */
export interface Money {
  readonly book: MoneyBook;
  readonly costs: readonly CostSum[];
}

/**
 * `before`, continued with `events`, which are whole blocks in chain order. What a channel paid is told just before the
 * batch that says for which epoch.
 */
export function moneyBook(
  events: readonly MoneyEvent[],
  view: Pick<IndexedView, "channel">,
  self: RelayId,
  before: MoneyBook = EMPTY_BOOK,
): MoneyBook {
  const byEpoch = new Map(before.byEpoch);
  const add = (epoch: Epoch, more: Partial<Sums>): void => {
    const { redeemed, burned, paid } = byEpoch.get(epoch) ?? NO_SUMS;
    byEpoch.set(epoch, {
      redeemed: redeemed + (more.redeemed ?? 0n),
      burned: burned + (more.burned ?? 0n),
      paid: paid + (more.paid ?? 0n),
    });
  };
  const payer = relayPayerId(self);
  let paid = 0n;
  let { collected, withdrawn } = before;
  for (const event of events)
    switch (event.kind) {
      case "tickets-redeemed":
        if (view.channel(event.channel)?.payer === payer) paid += event.paid;
        break;
      case "batch-redeemed":
        if (paid > 0n) add(event.epoch, { paid });
        paid = 0n;
        if (event.relay === self)
          add(event.epoch, { redeemed: event.credited, burned: event.burned });
        break;
      case "rewards-collected":
      case "rewards-moved":
        if (event.relay === self) collected += event.amount;
        break;
      case "earnings-withdrawn":
        if (event.relay === self) withdrawn += event.amount;
        break;
    }
  return { byEpoch, collected, withdrawn };
}

/** The latest `count` epochs in which there was anything. What a transaction cost before epoch 0 counts into that. */
export function earningsReport(
  { book, costs }: Money,
  view: IndexedView,
  self: RelayId,
  count: number,
): Schemas["Earnings"] {
  const { lottery } = view.params;
  const now = epochAt(view.params, view.chainTime());
  const rewards =
    lottery === undefined || now === undefined
      ? new Map<Epoch, Amount>()
      : rewardsByEpoch(view, lottery, self, now, view.state.booksKept);
  const gas = Map.groupBy(costs, ({ span }) => toEpoch(Math.max(0, span)));
  const epochs = new Set([
    ...book.byEpoch.keys(),
    ...[...rewards].filter(([, reward]) => reward > 0n).map(([epoch]) => epoch),
    ...gas.keys(),
  ]);
  const all = [...book.byEpoch.values()];
  const sum = (of: (sums: Sums) => bigint): string =>
    all.reduce((total, sums) => total + of(sums), 0n).toString();
  return {
    epochs: [...epochs]
      .sort((one, other) => one - other)
      .slice(-count)
      .map((epoch) => {
        const sums = book.byEpoch.get(epoch);
        return {
          epoch,
          redeemed: (sums?.redeemed ?? 0n).toString(),
          burned: (sums?.burned ?? 0n).toString(),
          rewards: (rewards.get(epoch) ?? 0n).toString(),
          paid: (sums?.paid ?? 0n).toString(),
          ...gasPart(gas.get(epoch) ?? []),
        };
      }),
    redeemed: sum(({ redeemed }) => redeemed),
    burned: sum(({ burned }) => burned),
    paid: sum(({ paid }) => paid),
    collected: book.collected.toString(),
    withdrawn: book.withdrawn.toString(),
    ...gasPart(costs),
    rewardsFrom: [...rewards.keys()][0] ?? null,
  };
}

function gasPart(costs: readonly CostSum[]): Pick<Schemas["Earnings"], "coin" | "gas"> {
  const sum = (of: readonly CostSum[], key: "gas" | "coin"): bigint =>
    of.reduce((total, cost) => total + cost[key], 0n);
  const byPurpose = [...Map.groupBy(costs, ({ purpose }) => purpose)]
    .map(([purpose, own]) => ({
      purpose,
      transactions: own.reduce((total, { transactions }) => total + transactions, 0),
      gas: sum(own, "gas"),
      coin: sum(own, "coin"),
    }))
    .sort((one, other) => (one.coin < other.coin ? 1 : -1));
  return {
    coin: sum(costs, "coin").toString(),
    gas: byPurpose.map((cost) => ({
      ...cost,
      gas: cost.gas.toString(),
      coin: cost.coin.toString(),
    })),
  };
}
