/**
 * What a part of the agent would send now, found out by letting it work on stores that keep nothing and with an
 * outbox that sends nothing.
 */
import type { Address } from "../../core/units.ts";
import type { Call } from "../../ports/chain.ts";
import type { Log } from "../../ports/log.ts";
import type { DrawnStore, WinnerStore, WinningTicket } from "../../ports/store.ts";
import type { Intents } from "../../settlement/outbox.ts";
import type { Node } from "../node.ts";

export interface Intended<About> {
  readonly key: string;
  readonly call: Call;
  readonly about: About;
}

/** The same node, which says nothing of what it does not really do. */
export const silent = (node: Node): Node => ({ ...node, log: SILENT });

const nothing = (): void => undefined;
const SILENT: Log = {
  error: nothing,
  warn: nothing,
  info: nothing,
  debug: nothing,
  child: () => SILENT,
};

/** Keeps what is intended, with what `about` says at that moment; of what was sent before, `real` tells. */
export function recordingIntents<About>(
  account: Address,
  real: Pick<Intents, "outcome" | "blockOf" | "firstAttempt">,
  about: () => About,
): Intents & { readonly intended: readonly Intended<About>[] } {
  const intended: Intended<About>[] = [];
  return {
    account,
    intended,
    intend: (key, call) => {
      intended.push({ key, call, about: about() });
      return Promise.resolve(undefined);
    },
    outcome: (key) =>
      intended.some((one) => one.key === key) ? Promise.resolve("pending") : real.outcome(key),
    blockOf: (key) => real.blockOf(key),
    firstAttempt: (name) => real.firstAttempt(name),
  };
}

/** Reads winners, and only remembers which of them were about to be submitted last. */
export class UnchangedWinners implements WinnerStore {
  readonly #winners: WinnerStore;
  #batch: readonly WinningTicket[] = [];

  constructor(winners: WinnerStore) {
    this.#winners = winners;
  }

  get batch(): readonly WinningTicket[] {
    return this.#batch;
  }

  add(): Promise<void> {
    return Promise.resolve();
  }

  list: WinnerStore["list"] = (epoch, states) => this.#winners.list(epoch, states);
  epochs: WinnerStore["epochs"] = (states) => this.#winners.epochs(states);
  reasons: WinnerStore["reasons"] = (state) => this.#winners.reasons(state);
  totals: WinnerStore["totals"] = () => this.#winners.totals();
  sums: WinnerStore["sums"] = (...asked) => this.#winners.sums(...asked);

  mark: WinnerStore["mark"] = (tickets, state) => {
    if (state === "submitted") this.#batch = tickets as readonly WinningTicket[];
    return Promise.resolve();
  };
}

/** The winners of epochs up to `last` alone. */
export const winnersUpTo = (winners: WinnerStore, last: number): WinnerStore => ({
  add: (tickets) => winners.add(tickets),
  list: (epoch, states) => winners.list(epoch, states),
  epochs: async (states) => (await winners.epochs(states)).filter((epoch) => epoch <= last),
  reasons: (state) => winners.reasons(state),
  totals: () => winners.totals(),
  sums: (...asked) => winners.sums(...asked),
  mark: (tickets, state, reason) => winners.mark(tickets, state, reason),
});

/** Of what is still to be submitted `agreed` alone: whatever else is won waits until somebody has agreed to it. */
export function onlyAgreed(winners: WinnerStore, agreed: readonly WinningTicket[]): WinnerStore {
  const names = new Set(agreed.map(nameOf));
  const list: WinnerStore["list"] = async (epoch, states) => {
    const others = states.filter((state) => state !== "won");
    const under = others.length === 0 ? [] : await winners.list(epoch, others);
    if (others.length === states.length) return under;
    const won = await winners.list(epoch, ["won"]);
    return [...under, ...won.filter((ticket) => names.has(nameOf(ticket)))];
  };
  return {
    list,
    add: (tickets) => winners.add(tickets),
    epochs: (states) => winners.epochs(states),
    reasons: (state) => winners.reasons(state),
    totals: () => winners.totals(),
    sums: (...asked) => winners.sums(...asked),
    mark: (tickets, state, reason) => winners.mark(tickets, state, reason),
  };
}

const nameOf = ({ channel, generation, index }: WinningTicket): string =>
  `${channel} ${generation} ${index}`;

/** Reads drawn packets and stores none. */
export const unchangedDrawn = (drawn: DrawnStore): DrawnStore => ({
  list: (first) => drawn.list(first),
  put: () => Promise.resolve(),
  forgetBefore: () => Promise.resolve(),
});
