/**
 * Packets delivered to this node: unwrap, era, replay check, durable tag, acknowledgement, then the content. The
 * same order as at a relay, so that the last relay is paid for what was really taken. A recipient's packet key stays
 * as it is; that it takes packets of few eras is what lets it forget tags.
 */
import type { CurveBackend } from "../core/crypto/index.ts";
import { bytesToHex } from "../core/bytes.ts";
import { oldestTakenEpoch, takenEras } from "../core/epochs/epochs.ts";
import { unwrap, type MessageStep, type ReplyStep } from "../core/sphinx/index.ts";
import type { Epoch, PeerId } from "../core/units.ts";
import type { DeliveryFrame } from "../core/wire/frames.ts";
import type { Acceptance } from "../link/acceptance.ts";
import type { Log } from "../ports/log.ts";
import type { NetworkView } from "../ports/network.ts";
import type { ReplayStore } from "../ports/store.ts";

export interface InboxHandlers {
  message(data: Uint8Array): void;
  reply(replyId: string, payload: Uint8Array): void;
}

/** Counters of an inbox; a closed list. */
export interface InboxCounts {
  delivered: number;
  damaged: number;
  replayed: number;
  /** Of an era of which no packets are taken now. */
  era: number;
  dropped: number;
}

interface Parts {
  readonly backend: CurveBackend;
  /** 32-byte secret of this node's packets. */
  readonly packetSecret: Uint8Array;
  readonly acceptance: Acceptance;
  readonly network: NetworkView;
  readonly replay: ReplayStore;
  readonly log: Log;
  /** False where the tags are a relay's, too: then it forgets them, when no key of its own needs them. */
  readonly forgetsTags: boolean;
}

interface Opened {
  readonly step: MessageStep | ReplyStep;
  /** Delivery sequence. */
  readonly index: number;
}

export class Inbox {
  readonly counts: InboxCounts = { delivered: 0, damaged: 0, replayed: 0, era: 0, dropped: 0 };
  readonly #parts: Parts;
  readonly #handlers: InboxHandlers;
  #oldest: Epoch | undefined;

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
    this.#forget();
  }

  #open(frame: DeliveryFrame): readonly Opened[] {
    const { backend, network, packetSecret } = this.#parts;
    const eras = takenEras(network.params, network.chainTime());
    const opened: Opened[] = [];
    frame.packets.forEach((packet, i) => {
      const index = frame.sequences[i];
      const step = unwrap(backend, packetSecret, packet);
      if (index === undefined || (step.kind !== "message" && step.kind !== "reply"))
        this.counts.dropped += 1;
      else if (!eras.includes(step.era)) this.counts.era += 1;
      else opened.push({ step, index });
    });
    return opened;
  }

  /** Tags go whose packets would be taken no more. */
  #forget(): void {
    const { forgetsTags, log, network, replay } = this.#parts;
    const oldest = oldestTakenEpoch(network.params, network.chainTime());
    if (!forgetsTags || oldest === this.#oldest) return;
    this.#oldest = oldest;
    replay.forgetBefore(oldest).catch((error: unknown) => {
      log.error("old replay tags cannot be removed", { error: String(error) });
    });
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
