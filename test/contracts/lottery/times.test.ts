/** When a claimed packet can have been where (protocol section 10), to the second. */
import { expect } from "chai";
import { network } from "hardhat";

import {
  type CoverClaim,
  type CoverTimes,
  encodeCoverClaim,
  replayLeaf,
  type ReplayProof,
  wrongCoverTime,
} from "../../../offchain/core/cover/index.ts";
import { endOf, startOf } from "../../../offchain/core/epochs/epochs.ts";
import { type FlatTree, growFlatTree } from "../../../offchain/core/merkle/flat-tree.ts";
import { type Seconds, seconds } from "../../../offchain/core/units.ts";
import {
  claimParts,
  type CoverPacket,
  deployLottery,
  type DrawnPacket,
  drawnOf,
  joinRelays,
  runTo,
  sendCover,
} from "../support/lottery.ts";
import { accounts } from "../support/registry.ts";

const connection = await network.create();
const { networkHelpers } = connection;
const { alice, bob } = await accounts(connection);

const EPOCH = 4;
const SPAN = 20;
const TOLERANCE = 25;
/** Seconds around the epoch for which every hop's tree holds every packet. */
const MARGIN = 60;
type Times = readonly [Seconds, Seconds, Seconds];

/**
 * Six relays that agree to claim any times: their trees hold every packet that crossed them at every second.
 * With so many slots and so much tolerance some packet leaves near each end of the epoch.
 */
async function willing() {
  const changes = { slots: 10, draws: 224, timeTolerance: TOLERANCE };
  const setup = await deployLottery(connection, changes);
  const relays = await joinRelays(connection, setup, 6, alice, bob);
  await runTo(connection, setup, EPOCH);
  const cover = await sendCover(setup, relays, EPOCH);
  const start = startOf(setup.clock, cover.epoch);
  const end = endOf(setup.clock, cover.epoch);
  const [first, count] = [start - MARGIN, end - start + 2 * MARGIN];
  await runTo(connection, setup, EPOCH + 1);
  const trees = new Map<string, { tree: FlatTree; tags: string[] }>();
  for (const { id } of relays) {
    const tags = cover.packets.flatMap(({ hops, taken }) =>
      taken.filter((_, hop) => hops[hop] === id).map(({ tag }) => tag),
    );
    const growing = growFlatTree(tags.length * count, (position) => {
      const tag = tags[Math.floor(position / count)] ?? new Uint8Array(0);
      return replayLeaf(cover.epoch, id, { tag, time: seconds(first + (position % count)) });
    });
    let step = growing.next();
    while (step.done !== true) step = growing.next();
    trees.set(id, { tree: step.value, tags: tags.map(String) });
    await setup.lottery.connect(bob).commit(id, EPOCH, step.value.root);
  }
  await runTo(connection, setup, EPOCH + 2);
  const drawn = await drawnOf(setup, cover);

  const proofAt = (packet: CoverPacket, hop: number, time: Seconds): ReplayProof => {
    const found = trees.get(packet.hops[hop] ?? "");
    const tag = String(packet.taken[hop]?.tag);
    const position = (found?.tags.indexOf(tag) ?? 0) * count + (time - first);
    return { time, siblings: found?.tree.proof(position) ?? [] };
  };
  const claim = (packet: DrawnPacket, times: Times) => {
    const hops = times.map((time, hop) => proofAt(packet, hop, time));
    const parts = { ...claimParts(cover, packet), hops: hops as unknown as CoverClaim["hops"] };
    return setup.lottery.claim.staticCall(EPOCH, packet.draw, encodeCoverClaim(parts));
  };
  const limits = (packet: CoverPacket): CoverTimes => ({
    start,
    end,
    send: packet.send,
    routeSpan: seconds(SPAN),
    timeTolerance: seconds(TOLERANCE),
  });
  return { ...setup, drawn, start, end, claim, limits };
}

const fixture = () => networkHelpers.loadFixture(willing);
const at = (...times: [number, number, number]): Times => times.map(seconds) as unknown as Times;

