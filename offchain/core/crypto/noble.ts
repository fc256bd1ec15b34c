/** CurveBackend on @noble/curves: the fallback where no binary fits, and the oracle that tests hold the native one against. */
import { secp256k1 } from "@noble/curves/secp256k1.js";

import type { CurveBackend } from "./backend.ts";
import { sha256 } from "./hashes.ts";
import { badInput, packSignature, requireLength, unpackSignature } from "./input.ts";

const { Point } = secp256k1;
const { Fn } = Point;

function parsePoint(bytes: Uint8Array) {
  requireLength("point", bytes, 33);
  try {
    return Point.fromBytes(bytes);
  } catch {
    throw badInput("point");
  }
}

function parseScalar(what: string, bytes: Uint8Array): bigint {
  requireLength(what, bytes, 32);
  const value = BigInt(`0x${Buffer.from(bytes.buffer, bytes.byteOffset, 32).toString("hex")}`);
  if (!Fn.isValidNot0(value)) throw badInput(what);
  return value;
}

/** Always available. 10 to 40 times slower than the native backend. */
export function createNobleBackend(): CurveBackend {
  return {
    name: "noble",

    publicKey(secretKey) {
      return Point.BASE.multiply(parseScalar("secret key", secretKey)).toBytes(true);
    },

    sharedSecret(secretKey, point) {
      const scalar = parseScalar("secret key", secretKey);
      return sha256(parsePoint(point).multiply(scalar).toBytes(true));
    },

    multiply(point, scalar) {
      const parsed = parsePoint(point);
      // Variable time is fine here: the scalar is no long-lived key.
      return parsed.multiplyUnsafe(parseScalar("scalar", scalar)).toBytes(true);
    },

    multiplyScalars(a, b) {
      return Fn.toBytes(Fn.mul(parseScalar("scalar", a), parseScalar("scalar", b)));
    },

    sign(digest, secretKey) {
      requireLength("digest", digest, 32);
      parseScalar("secret key", secretKey);
      const recovered = secp256k1.sign(digest, secretKey, { prehash: false, format: "recovered" });
      return packSignature(recovered.subarray(1), (recovered[0] ?? 0) & 1);
    },

    recover(digest, signature) {
      requireLength("digest", digest, 32);
      requireLength("signature", signature, 64);
      const unpacked = unpackSignature(signature);
      if (unpacked === undefined) return undefined;
      try {
        return secp256k1.Signature.fromBytes(unpacked.rs, "compact")
          .addRecoveryBit(unpacked.yParity)
          .recoverPublicKey(digest)
          .toBytes(false)
          .subarray(1);
      } catch {
        return undefined;
      }
    },
  };
}
