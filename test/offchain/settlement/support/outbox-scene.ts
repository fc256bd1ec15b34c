/** An outbox on a simulated chain, stepped by hand. */
import { ManualClock } from "../../../../offchain/adapters/memory/clock.ts";
import type { SimulatedChain } from "../../../../offchain/adapters/simulated-chain/chain.ts";
import { simulatedSigner } from "../../../../offchain/adapters/simulated-chain/signer.ts";
import { address, amount, millis, seconds } from "../../../../offchain/core/units.ts";
import type { Call, Chain } from "../../../../offchain/ports/chain.ts";
import type { Log } from "../../../../offchain/ports/log.ts";
import type { OutboxStore } from "../../../../offchain/ports/store.ts";
import { Outbox, type OutboxOptions } from "../../../../offchain/settlement/outbox.ts";
import { PARAMS, recordingLog } from "./simulation.ts";

export const SIGNER = simulatedSigner("agent");
export const BUMP_AFTER = 60_000;

export function createOutbox(
  chain: Chain,
  store: OutboxStore,
  confirmations = 1,
  log: Log = recordingLog(),
  change: Partial<OutboxOptions> = {},
): Outbox {
  return new Outbox({
    chain,
    store,
    signer: SIGNER,
    chainId: PARAMS.chainId,
    clock: new ManualClock(),
    log,
    confirmations,
    interval: millis(10),
    longestPause: millis(100),
    rebroadcastAfter: millis(0),
    bumpAfter: millis(BUMP_AFTER),
    maxFee: 1_000n,
    undecided: "wait",
    ...change,
  });
}

export const payment = (chain: Pick<Chain, "calls">, n: number): Call =>
  chain.calls.approve(address(PARAMS.channels), amount(BigInt(n)));

/** How often each call is in the chain. */
export function effects(chain: SimulatedChain): Map<string, number> {
  const count = new Map<string, number>();
  for (const { data } of chain.transactions) count.set(data, (count.get(data) ?? 0) + 1);
  return count;
}

/** What all transactions in the chain cost. */
export async function paidOn(chain: SimulatedChain): Promise<bigint> {
  const receipts = await Promise.all(chain.transactions.map(({ hash }) => chain.receipt(hash)));
  return receipts.reduce(
    (sum, receipt) => sum + (receipt?.gasUsed ?? 0n) * (receipt?.gasPrice ?? 0n),
    0n,
  );
}

const LONG = 10 ** 9;

export async function toldBy(store: OutboxStore): Promise<bigint> {
  const costs = await store.costs(seconds(PARAMS.genesis), LONG);
  return costs.reduce((sum, { coin }) => sum + coin, 0n);
}
