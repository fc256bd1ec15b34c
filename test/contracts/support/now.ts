/** The present second on a simulated chain. */
import type { NetworkConnection } from "hardhat/types/network";

import { type Seconds, seconds } from "../../../offchain/core/units.ts";

/**
 * Seconds since 1970 of a block mined now. The block before it may be as old as
 * the network, which a test file makes when it is loaded, minutes before its
 * tests run: what was meant to lie ahead of that one may be past already.
 */
export async function presentTime({ networkHelpers }: NetworkConnection): Promise<Seconds> {
  await networkHelpers.mine();
  return seconds(await networkHelpers.time.latest());
}
