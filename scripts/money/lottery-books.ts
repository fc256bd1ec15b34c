/** The lottery's part of the books: where rewards come from, whose they are, and where they went. */
import { differs, sum } from "./equations.ts";

/** One relay's rewards: storage, then events. */
export interface RewardBook {
  readonly id: string;
  /** Credited, and nobody has moved it yet. */
  readonly left: bigint;
  /** Moved to the relay's earnings, and what arrived there out of the lottery. */
  readonly collected: bigint;
  readonly arrived: bigint;
  /** Moved into channels. */
  readonly moved: bigint;
  readonly commitments: number;
}

export interface PaidClaim {
  readonly epoch: number;
  readonly draw: number;
  readonly sender: string;
  readonly hops: readonly string[];
}

export interface LotteryBooks {
  /** What the token contract says that the reward source holds. */
  readonly heldBySource: bigint;
  /** The source's ledger: what can be reserved without a new token, and what is reserved. */
  readonly free: bigint;
  readonly reserved: bigint;
  /** What the lottery says that it owes to all relays together. */
  readonly owed: bigint;
  readonly senderReward: bigint;
  readonly hopReward: bigint;
  /** Most that may be minted in an epoch. */
  readonly mintCap: bigint;
  /** Tokens made for the source, by the epoch of their block, and tokens that a pool was topped up with. */
  readonly mints: readonly { readonly epoch: number; readonly amount: bigint }[];
  readonly toppedUp: bigint;
  readonly claims: readonly PaidClaim[];
  readonly relays: readonly RewardBook[];
}

/** What all paid claims credited to `relay`, as sender and as hop. */
export function rewardsOf(books: LotteryBooks, relay: string): bigint {
  const sent = books.claims.filter(({ sender }) => sender === relay).length;
  const carried = books.claims.filter(({ hops }) => hops.includes(relay)).length;
  return BigInt(sent) * books.senderReward + BigInt(carried) * books.hopReward;
}

/** What all paid claims credited together. */
export const rewarded = ({ claims, senderReward, hopReward }: LotteryBooks): bigint =>
  sum(claims, ({ hops }) => senderReward + BigInt(hops.length) * hopReward);

export const mintedForRewards = ({ mints }: LotteryBooks): bigint =>
  sum(mints, ({ amount }) => amount);

/** One sentence for each equation that does not hold. */
export function lotteryProblems(books: LotteryBooks): readonly string[] {
  const { free, reserved, relays, claims } = books;
  const gone = sum(relays, ({ collected, moved }) => collected + moved);
  const provided = mintedForRewards(books) + books.toppedUp;
  return [
    differs(
      "tokens held by the reward source",
      books.heldBySource,
      "free + reserved",
      free + reserved,
    ),
    differs("reserved rewards", reserved, "rewards that the lottery owes", books.owed),
    differs(
      "rewards that the lottery owes",
      books.owed,
      "sum over relays",
      sum(relays, ({ left }) => left),
    ),
    differs(
      "tokens made for rewards",
      provided,
      "free + reserved + paid out",
      free + reserved + gone,
    ),
    differs("rewards of paid claims", rewarded(books), "owed + paid out", books.owed + gone),
    ...relays.flatMap((relay) => [
      differs(
        `rewards of relay ${relay.id}`,
        relay.left,
        "credited by claims − collected − moved",
        rewardsOf(books, relay.id) - relay.collected - relay.moved,
      ),
      differs(
        `rewards that relay ${relay.id} collected`,
        relay.collected,
        "what arrived in its earnings",
        relay.arrived,
      ),
    ]),
    ...repeatedDraws(claims),
    ...mintsAboveCap(books),
  ].filter((problem) => problem !== undefined);
}

function repeatedDraws(claims: readonly PaidClaim[]): string[] {
  const draws = Map.groupBy(claims, ({ epoch, draw }) => `draw ${draw} of epoch ${epoch}`);
  return [...draws]
    .filter(([, paid]) => paid.length > 1)
    .map(([name, paid]) => `${name} was paid ${paid.length} times`);
}

function mintsAboveCap({ mints, mintCap }: LotteryBooks): string[] {
  return [...Map.groupBy(mints, ({ epoch }) => epoch)].flatMap(([epoch, own]) => {
    const minted = sum(own, ({ amount }) => amount);
    return minted > mintCap ? [`epoch ${epoch} minted ${minted}, above the cap of ${mintCap}`] : [];
  });
}
