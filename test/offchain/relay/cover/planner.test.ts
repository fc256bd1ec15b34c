import { expect } from "chai";

import { ManualClock } from "../../../../offchain/adapters/memory/clock.ts";
import { MemoryNetwork } from "../../../../offchain/adapters/memory/network.ts";
import { seededRandom } from "../../../../offchain/adapters/memory/random.ts";
import { memoryStore } from "../../../../offchain/adapters/memory/store.ts";
import { systemClock } from "../../../../offchain/adapters/system/clock.ts";
import { epoch, millis, seconds } from "../../../../offchain/core/units.ts";
import { nodeIdOfPeer } from "../../../../offchain/core/wire/node-id.ts";
import type { Clock } from "../../../../offchain/ports/clock.ts";
import { PLANNING_PAUSE } from "../../../../offchain/relay/cover/limits.ts";
import { Planner } from "../../../../offchain/relay/cover/planner.ts";
import { SlotPackets } from "../../../../offchain/relay/cover/slot-packets.ts";
import type { PlannedPacket } from "../../../../offchain/relay/cover/slot-packets.ts";
import { backend, bytesFor, peerFor, relayIdFor } from "../support/identities.ts";
import { beaconOf, LOTTERY } from "../support/lottery.ts";

/** A planner in a network of six, whose time is `time` and whose pauses are `clock`'s. */
function setUp(time: ManualClock, clock: Clock, slots: number) {
  const lottery = { ...LOTTERY, slots };
  const network = new MemoryNetwork(time, millis(50), { epochLength: seconds(60), lottery });
  const ids = Array.from({ length: 6 }, (_, i) => {
    const id = relayIdFor(`${i}`);
    const key = backend.publicKey(bytesFor(`packet key ${i}`));
    network.addRelay(id, peerFor(`${i}`), [{ key, from: 0 }]);
    return id;
  });
  network.setEra(0, [ids.slice(0, 2), ids.slice(2, 4), ids.slice(4)]);
  const [self] = ids;
  if (self === undefined) throw new Error("six relays");
  const store = memoryStore();
  const planned: PlannedPacket[] = [];
  const packets = new SlotPackets({
    ...{ self, network, lottery, backend, random: seededRandom("padding") },
    ...{ node: nodeIdOfPeer(peerFor("0")), vrfKey: bytesFor("vrf key 0") },
  });
  const planner = new Planner({
    ...{ self, network, slots, packets, store, clock },
    planned: (packet) => planned.push(packet),
    underWay: () => undefined,
    withdrawn: () => undefined,
  });
  return { network, store, planned, planner };
}

describe("relay: planning cover", () => {
  it("works out one slot at a time, packets come between", async () => {
    const clock = new ManualClock(millis(30_000));
    const { network, planned, planner } = setUp(clock, clock, 20);
    network.setBeacon(0, beaconOf(0));
    planner.update();
    for (let i = 0; i < 10; i++) {
      const before = planned.length;
      await clock.run(PLANNING_PAUSE);
      expect(planned.length - before).to.be.at.most(2);
    }
    await clock.run(millis(30 * PLANNING_PAUSE));
    expect(new Set(planned.map(({ slot }) => slot)).size).to.equal(planned.length);
    expect(planned.length).to.be.greaterThan(15);
    planner.update();
    const before = planned.length;
    await clock.run(millis(1_000));
    expect(planned.length).to.equal(before);
  });

  it("plans many slots in a row without holding the event loop up for long", async () => {
    const slots = 120;
    const { network, store, planned, planner } = setUp(
      new ManualClock(millis(30_000)),
      systemClock(),
      slots,
    );
    const done = new Promise<void>((resolve) => {
      store.cover.settle = () => {
        resolve();
        return Promise.resolve();
      };
    });
    network.setBeacon(0, beaconOf(0));
    const began = performance.now();
    const gaps: number[] = [];
    let last = began;
    const timer = setInterval(() => {
      gaps.push(performance.now() - last);
      last = performance.now();
    }, 1);
    planner.update();
    await done;
    clearInterval(timer);
    gaps.sort((a, b) => a - b);
    const at = (share: number): number => gaps[Math.floor(share * gaps.length)] ?? Infinity;
    console.log(
      `        ${slots} slots in ${Math.round(performance.now() - began)} ms; a timer of 1 ms came after ` +
        `${at(0.5).toFixed(1)} ms in the median, ${at(0.99).toFixed(1)} ms at the 99th percentile`,
    );
    expect(planned.length).to.be.greaterThan(0.8 * slots);
    // One slot is a few milliseconds of work, on a machine that has other work as well.
    expect(at(0.9)).to.be.at.most(60);
  });

  it("tries again what the store refused, and plans no packet for a slot with a state", async () => {
    const clock = new ManualClock(millis(30_000));
    const { network, planned, planner, store } = setUp(clock, clock, 5);
    await store.cover.settle(epoch(1), [{ slot: 2, state: "no-channel" }]);
    const list = store.cover.list.bind(store.cover);
    store.cover.list = () => Promise.reject(new Error("disk full"));
    network.setBeacon(0, beaconOf(0));
    planner.update();
    await clock.run(millis(1_000));
    expect(planned).to.deep.equal([]);
    store.cover.list = list;
    planner.update();
    await clock.run(millis(1_000));
    expect(planned.map(({ slot }) => slot)).not.to.include(2);
    expect(planned.length).to.be.within(3, 4);
  });
});
