/**
 * The recipient's side of messages: fragments into the assembler, questions answered through the reply
 * blocks they bring (the recipient pays for its answers).
 */
import type { Clock } from "../ports/clock.ts";
import { encodeAddressBytes } from "./address.ts";
import {
  Assembler,
  DEFAULT_LIMITS,
  type AssemblerLimits,
  type CompleteMessage,
  type FragmentRefusal,
} from "./assembler.ts";
import type { Courier } from "./courier.ts";
import { hasCode } from "../core/errors.ts";
import { millis, type Millis } from "../core/units.ts";
import { decodeMessage, encodeMessage, type Query } from "./messages.ts";

/** Answers cost tickets and anyone can ask: at most this many a minute. */
export const MAX_ANSWERS_PER_MINUTE = 240;
const MINUTE = millis(60_000);

/** Counters of a recipient; a closed list. */
export interface ReceiveCounts {
  fragments: number;
  duplicates: number;
  malformed: number;
  answers: number;
  /** Questions beyond MAX_ANSWERS_PER_MINUTE. */
  unanswered: number;
  /** Whole messages that could not be kept. */
  unkept: number;
  refused: Record<FragmentRefusal, number>;
}

export class MessageReceiver {
  readonly counts: ReceiveCounts = {
    fragments: 0,
    duplicates: 0,
    malformed: 0,
    answers: 0,
    unanswered: 0,
    unkept: 0,
    refused: { "too-large": 0, "no-room": 0, "contradicts-earlier": 0 },
  };
  readonly #courier: Courier;
  readonly #clock: Clock;
  readonly #assembler: Assembler;
  #minuteStart: Millis = millis(0);
  #answersThisMinute = 0;
  readonly #keep: (message: CompleteMessage) => boolean;

  /** `keep` answers whether the message is in safe hands; until then it counts as not received. */
  constructor(
    courier: Courier,
    clock: Clock,
    keep: (message: CompleteMessage) => boolean,
    limits: AssemblerLimits = DEFAULT_LIMITS,
  ) {
    this.#courier = courier;
    this.#clock = clock;
    this.#keep = keep;
    this.#assembler = new Assembler(limits);
  }

  /** Takes the payload of one delivered packet; never throws for what a stranger sent. */
  handle(payload: Uint8Array): void {
    const message = decodeMessage(payload);
    if (message === undefined || message.kind === "report") {
      this.counts.malformed += 1;
      return;
    }
    if (message.kind === "query") {
      this.#answer(message);
      return;
    }
    const result = this.#assembler.accept(message, this.#clock.monotonic());
    if (result.outcome === "refused") this.counts.refused[result.reason] += 1;
    else if (result.outcome === "duplicate") this.counts.duplicates += 1;
    else this.counts.fragments += 1;
    if (result.outcome === "complete") this.#hand(result.message);
  }

  /** Nobody is told that a message arrived which could not be kept. */
  #hand(message: CompleteMessage): void {
    if (this.#keep(message)) return;
    this.counts.unkept += 1;
    this.#assembler.forget(message.messageId);
  }

  #answer(query: Query): void {
    const report = encodeMessage(this.#assembler.report(query.messageId, this.#ownAddress()));
    for (const surb of query.surbs) {
      if (!this.#mayAnswer()) {
        this.counts.unanswered += 1;
        continue;
      }
      this.counts.answers += 1;
      void this.#courier.reply(surb, report);
    }
  }

  /** Empty at an era change, before a relay of the new last layer is reached: the asker keeps the one it has. */
  #ownAddress(): Uint8Array {
    try {
      return encodeAddressBytes(this.#courier.address());
    } catch (error) {
      if (hasCode(error, "ERA_WITHOUT_LAYERS") || hasCode(error, "ADDRESS_INVALID"))
        return new Uint8Array(0);
      throw error;
    }
  }

  #mayAnswer(): boolean {
    const now = this.#clock.monotonic();
    if (now - this.#minuteStart >= MINUTE) {
      this.#minuteStart = now;
      this.#answersThisMinute = 0;
    }
    this.#answersThisMinute += 1;
    return this.#answersThisMinute <= MAX_ANSWERS_PER_MINUTE;
  }
}
