/** A drand chain as its endpoints describe it, as the beacon of a plan. */
import { DRAND_SCHEME } from "../offchain/core/drand/chain.ts";
import type { BeaconPlan } from "./parameters.ts";
import { bytes, integer, malformed } from "./sections.ts";

const U40 = 2n ** 40n - 1n;
const U32 = 2n ** 32n - 1n;

/**
 * @param info What an endpoint answers at `/v2/chains/<hash>/info`, or `/<hash>/info`.
 * @param delay Seconds from the start of an epoch to the earliest time its round may be due.
 * @throws WaybillError DEPLOYMENT_PARAMETERS_MALFORMED
 */
export function beaconOfInfo(info: unknown, delay: bigint): BeaconPlan {
  const fields = (typeof info === "object" && info !== null ? info : {}) as Readonly<
    Record<string, unknown>
  >;
  const scheme = fields.scheme ?? fields.schemeID;
  if (scheme !== DRAND_SCHEME)
    throw malformed("drand chain's scheme", JSON.stringify(scheme ?? null), DRAND_SCHEME);
  return {
    kind: "drand",
    delay,
    drandGenesis: integer("genesis_time", fields.genesis_time, U40),
    period: integer("period", fields.period, U32),
    publicKey: bytes("public_key", fields.public_key, 96),
  };
}
