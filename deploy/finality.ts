/** Waiting until a chain calls a block final, so that what stands in it cannot go again. */
import { setTimeout as pause } from "node:timers/promises";

import hre from "hardhat";

import { isLocalChain, reach } from "./deploy.ts";

export interface Waiting {
  readonly rpcUrl: string;
  /** Between two questions, in milliseconds. */
  readonly every: number;
  /** Told now and then how far it is. */
  readonly onProgress: (final: number, wanted: number) => void;
}

/**
 * Resolves once the block that is the latest now is final: true. False where the endpoint does not say which block
 * is; on a local chain, where nothing goes again, it returns at once.
 * @throws WaybillError DEPLOYMENT_CHAIN_UNREACHABLE
 */
export async function untilFinal({ rpcUrl, every, onProgress }: Waiting): Promise<boolean> {
  const connection = await hre.network.create({ network: "remote", override: { url: rpcUrl } });
  try {
    const { provider } = connection.ethers;
    const { chainId } = await reach(rpcUrl, provider.getNetwork());
    if (isLocalChain(chainId)) return true;
    const wanted = await reach(rpcUrl, provider.getBlockNumber());
    for (;;) {
      const final = await provider.getBlock("finalized").catch(() => null);
      if (final === null) return false;
      if (final.number >= wanted) return true;
      onProgress(final.number, wanted);
      await pause(every);
    }
  } finally {
    await connection.close();
  }
}
