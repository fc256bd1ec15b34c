/**
 * Finds, at layer 0, the senders whose puzzles do not open (threat 59). A next relay that withholds
 * acknowledgements hurts every sender alike, a lying sender only itself: so a channel is shut when its
 * unresolved share stands far above that of the other senders through the same next relays, and where
 * there are no others, when it is high at every next relay that it uses.
 */
import { millis } from "../core/units.ts";
import type { ChannelId, Millis, RelayId } from "../core/units.ts";
import type { Clock } from "../ports/clock.ts";
import {
  SENDER_ALONE_OUTCOMES,
  SENDER_ALONE_SHARE,
  SENDER_COMPARISON_OUTCOMES,
  SENDER_JUDGED_EVERY,
  SENDER_SHARE_FACTOR,
  SENDER_SHARE_FLOOR,
  SENDER_SHUT_TIME,
  SENDER_SPAN,
} from "./limits.ts";

class Tally {
  outcomes = 0;
  unresolved = 0;

  add(resolved: boolean): void {
    this.outcomes++;
    this.unresolved += resolved ? 0 : 1;
  }
}

export class SenderPolicing {
  readonly #clock: Clock;
  readonly #shutUntil = new Map<ChannelId, Millis>();
  readonly #senders = new Map<ChannelId, Map<RelayId, Tally>>();
  readonly #relays = new Map<RelayId, Tally>();
  #spanEnds: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#spanEnds = clock.monotonic() + SENDER_SPAN;
  }

  /** Whether frames paid over `channel` are not taken for now. */
  isShut(channel: ChannelId): boolean {
    const until = this.#shutUntil.get(channel);
    if (until === undefined) return false;
    if (until > this.#clock.monotonic()) return true;
    this.#shutUntil.delete(channel);
    return false;
  }

  /** A packet that came over `channel` and went to `next` was resolved, or was not. */
  record(channel: ChannelId, next: RelayId, resolved: boolean): void {
    this.#startSpan();
    let sender = this.#senders.get(channel);
    if (sender === undefined) this.#senders.set(channel, (sender = new Map<RelayId, Tally>()));
    tallyIn(sender, next).add(resolved);
    tallyIn(this.#relays, next).add(resolved);
    let outcomes = 0;
    for (const tally of sender.values()) outcomes += tally.outcomes;
    if (outcomes % SENDER_JUDGED_EVERY === 0 && this.#isLiar(sender))
      this.#shutUntil.set(channel, millis(this.#clock.monotonic() + SENDER_SHUT_TIME));
  }

  #startSpan(): void {
    const now = this.#clock.monotonic();
    if (now < this.#spanEnds) return;
    this.#spanEnds = now + SENDER_SPAN;
    this.#senders.clear();
    this.#relays.clear();
    for (const [channel, until] of this.#shutUntil)
      if (until <= now) this.#shutUntil.delete(channel);
  }

  #isLiar(sender: ReadonlyMap<RelayId, Tally>): boolean {
    let compared = 0;
    let unresolved = 0;
    let allowed = 0;
    let suspect = 0;
    let clean = 0;
    for (const [next, own] of sender) {
      const limit = this.#allowedAt(next, own);
      if (limit !== undefined) {
        compared += own.outcomes;
        unresolved += own.unresolved;
        allowed += limit;
      } else if (own.outcomes < SENDER_ALONE_OUTCOMES) continue;
      if (own.unresolved > (limit ?? SENDER_ALONE_SHARE * own.outcomes)) suspect++;
      else clean++;
    }
    if (compared >= SENDER_JUDGED_EVERY / 2 && unresolved > allowed) return true;
    // One bad next relay explains one high share, not a high one everywhere.
    return suspect > 1 && clean === 0;
  }

  /** Unresolved packets that the other senders' share at `next` lets this one have; undefined without others. */
  #allowedAt(next: RelayId, own: Tally): number | undefined {
    const all = this.#relays.get(next);
    const others = (all?.outcomes ?? 0) - own.outcomes;
    if (all === undefined || others < SENDER_COMPARISON_OUTCOMES) return undefined;
    const share = (all.unresolved - own.unresolved) / others;
    return Math.max(SENDER_SHARE_FLOOR, SENDER_SHARE_FACTOR * share) * own.outcomes;
  }
}

function tallyIn(tallies: Map<RelayId, Tally>, relay: RelayId): Tally {
  let tally = tallies.get(relay);
  if (tally === undefined) tallies.set(relay, (tally = new Tally()));
  return tally;
}
