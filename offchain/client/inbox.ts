/**
 * Packets delivered to this node: unwrap, replay check, durable tag, acknowledgement, then the content. The
 * same order as at a relay, so that the last relay is paid for what was really taken.
 */
import type { CurveBackend } from "../core/crypto/index.ts";
import { bytesToHex } from "../core/bytes.ts";
import { unwrap, type MessageStep, type ReplyStep } from "../core/sphinx/index.ts";
import type { PeerId } from "../core/units.ts";
import type { DeliveryFrame } from "../core/wire/frames.ts";
import type { Acceptance } from "../link/acceptance.ts";

export interface InboxHandlers {
  message(data: Uint8Array): void;
  reply(replyId: string, payload: Uint8Array): void;
}

/** Counters of an inbox; a closed list. */
export interface InboxCounts {
  delivered: number;
  damaged: number;
  replayed: number;
  dropped: number;
}

interface Parts {
  readonly backend: CurveBackend;
  /** 32-byte secret of this node's packets. */
  readonly packetSecret: Uint8Array;
  readonly acceptance: Acceptance;
}

interface Opened {
  readonly step: MessageStep | ReplyStep;
  /** Delivery sequence. */
  readonly index: number;
}

export class Inbox {
  readonly counts: InboxCounts = { delivered: 0, damaged: 0, replayed: 0, dropped: 0 };
  readonly #parts: Parts;
  readonly #handlers: InboxHandlers;

  constructor(parts: Parts, handlers: InboxHandlers) {
    this.#parts = parts;
    this.#handlers = handlers;
  }

  /** Takes one delivery frame of `peer`; resolves when its tags are durable and its packets handed on. */
  async take(peer: PeerId, frame: DeliveryFrame): Promise<void> {
    const opened = this.#open(frame);
    const fresh = await this.#parts.acceptance.accept(peer, opened);
    this.counts.replayed += opened.length - fresh.length;
    for (const { step } of fresh) this.#hand(step);
  }

  #open(frame: DeliveryFrame): readonly Opened[] {
    const { backend, packetSecret } = this.#parts;
    const opened: Opened[] = [];
    frame.packets.forEach((packet, i) => {
      const index = frame.sequences[i];
      const step = unwrap(backend, packetSecret, packet);
      if (index !== undefined && (step.kind === "message" || step.kind === "reply"))
        opened.push({ step, index });
      else this.counts.dropped += 1;
    });
    return opened;
  }

  #hand(step: MessageStep | ReplyStep): void {
    if (step.kind === "reply") {
      this.counts.delivered += 1;
      this.#handlers.reply(bytesToHex(step.replyId), step.payload);
    } else if (step.data === undefined) this.counts.damaged += 1;
    else {
      this.counts.delivered += 1;
      this.#handlers.message(step.data);
    }
  }
}
