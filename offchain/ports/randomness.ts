import type { Round } from "../core/drand/chain.ts";

/** Rounds of the drand chain that the network's beacon takes, wherever they are fetched from. */
export interface Randomness {
  /**
   * The signature of `round`, 48 bytes compressed, which holds under the chain's key; undefined while it is not
   * out yet. Rejects with DRAND_UNREACHABLE when no source gave one that holds, naming what each did instead.
   */
  round(round: Round): Promise<Uint8Array | undefined>;
  /** Ends what is under way; every later call rejects with DRAND_UNREACHABLE. */
  close(): Promise<void>;
}
