/** The network: each endpoint of the chain, its contracts and its clock, and the beacon's endpoints. */
import { drandClient } from "../../adapters/drand/client.ts";
import { connectChain, type EthersChain } from "../../adapters/ethers/chain.ts";
import { systemClock } from "../../adapters/system/clock.ts";
import { silentLog } from "../../adapters/system/log.ts";
import { firstRoundFrom } from "../../core/drand/chain.ts";
import { WaybillError } from "../../core/errors.ts";
import { millis, seconds, type Millis, type Seconds } from "../../core/units.ts";
import type { DrandParams, NetworkParams } from "../../ports/network.ts";
import { withoutCredentials } from "../config/values.ts";
import { readNetwork, requireNetwork, type Network } from "../networks.ts";
import { drandEndpoints } from "../relay/randomness.ts";
import { failed, fine, problem, warning, type Finding } from "./finding.ts";

const PATIENCE = millis(10_000);
/** Public chains have a block every few seconds; local ones only when something happens. */
const OLD_HEAD = 900;
/** What clocks that are set by the network differ by at most, generously. */
const CLOCK_SLACK = 30;
/** Rounds that are due, but which not every endpoint may have yet. */
const ROUND_SLACK = 10;

export interface ChainReport {
  readonly findings: readonly Finding[];
  /** Undefined when no endpoint serves the network. */
  readonly params: NetworkParams | undefined;
}

/** What is wrong with the network's name or file is told as a finding. */
export async function checkChain(
  nameOrFile: string,
  urls: readonly string[],
): Promise<ChainReport> {
  let network: Network;
  try {
    network = readNetwork(nameOrFile);
  } catch (error) {
    return { findings: [failed("network", error)], params: undefined };
  }
  const reports = await Promise.all(urls.map((url) => checkEndpoint(url, network)));
  return {
    findings: [fine("network", network.name), ...reports.flatMap(({ findings }) => findings)],
    params: reports.find(({ params }) => params !== undefined)?.params,
  };
}

async function checkEndpoint(url: string, { deployment }: Network): Promise<ChainReport> {
  const name = withoutCredentials(url);
  const { channels } = deployment;
  let chain: EthersChain | undefined;
  try {
    chain = await connectChain({ url, timeout: PATIENCE, channels });
    const params = await chain.params();
    requireNetwork(deployment, params);
    const { timestamp } = await chain.head();
    const now = seconds(Math.floor(systemClock().now() / 1_000));
    const served = fine(
      "chain",
      `${name} serves chain ${params.chainId} with the network's contracts`,
    );
    return { findings: [served, checkClock(name, timestamp, now)], params };
  } catch (error) {
    const { text, todo = "", ...others } = failed("chain", error);
    return { findings: [{ ...others, text: `${name}: ${text}`, todo }], params: undefined };
  } finally {
    await chain?.close();
  }
}

/** Money follows the chain's time, so that a wrong clock costs no money; it costs packets. */
export function checkClock(name: string, head: Seconds, now: Seconds): Finding {
  const age = now - head;
  if (age < -CLOCK_SLACK)
    return warning(
      "chain clock",
      `the newest block of ${name} is ${-age} s ahead of this machine's clock`,
      "Set the clock (timedatectl set-ntp true); a local chain may have been moved ahead on purpose.",
    );
  if (age > OLD_HEAD)
    return warning(
      "chain clock",
      `the newest block of ${name} is ${age} s old`,
      "Check that the endpoint follows the chain, and this machine's clock.",
    );
  return fine("chain clock", `the newest block of ${name} is ${Math.max(0, age)} s old`);
}

/** Nothing to say of networks whose beacon takes no rounds. */
export async function checkBeacon(
  drand: DrandParams | undefined,
  urls: readonly string[],
): Promise<readonly Finding[]> {
  if (drand === undefined)
    return [fine("beacon", "the network's beacon takes hashes of blocks: it needs no endpoint")];
  let endpoints: readonly string[];
  try {
    endpoints = drandEndpoints(drand.chain, urls);
  } catch (error) {
    return [failed("beacon", error)];
  }
  return Promise.all(endpoints.map((url) => checkDrand(url, drand, PATIENCE)));
}

async function checkDrand(url: string, { chain }: DrandParams, timeout: Millis): Promise<Finding> {
  const clock = systemClock();
  const name = withoutCredentials(url);
  try {
    const client = drandClient({ urls: [url], chain, clock, timeout, log: silentLog() });
    const now = seconds(Math.floor(clock.now() / 1_000) - ROUND_SLACK * chain.period);
    const round = firstRoundFrom(chain, now);
    const signature = await client.round(round);
    if (signature !== undefined) return fine("beacon", `${name} has round ${round}`);
    return problem(
      "beacon",
      `${name} does not have round ${round} yet`,
      "Check this machine's clock, or name another endpoint with --drand-url.",
    );
  } catch (error) {
    if (error instanceof WaybillError) return failed("beacon", error);
    throw error;
  }
}
