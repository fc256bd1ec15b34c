/**
 * Does the money add up? Pure arithmetic over what a reader took from a chain: token balances, contract
 * storage and events, never a figure of an agent. All amounts in the token's smallest unit.
 */
import { differs, sum } from "./equations.ts";
import { lotteryProblems, mintedForRewards, rewarded, type LotteryBooks } from "./lottery-books.ts";

/** One channel's storage and what its events told, in chain order. */
export interface ChannelBook {
  readonly id: string;
  readonly balance: bigint;
  readonly funded: bigint;
  readonly paid: bigint;
  readonly returned: bigint;
  readonly redemptions: readonly {
    readonly generation: bigint;
    readonly tickets: bigint;
    readonly nextIndex: bigint;
  }[];
}

export interface RelayBook {
  readonly id: string;
  /** Storage: what can be withdrawn, and what is still to be burned. */
  readonly credit: bigint;
  readonly owedBurn: bigint;
  /** Events. */
  readonly credited: bigint;
  readonly burnDue: bigint;
  readonly burned: bigint;
  readonly returned: bigint;
  readonly spent: bigint;
  readonly withdrawn: bigint;
  /** Given to it by whoever, the lottery included. */
  readonly added: bigint;
  readonly ticketsRedeemed: bigint;
}

export interface Books {
  /** Tokens that the token contract says are held by PaymentChannels and by RelayRegistry. */
  readonly heldByChannels: bigint;
  readonly heldByRegistry: bigint;
  readonly bonds: bigint;
  readonly refunds: bigint;
  /** All that was ever minted, and what there is now. */
  readonly minted: bigint;
  readonly supply: bigint;
  readonly channels: readonly ChannelBook[];
  readonly relays: readonly RelayBook[];
  /** Undefined in a network without a lottery. */
  readonly lottery?: LotteryBooks;
}

export interface MoneyReport {
  readonly tokensHeld: bigint;
  readonly sumOfBalances: bigint;
  readonly paid: bigint;
  readonly credited: bigint;
  readonly burned: bigint;
  readonly owedBurn: bigint;
  /** Tokens made for the lottery's rewards, and what its paid claims credited; zero without a lottery. */
  readonly minted: bigint;
  readonly rewarded: bigint;
  readonly adds: boolean;
  /** One sentence for each equation that does not hold; empty when the money adds up. */
  readonly problems: readonly string[];
}

/** Checks every equation and names those that fail. */
export function balanceBooks(books: Books): MoneyReport {
  const { channels, relays, lottery } = books;
  const credit = sum(relays, (relay) => relay.credit);
  const owedBurn = sum(relays, (relay) => relay.owedBurn);
  const inChannels = sum(channels, (channel) => channel.balance);
  const paid = sum(channels, (channel) => channel.paid);
  const credited = sum(relays, (relay) => relay.credited);
  const burnDue = sum(relays, (relay) => relay.burnDue);
  const burned = sum(relays, (relay) => relay.burned);

  const rewards = lottery === undefined ? 0n : lottery.free + lottery.reserved;
  const tokensHeld = books.heldByChannels + books.heldByRegistry + (lottery?.heldBySource ?? 0n);
  const sumOfBalances = inChannels + credit + owedBurn + books.refunds + books.bonds + rewards;
  const problems = [
    differs("tokens held by the contracts", tokensHeld, "sum of all balances", sumOfBalances),
    differs("bonds", books.bonds, "tokens held by the registry", books.heldByRegistry),
    differs("sum paid", paid, "sum credited + burned", credited + burnDue),
    differs("tokens that left circulation", books.minted - books.supply, "sum burned", burned),
    ...channels.map(channelProblem),
    ...channels.flatMap(repeatedPayments),
    ...relays.flatMap(relayProblems),
    ...(lottery === undefined ? [] : lotteryProblems(lottery)),
  ].filter((problem) => problem !== undefined);
  return {
    tokensHeld,
    sumOfBalances,
    paid,
    credited,
    burned,
    owedBurn,
    minted: lottery === undefined ? 0n : mintedForRewards(lottery),
    rewarded: lottery === undefined ? 0n : rewarded(lottery),
    adds: problems.length === 0,
    problems,
  };
}

function channelProblem(channel: ChannelBook): string | undefined {
  const expected = channel.funded - channel.paid - channel.returned;
  return differs(
    `balance of channel ${channel.id}`,
    channel.balance,
    "funded − paid − returned",
    expected,
  );
}

/** Redemptions of one generation must take disjoint, ascending ranges of indexes, each wide enough for its tickets. */
function repeatedPayments(channel: ChannelBook): string[] {
  const problems: string[] = [];
  let generation = -1n;
  let next = 1n;
  for (const redemption of channel.redemptions) {
    if (redemption.generation !== generation) {
      generation = redemption.generation;
      next = 1n;
    }
    if (redemption.nextIndex - next < redemption.tickets)
      problems.push(
        `channel ${channel.id} paid ${redemption.tickets} tickets between index ${next} and ${redemption.nextIndex}: one was paid twice`,
      );
    next = redemption.nextIndex;
  }
  return problems;
}

function relayProblems(relay: RelayBook): string[] {
  return [
    differs(
      `earnings of relay ${relay.id}`,
      relay.credit,
      "credited + returned + added − spent − withdrawn",
      relay.credited + relay.returned + relay.added - relay.spent - relay.withdrawn,
    ),
    differs(
      `burn owed by relay ${relay.id}`,
      relay.owedBurn,
      "burn due − burned",
      relay.burnDue - relay.burned,
    ),
  ].filter((problem) => problem !== undefined);
}
