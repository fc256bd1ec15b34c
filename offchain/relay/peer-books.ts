/** What a relay remembers of each connected peer: how fast it may bring packets, and how many are in hand. */
import { millis } from "../core/units.ts";
import type { Millis, PeerId } from "../core/units.ts";
import { UNRESOLVED_LIMIT } from "../link/limits.ts";
import { TokenBucket } from "../core/requests/token-bucket.ts";
import type { Clock } from "../ports/clock.ts";
import {
  BANNED_PEERS_LIMIT,
  FAULT_BAN,
  STRANGERS_PACKETS_PER_SECOND,
  STRANGERS_PACKET_BURST,
  STRANGER_PACKETS_PER_SECOND,
  STRANGER_PACKET_BURST,
  STRAY_ACKS_PER_SECOND,
  STRAY_ACK_BURST,
} from "./limits.ts";

/** Packets a second and at once that one peer may bring. */
export interface PeerRate {
  readonly perSecond: number;
  readonly burst: number;
}

interface PeerBook {
  readonly packets: TokenBucket;
  /** For what a stranger brings that nobody pays. */
  readonly unpaid: TokenBucket;
  readonly strayAcks: TokenBucket;
  /** Packets taken in and neither acknowledged nor dropped yet. */
  inHand: number;
  /** Disconnected with packets in hand: forgotten with the last of them, unless it comes back before. */
  gone: boolean;
}

export class PeerBooks {
  readonly #clock: Clock;
  readonly #rate: PeerRate;
  readonly #books = new Map<PeerId, PeerBook>();
  readonly #bannedUntil = new Map<PeerId, Millis>();
  readonly #strangers: TokenBucket;

  constructor(clock: Clock, rate: PeerRate) {
    this.#clock = clock;
    this.#rate = rate;
    this.#strangers = new TokenBucket(
      STRANGERS_PACKETS_PER_SECOND,
      STRANGERS_PACKET_BURST,
      clock.monotonic(),
    );
  }

  /**
   * Takes `count` packets into hand, or says which limit they pass. `unpaid`: the peer is a stranger, and nobody
   * pays for them; then all strangers share a rate.
   */
  take(peer: PeerId, count: number, unpaid = false): "rate" | "credit" | undefined {
    const now = this.#clock.monotonic();
    const book = this.#book(peer);
    if (book.inHand + count > UNRESOLVED_LIMIT) return "credit";
    const within = unpaid
      ? book.unpaid.take(count, now) && this.#strangers.take(count, now)
      : book.packets.take(count, now);
    if (!within) return "rate";
    book.inHand += count;
    return undefined;
  }

  /** `count` packets of the peer are acknowledged or dropped. */
  done(peer: PeerId, count: number): void {
    const book = this.#books.get(peer);
    if (book === undefined) return;
    book.inHand -= count;
    if (book.gone && book.inHand === 0) this.#books.delete(peer);
  }

  /** Whether the peer should be read from more slowly: more than half of its credit is in hand. */
  isBusy(peer: PeerId): boolean {
    return (this.#books.get(peer)?.inHand ?? 0) > UNRESOLVED_LIMIT / 2;
  }

  /** False when the peer has sent more stray acknowledgements than late ones explain. */
  allowStrayAcks(peer: PeerId, count: number): boolean {
    return this.#book(peer).strayAcks.take(count, this.#clock.monotonic());
  }

  ban(peer: PeerId): void {
    this.#bannedUntil.delete(peer);
    this.#bannedUntil.set(peer, millis(this.#clock.monotonic() + FAULT_BAN));
    if (this.#bannedUntil.size <= BANNED_PEERS_LIMIT) return;
    const [oldest] = this.#bannedUntil.keys();
    if (oldest !== undefined) this.#bannedUntil.delete(oldest);
  }

  isBanned(peer: PeerId): boolean {
    const until = this.#bannedUntil.get(peer);
    if (until === undefined) return false;
    if (until > this.#clock.monotonic()) return true;
    this.#bannedUntil.delete(peer);
    return false;
  }

  /** The peer is gone. Its rate is kept while it has packets in hand, so that reconnecting gains nothing. */
  forget(peer: PeerId): void {
    const book = this.#books.get(peer);
    if (book === undefined) return;
    book.gone = true;
    if (book.inHand === 0) this.#books.delete(peer);
  }

  /** Peers that are remembered, bans aside. */
  get size(): number {
    return this.#books.size;
  }

  #book(peer: PeerId): PeerBook {
    let book = this.#books.get(peer);
    if (book === undefined) {
      const now = this.#clock.monotonic();
      book = {
        packets: new TokenBucket(this.#rate.perSecond, this.#rate.burst, now),
        unpaid: new TokenBucket(STRANGER_PACKETS_PER_SECOND, STRANGER_PACKET_BURST, now),
        strayAcks: new TokenBucket(STRAY_ACKS_PER_SECOND, STRAY_ACK_BURST, now),
        inHand: 0,
        gone: false,
      };
      this.#books.set(peer, book);
    }
    book.gone = false;
    return book;
  }
}
