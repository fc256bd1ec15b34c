/**
 * Who first brought a packet, in 8 bytes: the peer's mark XOR the start of the packet's acknowledgement. That
 * is a secret of the packet, so that a stored bringer alone names nobody, and two packets of one peer have
 * nothing in common.
 */
import { sha256 } from "../core/crypto/hashes.ts";
import type { PeerId } from "../core/units.ts";

const BRINGER_LENGTH = 8;
/** Marks kept ready; the oldest is computed again when it is needed. */
const MARKS_LIMIT = 4_096;
const text = new TextEncoder();

export class Bringers {
  /** `sha("bringer" ‖ peer id)` by peer. */
  readonly #marks = new Map<PeerId, Uint8Array>();

  /** 8 bytes, the same for the same peer and packet; `ack` is the packet's acknowledgement (32 bytes). */
  of(peer: PeerId, ack: Uint8Array): Uint8Array {
    const mark = this.#markOf(peer);
    const bringer = new Uint8Array(BRINGER_LENGTH);
    for (let i = 0; i < BRINGER_LENGTH; i++) bringer[i] = (mark[i] ?? 0) ^ (ack[i] ?? 0);
    return bringer;
  }

  #markOf(peer: PeerId): Uint8Array {
    let mark = this.#marks.get(peer);
    if (mark === undefined) {
      mark = sha256(text.encode(`bringer${peer}`));
      const [oldest] = this.#marks.keys();
      if (this.#marks.size >= MARKS_LIMIT && oldest !== undefined) this.#marks.delete(oldest);
      this.#marks.set(peer, mark);
    }
    return mark;
  }
}
