/** What stands inside all layers of the payload: zeros(16) ‖ length(2) ‖ data ‖ padding, 2,080 bytes. */
import { WaybillError } from "../errors.ts";
import { PAYLOAD_LENGTH, USABLE_PAYLOAD } from "./format.ts";

/** Secure random bytes, `length` of them. */
export type RandomBytes = (length: number) => Uint8Array;

/** A payload that was changed on its way is random, and shows these zeros with probability 2^-128. */
const ZEROS = 16;
const DATA_START = ZEROS + 2;

/** Frames up to 2,048 bytes of data. Throws SPHINX_DATA_TOO_LONG for more. */
export function framePayload(data: Uint8Array, random: RandomBytes): Uint8Array {
  if (data.length > USABLE_PAYLOAD) {
    throw new WaybillError("SPHINX_DATA_TOO_LONG", {
      got: `${String(data.length)} bytes`,
      allowed: `0 … ${String(USABLE_PAYLOAD)} bytes`,
    });
  }
  const payload = new Uint8Array(PAYLOAD_LENGTH);
  payload[ZEROS] = data.length >> 8;
  payload[ZEROS + 1] = data.length & 0xff;
  payload.set(data, DATA_START);
  const dataEnd = DATA_START + data.length;
  payload.set(random(PAYLOAD_LENGTH - dataEnd), dataEnd);
  return payload;
}

/** The data, as a view; undefined when the payload was damaged on its way. */
export function openPayload(payload: Uint8Array): Uint8Array | undefined {
  if (payload.length !== PAYLOAD_LENGTH) return undefined;
  if (payload.subarray(0, ZEROS).some((byte) => byte !== 0)) return undefined;
  const length = ((payload[ZEROS] ?? 0) << 8) | (payload[ZEROS + 1] ?? 0);
  if (length > USABLE_PAYLOAD) return undefined;
  return payload.subarray(DATA_START, DATA_START + length);
}
