import { hexToBytes } from "../bytes.ts";

/** Big-endian bytes of a value that its unit has already bounded. */
export const integerBytes = (value: bigint, length: number): Uint8Array =>
  hexToBytes(value.toString(16).padStart(2 * length, "0"));
