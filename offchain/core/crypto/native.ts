/** CurveBackend on libsecp256k1 through the npm package `secp256k1`. */
import { createRequire } from "node:module";

import type * as Secp256k1 from "secp256k1";

import { WaybillError } from "../errors.ts";
import type { CurveBackend } from "./backend.ts";
import { badInput, packSignature, requireLength, unpackSignature } from "./input.ts";

type Bindings = Pick<
  typeof Secp256k1,
  | "ecdh"
  | "ecdsaRecover"
  | "ecdsaSign"
  | "privateKeyTweakMul"
  | "privateKeyVerify"
  | "publicKeyCreate"
  | "publicKeyTweakMul"
>;

/**
 * Loads the compiled binding and nothing else: the package's index would answer with slow JavaScript
 * where no binary fits, and nobody would notice. A failed static import could not be caught, hence `require`.
 */
function loadBindings(): Bindings {
  try {
    return createRequire(import.meta.url)("secp256k1/bindings.js") as Bindings;
  } catch (cause) {
    throw new WaybillError("CRYPTO_NATIVE_UNAVAILABLE", {
      got: `${process.platform}-${process.arch}`,
      cause,
    });
  }
}

/** Runs a binding call; its untyped errors name bad points and scalars only, so they become CRYPTO_BAD_INPUT. */
function guarded<T>(what: string, call: () => T): T {
  try {
    return call();
  } catch {
    throw badInput(what);
  }
}

/** Throws CRYPTO_NATIVE_UNAVAILABLE where the package has no binary for this machine. */
export function createNativeBackend(): CurveBackend {
  const bindings = loadBindings();
  return {
    name: "native",

    publicKey(secretKey) {
      requireLength("secret key", secretKey, 32);
      return guarded("secret key", () => bindings.publicKeyCreate(secretKey, true));
    },

    sharedSecret(secretKey, point) {
      requireLength("secret key", secretKey, 32);
      requireLength("point", point, 33);
      // ecdh is the constant-time multiplication, and its default hash is the one BOLT-4 wants.
      return guarded("secret key or point", () => bindings.ecdh(point, secretKey));
    },

    multiply(point, scalar) {
      requireLength("point", point, 33);
      requireLength("scalar", scalar, 32);
      return guarded("point or scalar", () => bindings.publicKeyTweakMul(point, scalar, true));
    },

    multiplyScalars(a, b) {
      requireLength("scalar", a, 32);
      requireLength("scalar", b, 32);
      // The binding checks its second factor only: a bad first one would come back as zero.
      if (!bindings.privateKeyVerify(a)) throw badInput("scalar");
      return guarded("scalar", () => bindings.privateKeyTweakMul(Uint8Array.from(a), b));
    },

    sign(digest, secretKey) {
      requireLength("digest", digest, 32);
      requireLength("secret key", secretKey, 32);
      const { signature, recid } = guarded("secret key", () =>
        bindings.ecdsaSign(digest, secretKey),
      );
      return packSignature(signature, recid & 1);
    },

    recover(digest, signature) {
      requireLength("digest", digest, 32);
      requireLength("signature", signature, 64);
      const unpacked = unpackSignature(signature);
      if (unpacked === undefined) return undefined;
      try {
        return bindings.ecdsaRecover(unpacked.rs, unpacked.yParity, digest, false).subarray(1);
      } catch {
        return undefined;
      }
    },
  };
}
