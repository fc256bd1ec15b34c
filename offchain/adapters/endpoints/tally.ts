/** Whether answers of several endpoints to the same question go together. */
import type { Agreement } from "../../ports/chain.ts";

export interface Vote<T> {
  readonly place: number;
  /** Undefined: it has not come far enough to tell. */
  readonly value: T | undefined;
}

export interface Tally<T> {
  readonly agreement: Agreement<T>;
  /** How many could tell. */
  readonly told: number;
  /** Places that contradict most of the others. */
  readonly apart: readonly number[];
}

/**
 * `votes`: the first one is of the endpoint in use. More than half of those that can tell must say the same; with two
 * of them that contradict each other nobody knows which is wrong.
 */
export function tally<T>(votes: readonly Vote<T>[]): Tally<T> {
  const told = votes.filter(({ value }) => value !== undefined);
  const groups = [...Map.groupBy(told, ({ value }) => textOf(value)).values()];
  const largest = groups.toSorted((a, b) => b.length - a.length)[0] ?? [];
  if (groups.length > 1 && largest.length * 2 <= told.length)
    return { agreement: { state: "disputed" }, told: told.length, apart: [] };
  const apart = told.filter((vote) => !largest.includes(vote)).map(({ place }) => place);
  const [first] = votes;
  const value = first?.value;
  const isSure =
    value !== undefined && largest.some((vote) => vote === first) && told.length === votes.length;
  const agreement: Agreement<T> = isSure ? { state: "agreed", value } : { state: "unknown" };
  return { agreement, told: told.length, apart };
}

const textOf = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) => (typeof part === "bigint" ? `${part}n` : part));
