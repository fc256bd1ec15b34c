/** Gives accounts of a local network gas and tokens, in one go and in order. */
import { WaybillToken__factory } from "#contracts";
import { NonceManager, type JsonRpcProvider } from "ethers";

import { rpc } from "./hardhat-node.ts";

const ONE_HUNDRED_ETHER = "0x56bc75e2d63100000";

export interface Grant {
  readonly account: string;
  /** Token amount in the smallest unit. */
  readonly tokens: bigint;
}

/** The local chain's first account holds the whole supply. */
export async function grant(
  provider: JsonRpcProvider,
  rpcUrl: string,
  token: string,
  grants: readonly Grant[],
): Promise<void> {
  const holder = new NonceManager(await provider.getSigner(0));
  const contract = WaybillToken__factory.connect(token, holder);
  for (const { account } of grants)
    await rpc(rpcUrl, "hardhat_setBalance", [account, ONE_HUNDRED_ETHER]);
  const transfers = [];
  for (const { account, tokens } of grants)
    if (tokens > 0n) transfers.push(await contract.transfer(account, tokens));
  await Promise.all(transfers.map((transfer) => transfer.wait()));
}
