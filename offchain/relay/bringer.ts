/**
 * Who first brought a packet, in 8 bytes: the peer's mark XOR the start of the packet's own half. The half is
 * a secret of the packet, so that a stored bringer alone names nobody, and two packets of one peer have
 * nothing in common.
 */
import { sha256 } from "../core/crypto/hashes.ts";
import type { PeerId } from "../core/units.ts";

const BRINGER_LENGTH = 8;
/** Marks kept ready; the oldest is computed again when it is needed. */
const MARKS_LIMIT = 4_096;
const text = new TextEncoder();

/** Marks of peers: `sha("bringer" ‖ peer id)`, computed once per peer. */
export class BringerMarks {
  readonly #marks = new Map<PeerId, Uint8Array>();

  markOf(peer: PeerId): Uint8Array {
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

/** 8 bytes, the same for the same peer and packet; `own` is the packet's own half (32 bytes). */
export function bringerOf(mark: Uint8Array, own: Uint8Array): Uint8Array {
  const bringer = new Uint8Array(BRINGER_LENGTH);
  for (let i = 0; i < BRINGER_LENGTH; i++) bringer[i] = (mark[i] ?? 0) ^ (own[i] ?? 0);
  return bringer;
}
