/**
 * Puts fragments together, whatever order they come in, within stated bounds: a stranger can fill its own
 * share of memory, never more. Time is an argument.
 */
import { sha256 } from "@noble/hashes/sha2.js";

import { bytesToHex, equalBytes } from "../core/bytes.ts";
import type { Millis } from "../core/units.ts";
import { FRAGMENT_DATA, type Fragment, type MissingRange, type Report } from "./messages.ts";

export interface AssemblerLimits {
  /** Largest message, in bytes of all its fragments. */
  readonly maxMessageBytes: number;
  /** Bytes of all unfinished messages together, with 256 bytes of book-keeping a fragment. */
  readonly maxTotalBytes: number;
  /** Unfinished messages at one time. */
  readonly maxUnfinished: number;
  /** A message that got no fragment for so long is forgotten. */
  readonly idle: Millis;
  /** Finished messages whose result is still answered. */
  readonly maxFinished: number;
}

export const DEFAULT_LIMITS: AssemblerLimits = {
  maxMessageBytes: 64 * 2 ** 20,
  maxTotalBytes: 256 * 2 ** 20,
  maxUnfinished: 1_000,
  idle: (10 * 60_000) as Millis,
  maxFinished: 1_000,
};

const FRAGMENT_OVERHEAD = 256;

interface Unfinished {
  readonly total: number;
  readonly fragments: Map<number, Uint8Array>;
  dataBytes: number;
  lastSeen: Millis;
}

interface Finished {
  readonly sha256: Uint8Array;
  readonly total: number;
}

export interface CompleteMessage {
  readonly messageId: Uint8Array;
  readonly bytes: Uint8Array;
}

/** Why a fragment was not taken. */
export type FragmentRefusal = "too-large" | "no-room" | "contradicts-earlier";

export type FragmentOutcome =
  | { readonly outcome: "stored" | "duplicate" }
  | { readonly outcome: "complete"; readonly message: CompleteMessage }
  | { readonly outcome: "refused"; readonly reason: FragmentRefusal };

export class Assembler {
  readonly #limits: AssemblerLimits;
  readonly #unfinished = new Map<string, Unfinished>();
  readonly #finished = new Map<string, Finished>();
  /** Messages that will never be taken, as many as finished ones at most. */
  readonly #tooLarge = new Set<string>();
  #bytes = 0;

  constructor(limits: AssemblerLimits = DEFAULT_LIMITS) {
    this.#limits = limits;
  }

  /** Bytes held for unfinished messages. */
  get heldBytes(): number {
    return this.#bytes;
  }

  accept(fragment: Fragment, now: Millis): FragmentOutcome {
    const id = bytesToHex(fragment.messageId);
    if (this.#finished.has(id)) return { outcome: "duplicate" };
    if (fragment.total * FRAGMENT_DATA > this.#limits.maxMessageBytes + FRAGMENT_DATA) {
      this.#refuseForGood(id);
      return { outcome: "refused", reason: "too-large" };
    }
    this.#forgetIdle(now);

    const known = this.#unfinished.get(id);
    if (known && known.total !== fragment.total)
      return { outcome: "refused", reason: "contradicts-earlier" };
    const earlier = known?.fragments.get(fragment.index);
    if (earlier)
      return equalBytes(earlier, fragment.data)
        ? { outcome: "duplicate" }
        : { outcome: "refused", reason: "contradicts-earlier" };
    const size = fragment.data.length + FRAGMENT_OVERHEAD;
    const noSlot = !known && this.#unfinished.size >= this.#limits.maxUnfinished;
    if (noSlot || this.#bytes + size > this.#limits.maxTotalBytes)
      return { outcome: "refused", reason: "no-room" };

    const message = known ?? this.#begin(id, fragment.total, now);
    message.fragments.set(fragment.index, fragment.data);
    message.dataBytes += fragment.data.length;
    message.lastSeen = now;
    this.#bytes += size;
    return message.fragments.size === message.total
      ? { outcome: "complete", message: this.#finish(id, fragment.messageId, message) }
      : { outcome: "stored" };
  }

  /** What the recipient says about a message when the sender asks. */
  report(messageId: Uint8Array, address: Uint8Array): Report {
    const id = bytesToHex(messageId);
    const base = { kind: "report", messageId, address } as const;
    const finished = this.#finished.get(id);
    if (finished)
      return {
        ...base,
        state: "complete",
        received: finished.total,
        sha256: finished.sha256,
        missing: [],
      };
    const message = this.#unfinished.get(id);
    return {
      ...base,
      state: message ? "incomplete" : this.#tooLarge.has(id) ? "refused" : "unknown",
      received: message?.fragments.size ?? 0,
      sha256: new Uint8Array(32),
      missing: message ? missingRanges(message) : [],
    };
  }

  /** A finished message that could not be kept: it counts as never received. */
  forget(messageId: Uint8Array): void {
    this.#finished.delete(bytesToHex(messageId));
  }

  #refuseForGood(id: string): void {
    this.#tooLarge.add(id);
    const [oldest] = this.#tooLarge;
    if (this.#tooLarge.size > this.#limits.maxFinished && oldest !== undefined)
      this.#tooLarge.delete(oldest);
  }

  #begin(id: string, total: number, now: Millis): Unfinished {
    const message: Unfinished = { total, fragments: new Map(), dataBytes: 0, lastSeen: now };
    this.#unfinished.set(id, message);
    return message;
  }

  #finish(id: string, messageId: Uint8Array, message: Unfinished): CompleteMessage {
    const bytes = new Uint8Array(message.dataBytes);
    let offset = 0;
    for (let index = 0; index < message.total; index++) {
      const data = message.fragments.get(index) ?? new Uint8Array();
      bytes.set(data, offset);
      offset += data.length;
    }
    this.#drop(id, message);
    this.#finished.set(id, { sha256: sha256(bytes), total: message.total });
    const [oldest] = this.#finished.keys();
    if (this.#finished.size > this.#limits.maxFinished && oldest !== undefined)
      this.#finished.delete(oldest);
    return { messageId, bytes };
  }

  #forgetIdle(now: Millis): void {
    for (const [id, message] of this.#unfinished)
      if (now - message.lastSeen > this.#limits.idle) this.#drop(id, message);
  }

  #drop(id: string, message: Unfinished): void {
    this.#unfinished.delete(id);
    this.#bytes -= message.dataBytes + FRAGMENT_OVERHEAD * message.fragments.size;
  }
}

function missingRanges(message: Unfinished): MissingRange[] {
  const ranges: MissingRange[] = [];
  let first = 0;
  while (first < message.total) {
    if (message.fragments.has(first)) {
      first += 1;
      continue;
    }
    let end = first + 1;
    while (end < message.total && !message.fragments.has(end)) end += 1;
    ranges.push({ first, count: end - first });
    first = end;
  }
  return ranges;
}
