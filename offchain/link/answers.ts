/**
 * What a neighbour's acknowledgements say beyond the packets that they are for. Frames arrive in the order in which
 * they left while a connection holds: a packet that stays unacknowledged though a later one was acknowledged has
 * arrived, and was passed over. With no acknowledgement after it, the neighbour or the line may have been gone.
 */
import { millis } from "../core/units.ts";
import type { Millis } from "../core/units.ts";
import { SILENCE_REMEMBERED, SILENT_AFTER } from "./limits.ts";

export class Answers {
  /** Indexes ascend on a link: the highest that was sent, that was acknowledged, and that a connection ended after. */
  #sent = -1;
  #acknowledged = -1;
  #cut = -1;
  /** When the first packet left after the latest acknowledgement. */
  #waitingSince: Millis | undefined;
  #silentUntil: Millis = millis(0);

  /** A frame left whose last index this is. */
  sent(last: number, now: Millis): void {
    this.#sent = last;
    this.#waitingSince ??= now;
  }

  /** The packet of `index` was waited for, and answered, rightly or wrongly. */
  acknowledged(index: number): void {
    this.#acknowledged = Math.max(this.#acknowledged, index);
    this.#waitingSince = undefined;
    this.#silentUntil = millis(0);
  }

  /** The connection ended: what was under way may be lost, whatever is acknowledged on the next one. */
  disconnected(): void {
    this.#cut = this.#sent;
    this.#waitingSince = undefined;
  }

  /** Whether a later packet on the connection of this one was acknowledged. */
  passedOver(index: number): boolean {
    return index > this.#cut && index < this.#acknowledged;
  }

  /** Notes a silence; has to be called often while packets are unacknowledged. */
  look(now: Millis): void {
    if (this.#waitingSince === undefined || now - this.#waitingSince <= SILENT_AFTER) return;
    this.#waitingSince = undefined;
    this.#silentUntil = millis(now + SILENCE_REMEMBERED);
  }

  /** Whether the neighbour was silent lately and has acknowledged nothing since. */
  isSilent(now: Millis): boolean {
    return now < this.#silentUntil;
  }
}
