/** One hop's place in the routing information: BigSize length (BOLT-1) ‖ payload ‖ MAC for the next hop. */

const MAC_LENGTH = 32;
/** From this length on, BigSize spends three bytes: 0xfd and a 16-bit integer. */
const WIDE = 0xfd;

export interface HopFrame {
  readonly payload: Uint8Array;
  readonly mac: Uint8Array;
  /** Of the whole frame, length prefix and MAC included. */
  readonly length: number;
}

/** Length of the frame that holds `payload`; payloads are below 64 KiB. */
export function frameLength(payload: Uint8Array): number {
  return prefixLength(payload.length) + payload.length + MAC_LENGTH;
}

/** Writes a frame to the start of `target` and returns its length. */
export function writeFrame(target: Uint8Array, payload: Uint8Array, mac: Uint8Array): number {
  const prefix = prefixLength(payload.length);
  if (prefix === 1) {
    target[0] = payload.length;
  } else {
    target.set([WIDE, payload.length >> 8, payload.length & 0xff]);
  }
  target.set(payload, prefix);
  target.set(mac, prefix + payload.length);
  return frameLength(payload);
}

/**
 * Reads the frame at the start of `source`, as views into it. Undefined for a frame longer than `longest`
 * bytes, for a length that is not in its shortest form, and for one that needs more than 16 bits.
 */
export function readFrame(source: Uint8Array, longest: number): HopFrame | undefined {
  const [first = 0, high = 0, low = 0] = source;
  if (first > WIDE) return undefined;
  const payloadLength = first < WIDE ? first : (high << 8) | low;
  const prefix = first < WIDE ? 1 : 3;
  const length = prefix + payloadLength + MAC_LENGTH;
  if (prefix !== prefixLength(payloadLength) || length > longest) return undefined;
  const payloadEnd = prefix + payloadLength;
  return {
    payload: source.subarray(prefix, payloadEnd),
    mac: source.subarray(payloadEnd, length),
    length,
  };
}

function prefixLength(payloadLength: number): 1 | 3 {
  return payloadLength < WIDE ? 1 : 3;
}
