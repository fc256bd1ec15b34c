/**
 * The acknowledgement puzzle (protocol §4): a ticket to hop h opens with one half that h knows at once and
 * one that only hop h + 1 can send back. XOR hides both halves of a response that is published on chain.
 */
import { keccak256, sha256 } from "../crypto/hashes.ts";
import { requireLength } from "../crypto/input.ts";

const OWN = Buffer.from("own");
const ACK = Buffer.from("ack");

/** Length of halves, responses and challenges in bytes. */
export const PUZZLE_LENGTH = 32;

/** The half of hop h's response that h derives itself; `sharedSecret` is hop h's, 32 bytes. */
export function ownHalf(sharedSecret: Uint8Array): Uint8Array {
  return sha256(OWN, sharedSecret);
}

/** The acknowledgement of a hop: the other half of the response of the hop before it. */
export function ackHalf(sharedSecret: Uint8Array): Uint8Array {
  return sha256(ACK, sharedSecret);
}

/** `own XOR ack`: what opens a ticket's challenge. Throws CRYPTO_BAD_INPUT unless both have 32 bytes. */
export function response(own: Uint8Array, ack: Uint8Array): Uint8Array {
  requireLength("own half", own, PUZZLE_LENGTH);
  requireLength("acknowledgement", ack, PUZZLE_LENGTH);
  const opened = new Uint8Array(PUZZLE_LENGTH);
  for (let i = 0; i < PUZZLE_LENGTH; i++) opened[i] = (own[i] ?? 0) ^ (ack[i] ?? 0);
  return opened;
}

/** `keccak256(response)`: what the ticket and the packet header carry. */
export function challenge(opened: Uint8Array): Uint8Array {
  return keccak256(opened);
}
