/** In-memory twin of the salts of packet keys. */
import { equalBytes } from "../../core/bytes.ts";
import { WaybillError } from "../../core/errors.ts";
import type { SaltStore } from "../../ports/store.ts";

const SALT_BYTES = 32;

export function memorySalts(alive: () => void): SaltStore {
  let salts: Uint8Array[] = [];
  return {
    add: async (salt) => {
      alive();
      if (salt.length !== SALT_BYTES)
        throw new WaybillError("STORE_BAD_INPUT", {
          what: "bytes of a salt",
          got: salt.length,
          allowed: SALT_BYTES,
        });
      if (!salts.some((known) => equalBytes(known, salt))) salts.push(salt.slice());
      return Promise.resolve();
    },
    list: async () => {
      alive();
      return Promise.resolve(salts.map((salt) => salt.slice()));
    },
    forget: async (gone) => {
      alive();
      salts = salts.filter((salt) => !gone.some((one) => equalBytes(one, salt)));
      return Promise.resolve();
    },
  };
}
