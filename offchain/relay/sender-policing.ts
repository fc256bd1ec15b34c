/**
 * Finds, at layer 0, the senders whose puzzles do not open (threat 59). A next relay that withholds
 * acknowledgements hurts every sender alike, a lying sender only itself: so a channel is shut when its
 * unresolved share stands far above that of the other senders through the same next relays, and where
 * there are no others, when it is high at every next relay that it uses. An honest sender that meets a bad
 * moment of the next relays looks the same, once: so the first time is short, and each further one longer.
 */
import { millis } from "../core/units.ts";
import type { ChannelId, Millis, RelayId } from "../core/units.ts";
import type { Clock } from "../ports/clock.ts";
import {
  SENDER_ALONE_OUTCOMES,
  SENDER_ALONE_SHARE,
  SENDER_COMPARISON_OUTCOMES,
  SENDER_FIRST_SHUT_TIME,
  SENDER_JUDGED_EVERY,
  SENDER_LONGEST_SHUT_TIME,
  SENDER_SHARE_FACTOR,
  SENDER_SHARE_FLOOR,
  SENDER_SPAN,
} from "./limits.ts";

class Tally {
  outcomes: number;
  unresolved: number;

  constructor(outcomes = 0, unresolved = 0) {
    this.outcomes = outcomes;
    this.unresolved = unresolved;
  }

  add(resolved: boolean): void {
    this.outcomes++;
    this.unresolved += resolved ? 0 : 1;
  }

  minus(other: Tally): Tally {
    return new Tally(this.outcomes - other.outcomes, this.unresolved - other.unresolved);
  }
}

/** All packets that went to one next relay. */
interface Relay {
  readonly all: Tally;
  /** What `all` was when the running span began. */
  before: Tally;
}

/** A sender's packets to one next relay. */
interface Through {
  readonly own: Tally;
  /** What that relay's tally was at the start of the span in which this one's began. */
  readonly before: Tally;
}

/** The last time that a channel was shut. */
interface Shut {
  readonly until: Millis;
  readonly span: Millis;
}

export class SenderPolicing {
  readonly #clock: Clock;
  readonly #shut = new Map<ChannelId, Shut>();
  readonly #senders = new Map<ChannelId, Map<RelayId, Through>>();
  readonly #relays = new Map<RelayId, Relay>();
  #spanEnds: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#spanEnds = clock.monotonic() + SENDER_SPAN;
  }

  /** Whether frames paid over `channel` are not taken for now. */
  isShut(channel: ChannelId): boolean {
    const shut = this.#shut.get(channel);
    return shut !== undefined && shut.until > this.#clock.monotonic();
  }

  /** A packet that came over `channel` and went to `next` was resolved, or was not though `next` was there. */
  record(channel: ChannelId, next: RelayId, resolved: boolean): void {
    this.#startSpan();
    // It was under way before, and is part of what the channel was shut for.
    if (this.isShut(channel)) return;
    const relay = entry(this.#relays, next, () => ({ all: new Tally(), before: new Tally() }));
    const sender = entry(this.#senders, channel, () => new Map<RelayId, Through>());
    const { before } = relay;
    entry(sender, next, () => ({ own: new Tally(), before })).own.add(resolved);
    relay.all.add(resolved);
    if (outcomesOf(sender) % SENDER_JUDGED_EVERY === 0 && this.#isLiar(sender))
      this.#shutOut(channel);
  }

  #shutOut(channel: ChannelId): void {
    const before = this.#shut.get(channel);
    const span =
      before === undefined
        ? SENDER_FIRST_SHUT_TIME
        : millis(Math.min(2 * before.span, SENDER_LONGEST_SHUT_TIME));
    this.#shut.set(channel, { until: millis(this.#clock.monotonic() + span), span });
    this.#senders.delete(channel);
  }

  /** Those that were judged start anew. The others go on: whoever lies slowly would never be judged else. */
  #startSpan(): void {
    const now = this.#clock.monotonic();
    if (now < this.#spanEnds) return;
    this.#spanEnds = now + SENDER_SPAN;
    for (const [channel, sender] of this.#senders)
      if (outcomesOf(sender) >= SENDER_JUDGED_EVERY) this.#senders.delete(channel);
    for (const relay of this.#relays.values())
      relay.before = new Tally(relay.all.outcomes, relay.all.unresolved);
    for (const [channel, { until }] of this.#shut)
      if (until + SENDER_LONGEST_SHUT_TIME <= now) this.#shut.delete(channel);
  }

  #isLiar(sender: ReadonlyMap<RelayId, Through>): boolean {
    let compared = 0;
    let unresolved = 0;
    let allowed = 0;
    let suspect = 0;
    let clean = 0;
    for (const [next, through] of sender) {
      const { own } = through;
      const limit = this.#allowedAt(next, through);
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
  #allowedAt(next: RelayId, { own, before }: Through): number | undefined {
    const others = this.#relays.get(next)?.all.minus(before).minus(own);
    if (others === undefined || others.outcomes < SENDER_COMPARISON_OUTCOMES) return undefined;
    const share = others.unresolved / others.outcomes;
    return Math.max(SENDER_SHARE_FLOOR, SENDER_SHARE_FACTOR * share) * own.outcomes;
  }
}

function outcomesOf(sender: ReadonlyMap<RelayId, Through>): number {
  let outcomes = 0;
  for (const { own } of sender.values()) outcomes += own.outcomes;
  return outcomes;
}

function entry<Key, Value>(entries: Map<Key, Value>, key: Key, made: () => Value): Value {
  let value = entries.get(key);
  if (value === undefined) entries.set(key, (value = made()));
  return value;
}
