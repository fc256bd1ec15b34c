import { expect } from "chai";

import { ManualClock } from "../../../../offchain/adapters/memory/clock.ts";
import { drawnPairs } from "../../../../offchain/core/cover/index.ts";
import { address, epoch, era, type RelayId } from "../../../../offchain/core/units.ts";
import type { ChainEvent } from "../../../../offchain/ports/events.ts";
import { statements } from "../../../../offchain/settlement/lottery/statement.ts";
import { reduce } from "../../../../offchain/settlement/state.ts";
import { IndexedView } from "../../../../offchain/settlement/view.ts";
import { LOTTERY_PARAMS as PARAMS, relayNumber } from "../support/simulation.ts";

const { lottery } = PARAMS;
const ACCOUNT = address(`0x${"ab".repeat(20)}`);
const RELAYS = [1, 2, 3, 4, 5, 6].map(relayNumber);
const [SELF = relayNumber(1), OTHER = relayNumber(2)] = RELAYS;
const NOW = 8;

const joined = (relay: RelayId): ChainEvent => ({
  kind: "relay-joined",
  relay,
  owner: ACCOUNT,
  agent: ACCOUNT,
  recipient: ACCOUNT,
  vrfKey: `0x${"11".repeat(64)}`,
  activeFrom: era(0),
});

const beacon = (n: number): ChainEvent => ({
  kind: "beacon-final",
  epoch: epoch(n),
  value: relayNumber(n + 1),
});

const committed = (e: number, relay = SELF): ChainEvent => ({
  ...{ kind: "replay-committed", relay, epoch: epoch(e), root: relayNumber(e + 1) },
});

const claimed = (
  e: number,
  sender: RelayId,
  draw: number,
  hops: readonly RelayId[],
): ChainEvent => ({
  ...{ kind: "draw-claimed", sender, epoch: epoch(e), draw, hops },
});

function viewOf(events: readonly ChainEvent[]): IndexedView {
  const view = new IndexedView(PARAMS, new ManualClock());
  const records = events.map((event, logIndex) => ({
    ...{ blockNumber: 1, blockHash: "0x01" as const, logIndex, contract: ACCOUNT, event },
  }));
  view.show(reduce(view.state, records));
  return view;
}

/** Draws of `e` that fell on SELF, as anyone can tell from the beacon. */
const ownDraws = (view: IndexedView, e: number) =>
  drawnPairs(view.draw(epoch(e)) ?? new Uint8Array(32), RELAYS.length, lottery).filter(
    ({ position }) => RELAYS[position] === SELF,
  );

describe("a relay's statement", () => {
  const beacons = [0, 1, 2, 3, 5, 6, 7, 8].map(beacon);
  const commitments = [1, 2, 4, 6].map((e) => committed(e));
  const plain = viewOf([...RELAYS.map(joined), ...beacons, ...commitments]);

  const of = (view: IndexedView, relay = SELF, count = 20) =>
    statements(view, lottery, relay, epoch(NOW), count);

  it("says of every epoch whether the relay committed, should have, still can, or need not", () => {
    expect(of(plain).map(({ epoch, commitment }) => `${epoch} ${commitment}`)).to.deep.equal([
      "1 committed",
      "2 committed",
      "3 missed",
      "4 committed",
      "5 not-owed",
      "6 committed",
      "7 due",
    ]);
    expect(of(plain, SELF, 2).map(({ epoch }) => epoch)).to.deep.equal([6, 7]);
    const stranger = of(plain, relayNumber(9));
    expect(new Set(stranger.map(({ commitment }) => commitment))).to.deep.equal(
      new Set(["not-owed"]),
    );
    const few = viewOf([...RELAYS.slice(1).map(joined), ...beacons]);
    expect(of(few, OTHER).every(({ commitment }) => commitment === "not-owed")).to.equal(true);
  });

  it("counts the draws that fell on the relay, and what became of them", () => {
    const [early, late] = [ownDraws(plain, 3)[0], ownDraws(plain, 6)[0]];
    if (early === undefined || late === undefined) throw new Error("draws fall on everyone here");
    const view = viewOf([
      ...RELAYS.map(joined),
      ...beacons,
      ...commitments,
      committed(3, OTHER),
      claimed(3, SELF, early.draw, [OTHER, OTHER, OTHER]),
      claimed(3, OTHER, 19, [OTHER, SELF, OTHER]),
      claimed(6, SELF, late.draw, [OTHER, OTHER, OTHER]),
      claimed(6, OTHER, 18, [SELF, OTHER, OTHER]),
      claimed(6, OTHER, 19, [OTHER, OTHER, SELF]),
    ]);
    const [, , third, fourth, fifth, sixth, seventh] = of(view);
    const drawn = (e: number) => ownDraws(view, e).length;
    const { senderReward, hopReward } = lottery;
    expect(third).to.deep.include({ drawn: drawn(3), claimed: 1, carried: 1, open: 0 });
    expect(third).to.deep.include({ forfeited: drawn(3) - 1, reward: senderReward + hopReward });
    expect(fourth).to.deep.include({
      drawn: drawn(4),
      claimed: 0,
      forfeited: drawn(4),
      reward: 0n,
    });
    expect(fifth, "no seed").to.deep.include({ drawn: undefined, forfeited: 0, reward: 0n });
    expect(sixth).to.deep.include({ drawn: drawn(6), claimed: 1, carried: 2, forfeited: 0 });
    expect(sixth).to.deep.include({ open: drawn(6) - 1, reward: senderReward + 2n * hopReward });
    expect(seventh, "no draw yet").to.deep.include({ drawn: undefined, open: 0, forfeited: 0 });
    expect(drawn(3) * drawn(4) * (drawn(6) - 1), "something is left").to.be.greaterThan(0);
  });
});
