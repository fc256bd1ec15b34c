/** What the chain says after all of it; packets, draws and lost loops, which no chain sees, from the relays. */
import { PaymentChannels__factory } from "#contracts";

import { addTallies, estimateOf, type Estimate } from "../../offchain/core/reliability/estimate.ts";
import type { LocalNetwork } from "../local-network/network.ts";
import { balanceBooks, type Books, type RelayBook } from "../money/books.ts";
import { mintedForRewards, rewardsOf } from "../money/lottery-books.ts";
import { sumOver, type RelayLine, type RunningRelay } from "./relays.ts";
import type { DemoResult, DropResult, LotteryResult, RelayResult } from "./result.ts";
import type { DemoPlan } from "./run.ts";

export async function settlement(
  network: LocalNetwork,
  relays: readonly RunningRelay[],
  plan: DemoPlan,
): Promise<Pick<DemoResult, "relays" | "lottery" | "channels" | "drop" | "money">> {
  const books = await network.books();
  const results = relays.map(async (relay): Promise<RelayResult> => {
    const { node, status, layers } = relay;
    const book = books.relays.find(({ id }) => id === status?.relay);
    if (status === undefined || book === undefined)
      throw new Error(`${node.name} is not on the chain`);
    const gas = await redeemGas(network, status.relay);
    return {
      address: node.owner?.address ?? "",
      relay: status.relay,
      layer: layers[0],
      layers,
      packets: relay.count("packets-accepted"),
      ticketsReceived: plan.channels ? relay.count("packets-accepted") : 0,
      ticketsWon: relay.count("tickets-won"),
      ticketsLost: relay.count("tickets-lost"),
      drops: status.drops,
      ticketsRedeemed: Number(book.ticketsRedeemed),
      earned: book.credited,
      withdrawn: book.withdrawn,
      gasPerTicket:
        book.ticketsRedeemed === 0n ? undefined : Math.round(gas / Number(book.ticketsRedeemed)),
      ...lotteryOf(books, book, status),
      reliability: reliabilityOf(status.relay, relays),
    };
  });
  return {
    channels: plan.channels,
    relays: await Promise.all(results),
    lottery: lotteryResult(books, relays),
    drop: relays.flatMap((relay): DropResult[] => {
      const { drop, status } = relay;
      if (drop === undefined || status === undefined) return [];
      return [{ ...drop, relay: status.relay, ...(status.frames ?? { taken: 0, dropped: 0 }) }];
    })[0],
    money: balanceBooks(books),
  };
}

function lotteryOf({ lottery }: Books, { id }: RelayBook, { lottery: told }: RelayLine) {
  const rewards = lottery?.relays.find((relay) => relay.id === id);
  return {
    coverSent: told?.coverSent ?? 0,
    coverReturned: told?.coverReturned ?? 0,
    commitments: rewards?.commitments ?? 0,
    draws: told?.draws ?? 0,
    claims: lottery?.claims.filter(({ sender }) => sender === id).length ?? 0,
    rewards: lottery === undefined ? 0n : rewardsOf(lottery, id),
    collected: rewards?.collected ?? 0n,
  };
}

function lotteryResult({ lottery }: Books, relays: readonly RunningRelay[]): LotteryResult {
  const told = (figure: "coverSent" | "coverReturned" | "draws" | "forfeits"): number =>
    sumOver(relays, ({ status }) => status?.lottery?.[figure] ?? 0);
  const [draws, forfeits, claims] = [told("draws"), told("forfeits"), lottery?.claims.length ?? 0];
  return {
    coverSent: told("coverSent"),
    coverReturned: told("coverReturned"),
    commitments: lottery?.relays.reduce((sum, { commitments }) => sum + commitments, 0) ?? 0,
    ...{ draws, claims, forfeits },
    open: draws - claims - forfeits,
    minted: lottery === undefined ? 0n : mintedForRewards(lottery),
  };
}

/** How a relay stands with the others: what became of the drawn loops that they sent into it. */
function reliabilityOf(relay: string, relays: readonly RunningRelay[]): Estimate {
  const others = relays.filter(({ status }) => status?.relay !== relay);
  const links = others.flatMap(({ status }) => status?.lottery?.links ?? []);
  return estimateOf(addTallies(links.filter(({ to }) => to === relay)));
}

async function redeemGas(network: LocalNetwork, relay: string): Promise<number> {
  const { provider, deployment } = network;
  const contract = PaymentChannels__factory.connect(deployment.channels, provider);
  const events = await contract.queryFilter(contract.filters.Redeemed(relay), deployment.block);
  const receipts = await Promise.all(events.map((event) => event.getTransactionReceipt()));
  return receipts.reduce((sum, receipt) => sum + Number(receipt.gasUsed), 0);
}