describe("CoverLottery: times", () => {
  /** Holds both sides of a limit against the contract and against its twin. */
  async function check(
    state: Awaited<ReturnType<typeof willing>>,
    packet: DrawnPacket,
    times: Times,
    wrong?: { hop: 0 | 1 | 2; least: number; most: number },
  ): Promise<void> {
    expect(wrongCoverTime(times, state.limits(packet))).to.deep.equal(wrong);
    if (wrong === undefined) await state.claim(packet, times);
    else
      await expect(state.claim(packet, times))
        .to.be.revertedWithCustomError(state.lottery, "CoverLottery_WrongTime")
        .withArgs(wrong.hop, times[wrong.hop], wrong.least, wrong.most);
  }

  /** A packet that leaves at a second of the epoch within these. */
  function leaving(
    { drawn, start }: Awaited<ReturnType<typeof willing>>,
    from: number,
    to: number,
  ): DrawnPacket {
    const packet = drawn.find(({ send }) => send - start >= from && send - start <= to);
    if (packet === undefined) throw new Error("no packet leaves then");
    return packet;
  }

  it("threat 24: the first hop takes the packet when it is sent, as far as clocks agree", async () => {
    const state = await fixture();
    const packet = leaving(state, TOLERANCE, 74);
    const { send } = packet;
    const [least, most] = [send - TOLERANCE, Math.min(send + TOLERANCE, state.end - 1)];
    await check(state, packet, at(least, send, send));
    await check(state, packet, at(most, most, most));
    await check(state, packet, at(least - 1, send, send), { hop: 0, least, most });
    await check(state, packet, at(most + 1, send, send), { hop: 0, least, most });
  });

  it("threat 24: each next hop takes it no earlier than the one before", async () => {
    const state = await fixture();
    const packet = leaving(state, TOLERANCE, 74);
    const { send } = packet;
    const most = Math.min(send + SPAN + TOLERANCE, state.end - 1);
    const least = send - TOLERANCE;
    await check(state, packet, at(send, least, Math.max(least - TOLERANCE, state.start)));
    await check(state, packet, at(send, least - 1, send), { hop: 1, least, most });
    await check(state, packet, at(send, send, least));
    await check(state, packet, at(send, send, least - 1), { hop: 2, least, most });
  });

  it("threat 24: no hop takes it later than a route takes", async () => {
    const state = await fixture();
    const packet = leaving(state, 0, 54);
    const { send } = packet;
    const most = send + SPAN + TOLERANCE;
    const least = Math.max(send - TOLERANCE, state.start);
    await check(state, packet, at(send, most, most));
    await check(state, packet, at(send, most + 1, most), { hop: 1, least, most });
    await check(state, packet, at(send, send, most + 1), { hop: 2, least, most });
  });

  it("threat 20: all of it is in the epoch, at either end of it", async () => {
    const state = await fixture();
    const { start, end } = state;
    const early = leaving(state, 0, TOLERANCE - 1);
    const first = Math.min(early.send + TOLERANCE, end - 1);
    await check(state, early, at(start, start, start));
    await check(state, early, at(start - 1, start, start), { hop: 0, least: start, most: first });
    const earlyMost = early.send + SPAN + TOLERANCE;
    const wrong = { hop: 1, least: start, most: earlyMost } as const;
    await check(state, early, at(early.send, start - 1, start), wrong);

    const late = leaving(state, 56, 79);
    const least = late.send - TOLERANCE;
    await check(state, late, at(late.send, end - 1, end - 1));
    await check(state, late, at(late.send, end, end), { hop: 1, least, most: end - 1 });
    await check(state, late, at(late.send, late.send, end), { hop: 2, least, most: end - 1 });
  });

  it("are judged by the agent as by the contract, whatever they are", async () => {
    const state = await fixture();
    let [taken, refused] = [0, 0];
    for (const [index, packet] of [...state.drawn, ...state.drawn, ...state.drawn].entries()) {
      const near = (step: number) => packet.send + (((index + 1) * step) % 97) - 40;
      const times = at(near(7), near(11), near(13));
      const wrong = wrongCoverTime(times, state.limits(packet));
      await check(state, packet, times, wrong);
      if (wrong === undefined) taken++;
      else refused++;
    }
    expect(taken).to.be.greaterThan(0);
    expect(refused).to.be.greaterThan(0);
  });
});
