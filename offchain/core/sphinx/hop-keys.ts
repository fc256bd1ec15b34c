/** What a hop derives from its shared secret, apart from the header's own keys and the puzzle (protocol §5). */
import { sha256 } from "../crypto/hashes.ts";
import { TAG_LENGTH } from "./format.ts";

const PAYLOAD = Buffer.from("payload");
const TAG = Buffer.from("tag");
const DELAY = Buffer.from("delay");

/** Key of this hop's payload layer, 32 bytes. */
export function payloadKey(sharedSecret: Uint8Array): Uint8Array {
  return sha256(PAYLOAD, sharedSecret);
}

/** What the replay database remembers of a packet, 16 bytes. */
export function replayTag(sharedSecret: Uint8Array): Uint8Array {
  return sha256(TAG, sharedSecret).subarray(0, TAG_LENGTH);
}

/** Uniform in [0, 1) with 53 bits: where on the delay's distribution this packet falls at this hop. */
export function delayUniform(sharedSecret: Uint8Array): number {
  const hash = sha256(DELAY, sharedSecret);
  const view = new DataView(hash.buffer, hash.byteOffset);
  return (view.getUint32(0) * 2 ** 21 + (view.getUint32(4) >>> 11)) / 2 ** 53;
}
