/** Length checks and the EIP-2098 signature form, shared by both backends so that they refuse the same input. */
import { WaybillError } from "../errors.ts";

/** n / 2 rounded down: the largest s that is allowed (SEC 1 leaves the choice, EIP-2 takes the lower half). */
const HALF_ORDER = Buffer.from(
  "7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0",
  "hex",
);

/** Throws CRYPTO_BAD_INPUT unless `bytes` has `length` bytes. The value itself is never put into the error. */
export function requireLength(what: string, bytes: Uint8Array, length: number): void {
  if (bytes.length !== length) {
    throw new WaybillError("CRYPTO_BAD_INPUT", {
      what,
      got: `${String(bytes.length)} bytes`,
      allowed: `${String(length)} bytes`,
    });
  }
}

/** The error for a point off the curve or a scalar outside 1 … n − 1; silent about the value, which may be secret. */
export function badInput(what: string): WaybillError {
  return new WaybillError("CRYPTO_BAD_INPUT", { what });
}

/** `r ‖ s` (64 bytes) and the parity of R's y, packed as EIP-2098 says: the parity is the top bit of s. */
export function packSignature(rs: Uint8Array, yParity: number): Uint8Array {
  const packed = Uint8Array.from(rs);
  packed[32] = (packed[32] ?? 0) | (yParity << 7);
  return packed;
}

/** Undoes `packSignature`; undefined for a high s, the second form of a signature that this project never accepts. */
export function unpackSignature(
  packed: Uint8Array,
): { readonly rs: Uint8Array; readonly yParity: 0 | 1 } | undefined {
  const rs = Uint8Array.from(packed);
  const top = rs[32] ?? 0;
  rs[32] = top & 0x7f;
  if (HALF_ORDER.compare(rs, 32, 64) < 0) return undefined;
  return { rs, yParity: top >> 7 === 1 ? 1 : 0 };
}
