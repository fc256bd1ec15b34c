/**
 * Closing channels, and by when their winners are redeemed (threat 10). The payer may finalise once the notice period
 * is over and takes what is left then, so redeeming is done with half of the notice period left. The agent redeems as
 * soon as an epoch is over, whether a channel closes or not; the notice period exceeds `W + 2` epochs, so half of it
 * leaves room for the epoch that runs and for its draws. Winners that are worth too little wait until an epoch's length
 * before that half is over. Who watches for the agent leaves it a quarter of the notice period to do so, and has a
 * quarter itself.
 */
import { seconds, type ChannelId, type Epoch, type RelayId, type Seconds } from "../core/units.ts";
import type { ChannelState, NetworkView } from "../ports/network.ts";
import type { WinnerState, WinnerStore, WinningTicket } from "../ports/store.ts";
import { changedWinners } from "./winners.ts";

/** Share of the notice period that is left when winners have been redeemed. */
export const LEFT_WHEN_REDEEMED = 0.5;
/** And when a watcher begins to redeem. */
export const LEFT_WHEN_WATCHED = 0.75;

/** Chain time by which a closing channel's winners are redeemed. */
export const redeemBy = (channel: ChannelState, notice: Seconds): Seconds =>
  seconds(Math.floor(channel.closableAt - LEFT_WHEN_REDEEMED * notice));

/** Whether a channel is closing, and no epoch's length is left until its winners are to be redeemed. */
export function isClosingSoon(
  view: Pick<NetworkView, "channel" | "chainTime" | "params">,
  id: ChannelId,
): boolean {
  const channel = view.channel(id);
  if (channel?.status !== "closing") return false;
  const { noticePeriod, epochLength } = view.params;
  return view.chainTime() >= redeemBy(channel, noticePeriod) - epochLength;
}

/** Chain time from which a watcher redeems them. */
export const watchFrom = (channel: ChannelState, notice: Seconds): Seconds =>
  seconds(Math.floor(channel.closableAt - LEFT_WHEN_WATCHED * notice));

/** Whether a channel to `relay` is closing, and owes it winners later than they should have been redeemed. */
export function hasLateWinners(
  view: NetworkView,
  relay: RelayId,
  unpaid: (channel: ChannelId) => bigint,
): boolean {
  const now = view.chainTime();
  return view
    .channelsTo(relay)
    .some(
      (channel) =>
        channel.status === "closing" &&
        now > redeemBy(channel, view.params.noticePeriod) &&
        unpaid(channel.id) > 0n,
    );
}

/** Whether a watcher redeems from the channel now. */
export function isWatched(view: NetworkView, id: ChannelId): boolean {
  const channel = view.channel(id);
  return (
    channel?.status === "closing" &&
    view.chainTime() >= watchFrom(channel, view.params.noticePeriod)
  );
}

/** The winners in `store` as far as `takes` their channel and epoch; what is marked is marked in the store. */
export function winnersOf(
  store: WinnerStore,
  takes: (channel: ChannelId, epoch: Epoch) => boolean,
): WinnerStore {
  const list = async (
    epoch: Epoch,
    states: readonly WinnerState[],
  ): Promise<readonly WinningTicket[]> =>
    (await store.list(epoch, states)).filter(({ channel }) => takes(channel, epoch));
  return changedWinners(store, {
    list,
    async epochs(states) {
      const epochs: Epoch[] = [];
      for (const epoch of await store.epochs(states))
        if ((await list(epoch, states)).length > 0) epochs.push(epoch);
      return epochs;
    },
  });
}
