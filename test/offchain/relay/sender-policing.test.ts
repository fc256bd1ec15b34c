import { expect } from "chai";

import { ManualClock } from "../../../offchain/adapters/memory/clock.ts";
import { seededRandom } from "../../../offchain/adapters/memory/random.ts";
import { channelId, millis } from "../../../offchain/core/units.ts";
import type { ChannelId, RelayId } from "../../../offchain/core/units.ts";
import {
  SENDER_FIRST_SHUT_TIME,
  SENDER_JUDGED_EVERY,
  SENDER_LONGEST_SHUT_TIME,
  SENDER_SPAN,
} from "../../../offchain/relay/limits.ts";
import { SenderPolicing } from "../../../offchain/relay/sender-policing.ts";
import { relayIdFor } from "./support/identities.ts";

const ALICE = channelId(`0x${"a1".repeat(32)}`);
const MALLORY = channelId(`0x${"3a".repeat(32)}`);
const NEXT = ["x", "y", "z"].map(relayIdFor);

/** Share of unresolved packets of a sender at a next relay. */
type Shares = (next: RelayId) => number;

/** Lets senders send in turn, evenly over the next relays, until `packets` each; says after how many each was shut. */
function play(
  senders: ReadonlyMap<ChannelId, Shares>,
  packets: number,
  clock = new ManualClock(),
): ReadonlyMap<ChannelId, number> {
  const policing = new SenderPolicing(clock);
  const random = seededRandom("policing");
  const shutAfter = new Map<ChannelId, number>();
  for (let i = 0; i < packets; i++)
    for (const [channel, shares] of senders) {
      if (shutAfter.has(channel)) continue;
      const next = NEXT[i % NEXT.length] ?? relayIdFor("x");
      const [byte = 0] = random.bytes(1);
      policing.record(channel, next, byte / 256 >= shares(next));
      if (policing.isShut(channel)) shutAfter.set(channel, i + 1);
    }
  return shutAfter;
}

const honest: Shares = () => 0.01;

