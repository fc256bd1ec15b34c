/**
 * Does the money add up? Pure arithmetic over what a reader took from a chain: token balances, contract
 * storage and events, never a figure of an agent. All amounts in the token's smallest unit.
 */

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
  readonly ticketsRedeemed: bigint;
}

export interface Books {
  /** Tokens that the token contract says are held by PaymentChannels and by RelayRegistry. */
  readonly heldByChannels: bigint;
  readonly heldByRegistry: bigint;
  readonly bonds: bigint;
  readonly refunds: bigint;
  /** What the deployment minted, and what there is now. */
  readonly minted: bigint;
  readonly supply: bigint;
  readonly channels: readonly ChannelBook[];
  readonly relays: readonly RelayBook[];
}

export interface MoneyReport {
  readonly tokensHeld: bigint;
  readonly sumOfBalances: bigint;
  readonly paid: bigint;
  readonly credited: bigint;
  readonly burned: bigint;
  readonly owedBurn: bigint;
  readonly adds: boolean;
  /** One sentence for each equation that does not hold; empty when the money adds up. */
  readonly problems: readonly string[];
}

const sum = <T>(items: readonly T[], amount: (item: T) => bigint): bigint =>
  items.reduce((total, item) => total + amount(item), 0n);

/** Checks every equation and names those that fail. */
export function balanceBooks(books: Books): MoneyReport {
  const { channels, relays } = books;
  const credit = sum(relays, (relay) => relay.credit);
  const owedBurn = sum(relays, (relay) => relay.owedBurn);
  const inChannels = sum(channels, (channel) => channel.balance);
  const paid = sum(channels, (channel) => channel.paid);
  const credited = sum(relays, (relay) => relay.credited);
  const burnDue = sum(relays, (relay) => relay.burnDue);
  const burned = sum(relays, (relay) => relay.burned);

  const tokensHeld = books.heldByChannels + books.heldByRegistry;
  const sumOfBalances = inChannels + credit + owedBurn + books.refunds + books.bonds;
  const problems = [
    differs("tokens held by the contracts", tokensHeld, "sum of all balances", sumOfBalances),
    differs("bonds", books.bonds, "tokens held by the registry", books.heldByRegistry),
    differs("sum paid", paid, "sum credited + burned", credited + burnDue),
    differs("tokens that left circulation", books.minted - books.supply, "sum burned", burned),
    ...channels.map(channelProblem),
    ...channels.flatMap(repeatedPayments),
    ...relays.flatMap(relayProblems),
  ].filter((problem) => problem !== undefined);
  return {
    tokensHeld,
    sumOfBalances,
    paid,
    credited,
    burned,
    owedBurn,
    adds: problems.length === 0,
    problems,
  };
}

function differs(what: string, got: bigint, of: string, expected: bigint): string | undefined {
  return got === expected
    ? undefined
    : `${what} (${got}) ≠ ${of} (${expected}), off by ${got - expected}`;
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
      "credited + returned − spent − withdrawn",
      relay.credited + relay.returned - relay.spent - relay.withdrawn,
    ),
    differs(
      `burn owed by relay ${relay.id}`,
      relay.owedBurn,
      "burn due − burned",
      relay.burnDue - relay.burned,
    ),
  ].filter((problem) => problem !== undefined);
}
