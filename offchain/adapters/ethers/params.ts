/** What a deployment's contracts say about themselves. */
import type { Interface } from "ethers";

import { drandChain } from "../../core/drand/chain.ts";
import { publicKeyFromContract } from "../../core/drand/points.ts";
import { hasCode, WaybillError } from "../../core/errors.ts";
import { address, amount, millis, seconds, winProb, type Address } from "../../core/units.ts";
import type { DrandParams, NetworkParams } from "../../ports/network.ts";
import { toBig } from "./answers.ts";
import { channelsInterface, drandBeaconInterface, registryInterface } from "./interfaces.ts";
import type { JsonRpc } from "./json-rpc.ts";
import { readLottery } from "./lottery.ts";
import { fromWords } from "./points.ts";
import { view } from "./view.ts";

/** Rejects with CHAIN_NO_CONTRACTS when there is no code at the address. */
export async function readParams(rpc: JsonRpc, channels: Address): Promise<NetworkParams> {
  const code = await rpc.get("eth_getCode", [channels, "latest"]);
  if (code === "0x") throw new WaybillError("CHAIN_NO_CONTRACTS", { got: channels });
  const ask = async (to: Address, contract: Interface, name: string) =>
    (await view(rpc, to, contract, name))[0];
  const number = async (name: string) => Number(await ask(channels, channelsInterface, name));

  const registry = address((await ask(channels, channelsInterface, "registry")) as string);
  const clock = (await view(rpc, registry, registryInterface, "clock")) as readonly bigint[];
  const [genesis = 0n, epochLength = 0n, eraLength = 0n] = clock;
  const amounts = (await ask(channels, channelsInterface, "ticketAmounts")) as readonly bigint[];
  const [a0 = 0n, a1 = 0n, a2 = 0n] = amounts;
  const beacon = address((await ask(registry, registryInterface, "beacon")) as string);
  const drand = await readDrand(rpc, beacon);
  const lottery = await readLottery(rpc, registry);
  return {
    chainId: toBig("chain id", await rpc.get("eth_chainId", [])),
    registry,
    channels,
    token: address((await ask(channels, channelsInterface, "token")) as string),
    beacon,
    ...(drand === undefined ? {} : { drand }),
    genesis: seconds(Number(genesis)),
    epochLength: seconds(Number(epochLength)),
    eraLength: Number(eraLength),
    settlementWindow: Number(await ask(registry, registryInterface, "settlementWindow")),
    redemptionWindow: await number("redemptionWindow"),
    noticePeriod: seconds(await number("noticePeriod")),
    ticketAmounts: [amount(a0), amount(a1), amount(a2)],
    winProb: winProb((await ask(channels, channelsInterface, "winProb")) as bigint),
    burnShareBps: await number("burnShareBps"),
    meanDelay: millis(await number("meanDelayMillis")),
    ...(lottery === undefined ? {} : { lottery }),
  };
}

interface DrandAnswer {
  readonly genesis: bigint;
  readonly period: bigint;
  readonly publicKey: Iterable<bigint>;
}

/** What rounds the beacon takes; undefined when it takes none. */
async function readDrand(rpc: JsonRpc, beacon: Address): Promise<DrandParams | undefined> {
  try {
    const [chain] = await view(rpc, beacon, drandBeaconInterface, "drandChain");
    const [delay] = await view(rpc, beacon, drandBeaconInterface, "delay");
    const { genesis, period, publicKey } = chain as DrandAnswer;
    return {
      chain: drandChain({
        genesis: seconds(Number(genesis)),
        period: seconds(Number(period)),
        publicKey: publicKeyFromContract(fromWords([...publicKey])),
      }),
      delay: seconds(Number(delay)),
    };
  } catch (error) {
    if (hasCode(error, "CHAIN_ABI_MISMATCH")) return undefined;
    throw error;
  }
}
