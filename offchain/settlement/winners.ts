/** Stores of winners that show a part of another one, or show it otherwise. */
import type { Epoch } from "../core/units.ts";
import type { WinnerStore, WinningTicket } from "../ports/store.ts";

/** The winners in `store`, with what `change` does in another way. */
export const changedWinners = (store: WinnerStore, change: Partial<WinnerStore>): WinnerStore => ({
  add: (tickets) => store.add(tickets),
  list: (epoch, states) => store.list(epoch, states),
  epochs: (states) => store.epochs(states),
  mark: (tickets, state, reason) => store.mark(tickets, state, reason),
  sums: (first) => store.sums(first),
  reasons: (state) => store.reasons(state),
  totals: () => store.totals(),
  ...change,
});

/** The winners of epochs up to `last` alone. */
export const winnersUpTo = (store: WinnerStore, last: number): WinnerStore =>
  changedWinners(store, {
    epochs: async (states) => (await store.epochs(states)).filter((epoch) => epoch <= last),
  });

/**
 * Of what is still to be submitted `agreed` alone: whatever else is won waits until somebody has agreed to it. So does
 * what would void it, which is all that comes after it in its channel.
 */
export function onlyAgreed(store: WinnerStore, agreed: readonly WinningTicket[]): WinnerStore {
  const names = new Set(agreed.map(nameOf));

  /** The lowest index of each channel that nobody has agreed to, up to an epoch. */
  async function unasked(last: Epoch): Promise<ReadonlyMap<string, number>> {
    const lowest = new Map<string, number>();
    for (const epoch of await store.epochs(["won"])) {
      if (epoch > last) break;
      for (const ticket of await store.list(epoch, ["won"])) {
        if (names.has(nameOf(ticket))) continue;
        const at = lowest.get(channelOf(ticket)) ?? Infinity;
        lowest.set(channelOf(ticket), Math.min(at, ticket.index));
      }
    }
    return lowest;
  }

  return changedWinners(store, {
    async list(epoch, states) {
      const others = states.filter((state) => state !== "won");
      const under = others.length === 0 ? [] : await store.list(epoch, others);
      if (others.length === states.length) return under;
      const lowest = await unasked(epoch);
      const won = (await store.list(epoch, ["won"])).filter(
        (ticket) =>
          names.has(nameOf(ticket)) && ticket.index < (lowest.get(channelOf(ticket)) ?? Infinity),
      );
      return [...under, ...won];
    },
  });
}

const channelOf = ({ channel, generation }: WinningTicket): string => `${channel} ${generation}`;

/** One text for each winner. */
export const nameOf = (ticket: WinningTicket): string => `${channelOf(ticket)} ${ticket.index}`;

/** All together, before the burn share. */
export const worthOf = (tickets: readonly Pick<WinningTicket, "amount">[]): bigint =>
  tickets.reduce((total, { amount }) => total + amount, 0n);
