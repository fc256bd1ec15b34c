/**
 * What a relay can tell of its own part in the lottery: cover that it sent and that came back, draws that fell on
 * it and what became of them, and what its drawn loops say of the links that they crossed.
 *
 * Nothing is told of an epoch before its draw is known, or before the epoch of that draw is over without one:
 * until then figures about cover would help to tell it from other packets (docs/lottery.md).
 */
import { epochAt } from "../../core/epochs/epochs.ts";
import { linkSamples, LOOP_LINKS } from "../../core/reliability/attribution.ts";
import {
  addTallies,
  EMPTY_TALLY,
  estimateOf,
  type Estimate,
  type Tally,
} from "../../core/reliability/estimate.ts";
import { jointEstimates, MAX_UNDRAWN_LOST } from "../../core/reliability/layers.ts";
import { epoch as toEpoch, type Epoch, type RelayId } from "../../core/units.ts";
import type { NetworkView } from "../../ports/network.ts";
import type { CoverSlot, DrawnPacket, DrawnState, Store } from "../../ports/store.ts";

/** One epoch: what is known of its slots, and the packets of those that were drawn. */
export interface EpochFigures {
  readonly epoch: Epoch;
  readonly slots: readonly CoverSlot[];
  readonly drawn: readonly OwnDraw[];
}

type OwnDraw = Pick<DrawnPacket, "slot" | "route" | "proved" | "state">;

/** What drawn loops showed of the link between two relays. */
export interface LinkTally extends Tally {
  readonly from: RelayId;
  readonly to: RelayId;
}

export interface LotteryReport {
  /** Last epoch that the figures take in; undefined as long as there is none. */
  readonly through: Epoch | undefined;
  /** Own packets that left, and those of them that came back. */
  readonly coverSent: number;
  readonly coverReturned: number;
  /** Own slots that were drawn: paid, never to be paid, and neither yet. */
  readonly draws: number;
  readonly claims: number;
  readonly forfeits: number;
  readonly open: number;
  /** Oldest epoch with draws that are neither. */
  readonly firstOpen: Epoch | undefined;
  readonly links: readonly LinkTally[];
  /** Links by their place on the way: into layer 0, 1, 2, and back. */
  readonly stages: readonly Tally[];
  /** Loops that were not drawn, of the newest epochs that have not lost too many for one estimate. */
  readonly undrawn: Tally;
}

/** Of all epochs that may be told and are still remembered. */
export async function readReport(
  self: RelayId,
  network: Pick<NetworkView, "params" | "draw" | "chainTime">,
  store: Pick<Store, "cover" | "drawn">,
): Promise<LotteryReport> {
  const through = lastTold(network);
  const totals = await store.cover.totals(toEpoch(0));
  const told = totals.filter(({ epoch }) => through !== undefined && epoch <= through);
  const drawn = await store.drawn.list(told[0]?.epoch ?? toEpoch(0));
  const epochs = await Promise.all(
    told.map(async ({ epoch }) => ({
      epoch,
      slots: await store.cover.list(epoch),
      drawn: drawn.filter((packet) => packet.epoch === epoch),
    })),
  );
  return { ...lotteryReport(self, epochs), through };
}

/** Undefined when there is none. */
function lastTold(network: Pick<NetworkView, "params" | "draw" | "chainTime">): Epoch | undefined {
  const running = epochAt(network.params, network.chainTime());
  if (running === undefined || running < 2) return undefined;
  const newest = toEpoch(running - 2);
  if (network.draw(newest) !== undefined) return newest;
  return newest === 0 ? undefined : toEpoch(newest - 1);
}

/**
 * Sums up epochs that may be told. Drawn loops of an epoch become samples when none of its draws is open any more:
 * those that came back are known earlier than those that did not, and would count for too much.
 */
export function lotteryReport(self: RelayId, epochs: readonly EpochFigures[]): LotteryReport {
  const newestFirst = epochs.toSorted((one, other) => other.epoch - one.epoch);
  const draws = epochs.flatMap(({ drawn }) => drawn);
  const loops = epochs.flatMap(({ slots }) => slots.filter(wasSent));
  const samples = epochs
    .filter(({ drawn }) => drawn.every(({ state }) => state !== "open"))
    .flatMap(({ slots, drawn }) =>
      drawn.flatMap(({ slot, route, proved }) => {
        const sent = slots.find((other) => other.slot === slot && wasSent(other));
        if (sent === undefined) return [];
        return linkSamples({ sender: self, route, proved, returned: sent.state === "returned" });
      }),
    );
  const inState = (state: DrawnState): number =>
    draws.filter((draw) => draw.state === state).length;
  return {
    through: newestFirst[0]?.epoch,
    coverSent: loops.length,
    coverReturned: loops.filter(({ state }) => state === "returned").length,
    draws: draws.length,
    claims: inState("claimed"),
    forfeits: inState("forfeited"),
    open: inState("open"),
    firstOpen: newestFirst.findLast(({ drawn }) => drawn.some(({ state }) => state === "open"))
      ?.epoch,
    links: [...Map.groupBy(samples, ({ from, to }) => `${from} ${to}`).values()].flatMap((link) =>
      link.slice(0, 1).map(({ from, to }) => ({ from, to, ...tallyOf(link) })),
    ),
    stages: Array.from({ length: LOOP_LINKS }, (_, link) =>
      tallyOf(samples.filter((sample) => sample.link === link)),
    ),
    undrawn: undrawnLoops(newestFirst),
  };
}

/** Each relay's links in, from whomever: what share of packets comes to be taken there. */
export function neighbourEstimates(links: readonly LinkTally[]): ReadonlyMap<RelayId, Estimate> {
  const byRelay = Map.groupBy(links, ({ to }) => to);
  return new Map([...byRelay].map(([relay, into]) => [relay, estimateOf(addTallies(into))]));
}

/** Links into each layer and the way back, by all loops together. Takes seconds when as many are lost as it takes in. */
export const layerEstimates = ({
  stages,
  undrawn,
}: Pick<LotteryReport, "stages" | "undrawn">): readonly Estimate[] =>
  jointEstimates(stages, undrawn);

const wasSent = ({ state }: CoverSlot): boolean => state === "sent" || state === "returned";

const tallyOf = (samples: readonly { readonly survived: boolean }[]): Tally => {
  const survived = samples.filter((sample) => sample.survived).length;
  return { survived, lost: samples.length - survived };
};

function undrawnLoops(newestFirst: readonly EpochFigures[]): Tally {
  let sum = EMPTY_TALLY;
  for (const { slots, drawn } of newestFirst) {
    const own = new Set(drawn.map(({ slot }) => slot));
    const loops = slots.filter((slot) => wasSent(slot) && !own.has(slot.slot));
    const more = tallyOf(loops.map(({ state }) => ({ survived: state === "returned" })));
    if (sum.lost + more.lost > MAX_UNDRAWN_LOST) break;
    sum = addTallies([sum, more]);
  }
  return sum;
}
