/**
 * Packets delivered to this node: unwrap, replay check, durable tag, acknowledgement, then the content. The
 * same order as at a relay, so that the last relay is paid for what was really taken.
 */
import type { CurveBackend } from "../core/crypto/index.ts";
import { sha256 } from "../core/crypto/index.ts";
import { bytesToHex, equalBytes } from "../core/bytes.ts";
import { epochAt } from "../core/epochs/epochs.ts";
import { unwrap, type MessageStep, type ReplyStep } from "../core/sphinx/index.ts";
import type { PeerId } from "../core/units.ts";
import type { DeliveryFrame } from "../core/wire/frames.ts";
import type { AckOutbox } from "../link/ack-outbox.ts";
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
  dropped: number;
}

interface Parts {
  readonly backend: CurveBackend;
  /** 32-byte secret of this node's packets. */
  readonly packetSecret: Uint8Array;
  readonly replay: ReplayStore;
  readonly network: NetworkView;
  readonly acks: AckOutbox;
}

interface Opened {
  readonly step: MessageStep | ReplyStep;
  readonly sequence: number;
  readonly bringer: Uint8Array;
}

const BRINGER = new TextEncoder().encode("bringer");

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
    const { network, replay, acks } = this.#parts;
    const receivedAt = network.chainTime();
    const epoch = epochAt(network.params, receivedAt);
    if (epoch === undefined) return;
    const opened = this.#open(peer, frame);
    const results = await replay.accept(
      opened.map(({ step, bringer }) => ({ tag: step.tag, epoch, receivedAt, bringer })),
      [],
    );
    opened.forEach(({ step, sequence, bringer }, i) => {
      const result = results[i];
      if (result?.fresh === true) {
        acks.acknowledge(peer, undefined, sequence, step.ack);
        this.#hand(step);
        return;
      }
      this.counts.replayed += 1;
      if (result !== undefined && equalBytes(result.bringer, bringer))
        acks.acknowledge(peer, undefined, sequence, step.ack);
    });
  }

  #open(peer: PeerId, frame: DeliveryFrame): readonly Opened[] {
    const { backend, packetSecret } = this.#parts;
    const opened: Opened[] = [];
    frame.packets.forEach((packet, i) => {
      const sequence = frame.sequences[i];
      const step = unwrap(backend, packetSecret, packet);
      if (sequence === undefined || (step.kind !== "message" && step.kind !== "reply")) {
        this.counts.dropped += 1;
        return;
      }
      opened.push({ step, sequence, bringer: bringerOf(step.ack, peer) });
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

/** Recognises a repeat from the same peer; means nothing to whoever has not the packet. */
function bringerOf(ack: Uint8Array, peer: PeerId): Uint8Array {
  return sha256(BRINGER, ack, new TextEncoder().encode(peer)).slice(0, 8);
}
