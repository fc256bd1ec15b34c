/** Money that this relay got and gave, as the chain's events tell it: the same after any restart. */
import { relayPayerId } from "../../core/tickets/index.ts";
import { epochAt } from "../../core/epochs/epochs.ts";
import type { Epoch, RelayId } from "../../core/units.ts";
import type { ChainEvent } from "../../ports/events.ts";
import type { ChainStore } from "../../ports/store.ts";
import { statements } from "../../settlement/lottery/statement.ts";
import { fromStored } from "../../settlement/records.ts";
import type { IndexedView } from "../../settlement/view.ts";
import type { Schemas } from "./schemas.ts";

const EVENTS = [
  "batch-redeemed",
  "tickets-redeemed",
  "rewards-collected",
  "rewards-moved",
  "earnings-withdrawn",
] as const;

export type MoneyEvent = Extract<ChainEvent, { readonly kind: (typeof EVENTS)[number] }>;

interface Sums {
  redeemed: bigint;
  burned: bigint;
  paid: bigint;
}

export interface MoneyBook {
  readonly byEpoch: ReadonlyMap<Epoch, Sums>;
  readonly collected: bigint;
  readonly withdrawn: bigint;
}

export async function readMoney(
  store: Pick<ChainStore, "events">,
  view: IndexedView,
  self: RelayId,
): Promise<MoneyBook> {
  const records = (await store.events(EVENTS)).map(fromStored);
  return moneyBook(
    records.map(({ event }) => event as MoneyEvent),
    view,
    self,
  );
}

/** `events` in chain order. What a channel paid is told just before the batch that says for which epoch. */
export function moneyBook(
  events: readonly MoneyEvent[],
  view: Pick<IndexedView, "channel">,
  self: RelayId,
): MoneyBook {
  const byEpoch = new Map<Epoch, Sums>();
  const of = (epoch: Epoch): Sums => {
    const known = byEpoch.get(epoch) ?? { redeemed: 0n, burned: 0n, paid: 0n };
    byEpoch.set(epoch, known);
    return known;
  };
  const payer = relayPayerId(self);
  let paid = 0n;
  let collected = 0n;
  let withdrawn = 0n;
  for (const event of events)
    switch (event.kind) {
      case "tickets-redeemed":
        if (view.channel(event.channel)?.payer === payer) paid += event.paid;
        break;
      case "batch-redeemed":
        if (paid > 0n) of(event.epoch).paid += paid;
        paid = 0n;
        if (event.relay !== self) break;
        of(event.epoch).redeemed += event.credited;
        of(event.epoch).burned += event.burned;
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

/** The latest `count` epochs in which there was anything. */
export function earningsReport(
  book: MoneyBook,
  view: IndexedView,
  self: RelayId,
  count: number,
): Schemas["Earnings"] {
  const { lottery } = view.params;
  const now = epochAt(view.params, view.chainTime());
  const told =
    lottery === undefined || now === undefined
      ? []
      : statements(view, lottery, self, now, view.state.booksKept);
  const rewards = new Map(told.map(({ epoch, reward }) => [epoch, reward]));
  const epochs = new Set([
    ...book.byEpoch.keys(),
    ...told.filter(({ reward }) => reward > 0n).map(({ epoch }) => epoch),
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
        };
      }),
    redeemed: sum(({ redeemed }) => redeemed),
    burned: sum(({ burned }) => burned),
    paid: sum(({ paid }) => paid),
    collected: book.collected.toString(),
    withdrawn: book.withdrawn.toString(),
    rewardsFrom: told[0]?.epoch ?? null,
  };
}
