/** Parts that most tests of settlement stand on: parameters, a log that is read, a simulated chain. */
import {
  SimulatedChain,
  type SimulatedChainOptions,
} from "../../../../offchain/adapters/simulated-chain/chain.ts";
import {
  address,
  amount,
  epoch,
  millis,
  relayId,
  seconds,
  winProb,
  type RelayId,
} from "../../../../offchain/core/units.ts";
import type { Log } from "../../../../offchain/ports/log.ts";
import type { NetworkParams } from "../../../../offchain/ports/network.ts";

const account = (digit: string) => address(`0x${digit.repeat(40)}`);

export const PARAMS: NetworkParams = {
  chainId: 31337n,
  registry: account("1"),
  channels: account("2"),
  token: account("3"),
  beacon: account("4"),
  genesis: seconds(1_000),
  epochLength: seconds(10),
  eraLength: 4,
  settlementWindow: 4,
  redemptionWindow: 3,
  noticePeriod: seconds(60),
  ticketAmounts: [amount(900n), amount(600n), amount(300n)],
  winProb: winProb(2n ** 61n - 1n),
  burnShareBps: 100,
  meanDelay: millis(200),
};

/** The same network with a lottery. */
export const LOTTERY_PARAMS = {
  ...PARAMS,
  lottery: {
    address: account("5"),
    rewards: account("6"),
    slots: 10,
    draws: 20,
    claimWindow: 2,
    routeSpan: seconds(4),
    timeTolerance: seconds(2),
    senderReward: amount(500n),
    hopReward: amount(200n),
    missesAllowed: 1,
    firstEpoch: epoch(1),
  },
} satisfies NetworkParams;

export const relayNumber = (n: number): RelayId => relayId(`0x${n.toString(16).padStart(64, "0")}`);

export function simulatedChain(options: Partial<SimulatedChainOptions> = {}): SimulatedChain {
  return new SimulatedChain({
    params: PARAMS,
    startsAt: PARAMS.genesis,
    execute: () => ({ events: [] }),
    ...options,
  });
}

export interface RecordedLine {
  readonly level: "error" | "warn" | "info" | "debug";
  readonly message: string;
}

/** Keeps every line, so that tests can check what an operator is told. */
export function recordingLog(): Log & { readonly lines: RecordedLine[] } {
  const lines: RecordedLine[] = [];
  const at = (level: RecordedLine["level"]) => (message: string) => {
    lines.push({ level, message });
  };
  const log = {
    lines,
    error: at("error"),
    warn: at("warn"),
    info: at("info"),
    debug: at("debug"),
    child: () => log,
  };
  return log;
}

/** Says of the chain that so many endpoints, all well, tell it: what it confirms they have to agree on. */
export function withEndpoints(chain: SimulatedChain, count: number): void {
  const [one] = chain.health().endpoints;
  if (one === undefined) throw new Error("the chain has an endpoint");
  const endpoints = Array.from({ length: count }, (_, n) => ({ ...one, place: n + 1 }));
  chain.health = () => ({ endpoints, disputes: [] });
}
