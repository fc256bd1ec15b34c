/** What a node's transactions cost in the chain's coin, and what they are for. */
import type { Seconds } from "./units.ts";

/** What a transaction that is in a block cost, whether it did what it was for or failed. */
export interface TransactionCost {
  /** Time of its block. */
  readonly at: Seconds;
  /** Units of gas that it used. */
  readonly gas: bigint;
  /** What they cost together, in wei. */
  readonly coin: bigint;
}

/** What the transactions for one purpose cost in one span of time. */
export interface CostSum {
  /** The number of the span; negative for what came before the first one. */
  readonly span: number;
  readonly purpose: Purpose;
  readonly transactions: number;
  readonly gas: bigint;
  /** Wei. */
  readonly coin: bigint;
}

export const PURPOSES = [
  "redeem",
  "commit",
  "claim",
  "collect",
  "beacon",
  "misses",
  "channels",
  "announce",
  "packet-key",
  "membership",
  "other",
] as const;
export type Purpose = (typeof PURPOSES)[number];

/** By the first word of the intents' keys. */
const OF_WORD: Readonly<Record<string, Purpose>> = {
  redeem: "redeem",
  commit: "commit",
  claim: "claim",
  collect: "collect",
  beacon: "beacon",
  misses: "misses",
  channel: "channels",
  open: "channels",
  fund: "channels",
  "fund-from-earnings": "channels",
  approve: "channels",
  close: "channels",
  finalise: "channels",
  refund: "channels",
  announce: "announce",
  "packet-key": "packet-key",
  rotate: "packet-key",
  join: "membership",
  allowance: "membership",
  leave: "membership",
  return: "membership",
  bond: "membership",
  withdraw: "membership",
  vote: "membership",
};

/** The first word of an outbox key such as "0xaccount/redeem:12:0". */
export const wordOf = (key: string): string =>
  key.slice(key.indexOf("/") + 1).split(":", 1)[0] ?? "";

/** "other" for what nothing here has a name for, such as filling an unused nonce. */
export const purposeOf = (word: string): Purpose =>
  Object.hasOwn(OF_WORD, word) ? (OF_WORD[word] ?? "other") : "other";

/** By purpose and by span of `length` seconds after `start`, ascending by span and then by the purpose's name. */
export function sumCosts(
  costs: Iterable<TransactionCost & { readonly word: string }>,
  start: Seconds,
  length: number,
): readonly CostSum[] {
  const sums = new Map<string, CostSum>();
  for (const { word, at, gas, coin } of costs) {
    const span = Math.floor((at - start) / length);
    const purpose = purposeOf(word);
    const key = `${span} ${purpose}`;
    const sum = sums.get(key) ?? { span, purpose, transactions: 0, gas: 0n, coin: 0n };
    sums.set(key, {
      ...{ span, purpose, transactions: sum.transactions + 1 },
      gas: sum.gas + gas,
      coin: sum.coin + coin,
    });
  }
  return [...sums.values()].sort(
    (one, other) => one.span - other.span || (one.purpose < other.purpose ? -1 : 1),
  );
}