describe("relay: policing of senders at layer 0 (threat 59)", () => {
  it(`threat 59: a sender none of whose puzzles open is shut out after ${SENDER_JUDGED_EVERY} packets, others are not`, () => {
    const senders = new Map<ChannelId, Shares>([
      [ALICE, honest],
      [MALLORY, () => 1],
    ]);
    const shut = play(senders, 2_000);
    expect(shut.get(MALLORY)).to.equal(SENDER_JUDGED_EVERY);
    expect(shut.has(ALICE)).to.equal(false);
  });

  it("threat 59: one that lies about a third of its packets is found among honest ones", () => {
    const senders = new Map<ChannelId, Shares>([
      [ALICE, honest],
      [MALLORY, () => 0.33],
    ]);
    const shut = play(senders, 1_000);
    expect(shut.get(MALLORY)).to.be.at.most(4 * SENDER_JUDGED_EVERY);
    expect(shut.has(ALICE)).to.equal(false);
  });

  it("senders are not blamed for a next relay that loses everything of everyone", () => {
    const faulty: Shares = (next) => (next === NEXT[0] ? 1 : 0.01);
    const senders = new Map<ChannelId, Shares>([
      [ALICE, faulty],
      [MALLORY, faulty],
    ]);
    expect(play(senders, 1_000).size).to.equal(0);
  });

  it("a sender that is alone is shut for being bad everywhere, not for one bad next relay", () => {
    const faulty: Shares = (next) => (next === NEXT[0] ? 1 : 0.01);
    expect(play(new Map([[ALICE, faulty]]), 1_000).size).to.equal(0);
    const shut = play(new Map<ChannelId, Shares>([[MALLORY, () => 1]]), 1_000);
    expect(shut.get(MALLORY)).to.equal(SENDER_JUDGED_EVERY);
  });

  it("honest senders under ordinary loss are never shut", () => {
    const senders = new Map(
      Array.from({ length: 20 }, (_, i): [ChannelId, Shares] => [
        channelId(`0x${(i + 10).toString(16).padStart(2, "0").repeat(32)}`),
        () => 0.03,
      ]),
    );
    expect(play(senders, 2_000).size).to.equal(0);
  });

  it("threat 59: a shut channel is open again after the stated time, which doubles each time up to the longest", async () => {
    const clock = new ManualClock();
    const policing = new SenderPolicing(clock);
    const lie = (times: number): void => {
      for (let i = 0; i < times; i++)
        policing.record(MALLORY, NEXT[i % 2] ?? relayIdFor("x"), false);
    };
    const isShutFor = async (span: number): Promise<void> => {
      expect(policing.isShut(MALLORY)).to.equal(true);
      await clock.run(millis(span - 1));
      expect(policing.isShut(MALLORY)).to.equal(true);
      await clock.run(millis(1));
      expect(policing.isShut(MALLORY)).to.equal(false);
    };
    for (const times of [1, 2, 4, 8, 16, 32]) {
      lie(SENDER_JUDGED_EVERY);
      await isShutFor(times * SENDER_FIRST_SHUT_TIME);
    }
    for (let i = 0; i < 2; i++) {
      lie(SENDER_JUDGED_EVERY);
      await isShutFor(SENDER_LONGEST_SHUT_TIME);
    }
    await clock.run(millis(SENDER_LONGEST_SHUT_TIME + SENDER_SPAN));
    lie(SENDER_JUDGED_EVERY);
    await isShutFor(SENDER_FIRST_SHUT_TIME);
  });

  it("what was under way when a channel was shut is not held against it again", async () => {
    const clock = new ManualClock();
    const policing = new SenderPolicing(clock);
    const next = (i: number): RelayId => NEXT[i % 2] ?? relayIdFor("x");
    for (let i = 0; i < 2 * SENDER_JUDGED_EVERY - 1; i++) policing.record(MALLORY, next(i), false);
    await clock.run(SENDER_FIRST_SHUT_TIME);
    for (let i = 0; i < SENDER_JUDGED_EVERY; i++) policing.record(MALLORY, next(i), true);
    expect(policing.isShut(MALLORY)).to.equal(false);
  });

  it("threat 59: one that lies slowly is shut after as many packets as one that lies fast", async () => {
    const clock = new ManualClock();
    const policing = new SenderPolicing(clock);
    for (let i = 0; i < SENDER_JUDGED_EVERY; i++) {
      expect(policing.isShut(MALLORY)).to.equal(false);
      const next = NEXT[i % NEXT.length] ?? relayIdFor("x");
      for (let j = 0; j < 8; j++) policing.record(ALICE, next, true);
      policing.record(MALLORY, next, false);
      await clock.run(millis(SENDER_SPAN / 2));
    }
    expect(policing.isShut(MALLORY)).to.equal(true);
    expect(policing.isShut(ALICE)).to.equal(false);
  });

  it("a slow sender is compared with others over its own time, not over the last span", async () => {
    const clock = new ManualClock();
    const policing = new SenderPolicing(clock);
    for (let i = 0; i < SENDER_JUDGED_EVERY; i++) {
      // At first the next relays lose half of everyone's packets, later nothing.
      const resolved = i > SENDER_JUDGED_EVERY / 2 || i % 2 === 0;
      for (const next of NEXT)
        for (let j = 0; j < 8; j++) policing.record(ALICE, next, i > 32 || j % 2 === 0);
      policing.record(MALLORY, NEXT[i % NEXT.length] ?? relayIdFor("x"), resolved);
      await clock.run(millis(SENDER_SPAN / 2));
    }
    expect(policing.isShut(MALLORY)).to.equal(false);
  });

  it("tallies start anew once they were judged, so that a good past buys nothing", async () => {
    const clock = new ManualClock();
    const policing = new SenderPolicing(clock);
    const send = (count: number, resolved: (i: number) => boolean): void => {
      for (let i = 0; i < count; i++)
        policing.record(MALLORY, NEXT[i % 2] ?? relayIdFor("x"), resolved(i));
    };
    send(10 * SENDER_JUDGED_EVERY, () => true);
    await clock.run(SENDER_SPAN);
    send(SENDER_JUDGED_EVERY, (i) => i % 5 < 2);
    expect(policing.isShut(MALLORY)).to.equal(true);
  });
});
