/** In-memory twin of the winners' table. */
import { WaybillError } from "../../core/errors.ts";
import { amount } from "../../core/units.ts";
import type {
  WinnerKey,
  WinnerReason,
  WinnerState,
  WinnerStore,
  WinningTicket,
} from "../../ports/store.ts";

interface Stored {
  readonly ticket: WinningTicket;
  state: WinnerState;
  reason: string | undefined;
}

export function memoryWinners(alive: () => void): WinnerStore {
  const stored = new Map<string, Stored>();
  const inStates = (states: readonly WinnerState[]): Stored[] =>
    [...stored.values()].filter(({ state }) => states.includes(state));

  return {
    add: async (tickets) => {
      alive();
      tickets.forEach(checkSizes);
      for (const ticket of tickets) {
        const key = keyOf(ticket);
        if (!stored.has(key))
          stored.set(key, { ticket: copy(ticket), state: "won", reason: undefined });
      }
      return Promise.resolve();
    },
    list: async (epoch, states) => {
      alive();
      const found = inStates(states).filter(({ ticket }) => ticket.epoch === epoch);
      return Promise.resolve(found.map(({ ticket }) => copy(ticket)).sort(inOrder));
    },
    epochs: async (states) => {
      alive();
      const epochs = new Set(inStates(states).map(({ ticket }) => ticket.epoch));
      return Promise.resolve([...epochs].sort((a, b) => a - b));
    },
    mark: async (tickets, state, reason) => {
      alive();
      for (const ticket of tickets) {
        const found = stored.get(keyOf(ticket));
        if (found !== undefined) Object.assign(found, { state, reason });
      }
      return Promise.resolve();
    },
    sums: async (first) => {
      alive();
      const found = [...stored.values()].filter(({ ticket }) => ticket.epoch >= first);
      const sums = [
        ...Map.groupBy(found, ({ ticket, state }) => `${ticket.epoch} ${state}`).values(),
      ].flatMap((same) =>
        same.slice(0, 1).map(({ ticket, state }) => ({
          epoch: ticket.epoch,
          state,
          count: same.length,
          amount: amount(same.reduce((sum, one) => sum + one.ticket.amount, 0n)),
        })),
      );
      return Promise.resolve(
        sums.sort((a, b) => a.epoch - b.epoch || (a.state < b.state ? -1 : 1)),
      );
    },
    reasons: async (state) => {
      alive();
      const counts = new Map<string, number>();
      for (const { reason } of inStates([state]))
        if (reason !== undefined) counts.set(reason, (counts.get(reason) ?? 0) + 1);
      const reasons = [...counts].map(([reason, count]): WinnerReason => ({ reason, count }));
      return Promise.resolve(reasons.sort((a, b) => (a.reason < b.reason ? -1 : 1)));
    },
    totals: async () => {
      alive();
      const total = (state: WinnerState) => {
        const found = inStates([state]);
        const sum = found.reduce((all, { ticket }) => all + ticket.amount, 0n);
        return { count: found.length, amount: amount(sum) };
      };
      return Promise.resolve({
        won: total("won"),
        submitted: total("submitted"),
        redeemed: total("redeemed"),
        rejected: total("rejected"),
        expired: total("expired"),
      });
    },
  };
}

function keyOf({ channel, generation, index }: WinnerKey): string {
  return `${channel}:${generation}:${index}`;
}

function inOrder(a: WinningTicket, b: WinningTicket): number {
  if (a.channel !== b.channel) return a.channel < b.channel ? -1 : 1;
  return a.generation - b.generation || a.index - b.index;
}

/** The bytes may be views into a buffer that its owner reuses. */
function copy(ticket: WinningTicket): WinningTicket {
  return {
    ...ticket,
    response: ticket.response.slice(),
    signature: ticket.signature.slice(),
    proof: ticket.proof.map((hash) => hash.slice()),
  };
}

function checkSizes({ response, signature, proof }: WinningTicket): void {
  const right =
    response.length === 32 && signature.length === 64 && proof.every((hash) => hash.length === 32);
  if (right) return;
  throw new WaybillError("STORE_BAD_INPUT", {
    what: "bytes of a winning ticket",
    allowed: "a response of 32, a signature of 64, sibling hashes of 32 bytes",
  });
}
