/**
 * Packets of one link that were sent and have no acknowledgement yet. A packet costs one map entry and
 * whatever its `Settle` keeps; the packet itself is gone. Time-outs are kept per frame, since all packets of a
 * frame leave together, and frames leave in order.
 */
import type { Millis } from "../core/units.ts";

/**
 * Why a packet will not be acknowledged. The first six are known at once, the others after it was sent: `passed-over`
 * instead of `timed-out` when the neighbour acknowledged what came after it on the same connection.
 */
export type LinkFailure =
  | "no-channel"
  | "no-credit"
  | "throttled"
  | "not-connected"
  | "peer-full"
  | "no-index"
  | "timed-out"
  | "passed-over"
  | "not-opened";

type SentFailure = "timed-out" | "passed-over" | "not-opened";

/** Whether the packet left this node; of one that did not, the neighbour holds nothing. */
export function wasSent(reason: LinkFailure): reason is SentFailure {
  return reason === "timed-out" || reason === "passed-over" || reason === "not-opened";
}

/** Who wants to know what became of a packet: told once, that it was acknowledged or that it failed. */
export interface Settle {
  /**
   * The neighbour's answer, 32 bytes, a view. Says whether it opens what this packet was sent for; if not,
   * `failed("not-opened")` follows.
   */
  acknowledged(ack: Uint8Array): boolean;
  failed(reason: LinkFailure): void;
}

interface SentFrame {
  readonly deadline: Millis;
  readonly indexes: readonly number[];
}

export class UnresolvedPackets {
  readonly #packets = new Map<number, Settle>();
  #frames: SentFrame[] = [];
  /** Frames before this one are done with. */
  #first = 0;

  get size(): number {
    return this.#packets.size;
  }

  add(indexes: readonly number[], settles: readonly Settle[], deadline: Millis): void {
    indexes.forEach((index, i) => {
      const settle = settles[i];
      if (settle !== undefined) this.#packets.set(index, settle);
    });
    this.#frames.push({ deadline, indexes });
  }

  /** The packet of `index`, which is thereby resolved; undefined for one that is not waited for. */
  take(index: number): Settle | undefined {
    const settle = this.#packets.get(index);
    if (settle !== undefined) this.#packets.delete(index);
    return settle;
  }

  /** Takes every packet whose deadline has passed, in the order of sending. */
  *expire(now: Millis): Generator<readonly [number, Settle]> {
    for (;;) {
      const frame = this.#frames[this.#first];
      if (frame === undefined || frame.deadline > now) break;
      this.#first++;
      for (const index of frame.indexes) {
        const settle = this.take(index);
        if (settle !== undefined) yield [index, settle];
      }
    }
    this.#compact();
  }

  #compact(): void {
    if (this.#first * 2 < this.#frames.length) return;
    this.#frames = this.#frames.slice(this.#first);
    this.#first = 0;
  }
}
