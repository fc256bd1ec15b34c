/** What the chain says of a relay's part in the lottery, epoch by epoch: what it owed, what was drawn, what was paid. */
import { drawnPairs, lastClaimEpoch, LEAST_COVER_RELAYS } from "../../core/cover/index.ts";
import { eraOf } from "../../core/epochs/epochs.ts";
import {
  amount,
  epoch as toEpoch,
  type Amount,
  type Epoch,
  type RelayId,
} from "../../core/units.ts";
import type { LotteryParams } from "../../ports/network.ts";
import { setOf } from "../active-sets.ts";
import type { IndexedView } from "../view.ts";

/** `due`: the epoch that it is due in still runs. `not-owed`: there was no cover, or the relay had no part in it. */
export type CommitmentState = "committed" | "due" | "missed" | "not-owed";

export interface EpochStatement {
  readonly epoch: Epoch;
  readonly commitment: CommitmentState;
  /** Slots of this relay that were drawn; void ones, in which nothing was to be sent, too. Undefined without a draw. */
  readonly drawn: number | undefined;
  /** Of these: paid, lost for good, and neither yet. */
  readonly claimed: number;
  readonly forfeited: number;
  readonly open: number;
  /** Others' packets that were paid with this relay on their way. */
  readonly carried: number;
  /** For the packets claimed and carried. */
  readonly reward: Amount;
}

type View = Pick<IndexedView, "state" | "params" | "seed" | "draw" | "commitment">;

/** The last `count` epochs that are over as of `now`, oldest first, as far back as the chain is remembered. */
export function statements(
  view: View,
  lottery: LotteryParams,
  relay: RelayId,
  now: Epoch,
  count: number,
): readonly EpochStatement[] {
  return statedEpochs(view, now, count).map((epoch) => statement(view, lottery, relay, now, epoch));
}

/** What the claims of each of these epochs brought the relay, without looking at what was drawn. */
export function rewardsByEpoch(
  view: View,
  lottery: LotteryParams,
  relay: RelayId,
  now: Epoch,
  count: number,
): ReadonlyMap<Epoch, Amount> {
  return new Map(
    statedEpochs(view, now, count).map((epoch) => [
      epoch,
      earned(view, lottery, relay, epoch).reward,
    ]),
  );
}

function statedEpochs(view: View, now: Epoch, count: number): readonly Epoch[] {
  const remembered = Math.min(count, view.state.booksKept - 1);
  const first = Math.max(0, now - remembered);
  return Array.from({ length: now - first }, (_, i) => toEpoch(first + i));
}

function earned(
  view: View,
  lottery: LotteryParams,
  relay: RelayId,
  epoch: Epoch,
): Pick<EpochStatement, "claimed" | "carried" | "reward"> {
  const claims = [...(view.state.books.get(epoch)?.claims.values() ?? [])];
  const claimed = claims.filter(({ sender }) => sender === relay).length;
  const carried = claims.flatMap(({ hops }) => hops).filter((hop) => hop === relay).length;
  const reward = BigInt(claimed) * lottery.senderReward + BigInt(carried) * lottery.hopReward;
  return { claimed, carried, reward: amount(reward) };
}

function statement(
  view: View,
  lottery: LotteryParams,
  relay: RelayId,
  now: Epoch,
  epoch: Epoch,
): EpochStatement {
  const { claimed, carried, reward } = earned(view, lottery, relay, epoch);
  const drawn = drawnOf(view, lottery, relay, epoch);
  const unpaid = (drawn ?? 0) - claimed;
  const isOver = now > lastClaimEpoch(lottery, epoch);
  return {
    epoch,
    commitment: commitmentOf(view, lottery, relay, now, epoch),
    drawn,
    claimed,
    forfeited: isOver ? unpaid : 0,
    open: isOver ? 0 : unpaid,
    carried,
    reward,
  };
}

function drawnOf(
  view: View,
  lottery: LotteryParams,
  relay: RelayId,
  epoch: Epoch,
): number | undefined {
  const beacon = view.draw(epoch);
  if (beacon === undefined || view.seed(epoch) === undefined) return undefined;
  const order = setOf(view.state.sets, eraOf(view.params, epoch));
  const pairs = drawnPairs(beacon, order.length, lottery);
  return pairs.filter(({ position }) => order[position] === relay).length;
}

function commitmentOf(
  view: View,
  { firstEpoch }: LotteryParams,
  relay: RelayId,
  now: Epoch,
  epoch: Epoch,
): CommitmentState {
  if (view.commitment(relay, epoch) !== undefined) return "committed";
  const order = setOf(view.state.sets, eraOf(view.params, epoch));
  const isOwed =
    epoch >= firstEpoch &&
    order.length >= LEAST_COVER_RELAYS &&
    order.includes(relay) &&
    view.seed(epoch) !== undefined;
  if (!isOwed) return "not-owed";
  return now > epoch + 1 ? "missed" : "due";
}
