/** Which curve backend runs is decided here, once, and can be read off the result's `name`. */
import { hasCode } from "../errors.ts";
import type { CurveBackend } from "./backend.ts";
import { createNativeBackend } from "./native.ts";
import { createNobleBackend } from "./noble.ts";

/**
 * The named backend, or without a preference the native one and, where it has no binary, noble.
 * Callers report `backend.name`, because the two differ in speed by more than ten times.
 * Throws CRYPTO_NATIVE_UNAVAILABLE only when "native" was asked for by name.
 */
export function createBackend(preference?: CurveBackend["name"]): CurveBackend {
  if (preference === "noble") return createNobleBackend();
  try {
    return createNativeBackend();
  } catch (error) {
    if (preference === undefined && hasCode(error, "CRYPTO_NATIVE_UNAVAILABLE")) {
      return createNobleBackend();
    }
    throw error;
  }
}
