/**
 * What a part of the agent would send now, found out by letting it work on stores that keep nothing and with an
 * outbox that sends nothing.
 */
import type { Address, Epoch } from "../../core/units.ts";
import type { Call } from "../../ports/chain.ts";
import type { DrawnStore, WinnerState, WinnerStore, WinningTicket } from "../../ports/store.ts";
import type { Intents } from "../../settlement/outbox.ts";
import { changedWinners, nameOf } from "../../settlement/winners.ts";
import { SILENT, type IdleOutbox } from "../idle.ts";
import type { Node } from "../node.ts";

export interface Intended<About> {
  readonly key: string;
  readonly call: Call;
  readonly about: About;
}

/** The same node, which says nothing of what it does not really do. */
export const silent = (node: Node): Node => ({ ...node, log: SILENT });

/** Keeps what is intended, with what `about` says at that moment; of what was sent before, `real` tells. */
export function recordingIntents<About>(
  account: Address,
  real: IdleOutbox,
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

/** What is given up of winners, and why. */
export interface GivenUp {
  readonly tickets: readonly WinningTicket[];
  readonly state: WinnerState;
  readonly reason: string | undefined;
}

const ALL_STATES: readonly WinnerState[] = ["won", "submitted", "redeemed", "rejected", "expired"];

/** Winners whose states change here alone: what is marked is remembered, and the store keeps what it had. */
export class RehearsedWinners {
  readonly store: WinnerStore;
  /** What nobody will ever be paid for, in the order in which that was found. */
  readonly givenUp: GivenUp[] = [];
  readonly #moved = new Map<string, { readonly epoch: Epoch; readonly state: WinnerState }>();
  #batch: readonly WinningTicket[] = [];

  constructor(winners: WinnerStore) {
    this.store = changedWinners(winners, {
      add: () => Promise.resolve(),
      list: async (epoch, states) => {
        const stored = new Set((await winners.list(epoch, states)).map(nameOf));
        return (await winners.list(epoch, ALL_STATES)).filter((ticket) => {
          const moved = this.#moved.get(nameOf(ticket));
          return moved === undefined ? stored.has(nameOf(ticket)) : states.includes(moved.state);
        });
      },
      epochs: async (states) => {
        const epochs = new Set(await winners.epochs(states));
        for (const { epoch, state } of this.#moved.values())
          if (states.includes(state)) epochs.add(epoch);
        return [...epochs].sort((a, b) => a - b);
      },
      mark: (keys, state, reason) => {
        // The redeemer marks winners as it has got them from here.
        const tickets = keys as readonly WinningTicket[];
        for (const ticket of tickets)
          this.#moved.set(nameOf(ticket), { epoch: ticket.epoch, state });
        if (state === "submitted") this.#batch = tickets;
        if (state === "rejected" || state === "expired")
          this.givenUp.push({ tickets, state, reason });
        return Promise.resolve();
      },
    });
  }

  /** Those that were about to be submitted last. */
  get batch(): readonly WinningTicket[] {
    return this.#batch;
  }
}

/** Reads drawn packets and stores none. */
export const unchangedDrawn = (drawn: DrawnStore): DrawnStore => ({
  list: (first) => drawn.list(first),
  put: () => Promise.resolve(),
  forgetBefore: () => Promise.resolve(),
});
