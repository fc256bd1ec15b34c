import { expect } from "chai";
import fc from "fast-check";

import {
  address,
  amount,
  channelId,
  epoch,
  generation,
  payerId,
  seconds,
  ticketIndex,
} from "../../../offchain/core/units.ts";
import type { ChannelState, EraView } from "../../../offchain/ports/network.ts";
import { Exposure } from "../../../offchain/settlement/exposure.ts";
import { PARAMS, relayNumber } from "./support/simulation.ts";

const RELAY = relayNumber(1);
const CHANNEL = channelId(relayNumber(2));
/** p = 1/8 and 600 in layer 1: a ticket wins 75 on average. */
const EXPECTED = 75n;
const FACE = 600n;
const LAYER_1_ERA: EraView = {
  era: 0 as never,
  order: [RELAY],
  layers: [[], [RELAY], []],
  layerOf: () => 1,
};

/** `sure`: how confirmed blocks left the channel, where that is something else; null: they do not know it. */
function guardOf(
  change: Partial<ChannelState> = {},
  era: EraView | null = LAYER_1_ERA,
  sure: Partial<ChannelState> | null = {},
) {
  const channel: ChannelState = {
    id: CHANNEL,
    payer: payerId(relayNumber(3)),
    ticketSigner: address(`0x${"ab".repeat(20)}`),
    relay: RELAY,
    balance: amount(10_000n),
    nextIndex: ticketIndex(1),
    generation: generation(0),
    status: "open",
    closableAt: seconds(0),
    ...change,
  };
  return new Exposure({
    params: PARAMS,
    channel: (id) => (id === CHANNEL ? channel : undefined),
    sureChannel: (id) => (id === CHANNEL && sure ? { ...channel, ...sure } : undefined),
    era: () => era ?? undefined,
  });
}

/** What `tickets` of p = 1/8 are paid on average out of `balance`: winners are binomial. */
function expectedPayout(tickets: number, balance: number): number {
  let sum = 0;
  let probability = (7 / 8) ** tickets;
  for (let winners = 0; winners <= tickets; winners++) {
    sum += probability * Math.min(winners * Number(FACE), balance);
    probability *= (tickets - winners) / (winners + 1) / 7;
  }
  return sum;
}

describe("exposure (protocol §7)", () => {
  it("threat 8: a channel that cannot pay a winner in full carries no ticket, however many would lose", () => {
    for (const balance of [0n, 1n, FACE / 2n, FACE - 1n, FACE, FACE + 2n * EXPECTED - 1n]) {
      const guard = guardOf({ balance: amount(balance) });
      expect(guard.request(CHANNEL, epoch(1), 1), `${balance}`).to.equal("channel-exhausted");
    }
    const guard = guardOf({ balance: amount(FACE + 2n * EXPECTED) });
    expect(guard.request(CHANNEL, epoch(1), 1)).to.equal("accept");
    expect(guard.request(CHANNEL, epoch(1), 1)).to.equal("channel-exhausted");
  });

  it("threat 8: filling a channel to any bound saves its payer no more than a fifteenth", () => {
    for (let balance = FACE / 8n; balance <= 20n * FACE; balance += FACE / 8n) {
      const guard = guardOf({ balance: amount(balance) });
      let tickets = 0;
      while (guard.request(CHANNEL, epoch(1), 1) === "accept") tickets++;
      if (tickets === 0) continue;
      const fair = tickets * Number(EXPECTED);
      expect(expectedPayout(tickets, Number(balance)) / fair).to.be.greaterThan(14 / 15);
    }
  });

  it("accepts tickets until what they win on average passes half of the balance beyond one winner", () => {
    const guard = guardOf();
    const most = Number((10_000n - FACE) / 2n / EXPECTED);
    for (let i = 0; i < most; i++) expect(guard.request(CHANNEL, epoch(1), 1)).to.equal("accept");
    expect(guard.request(CHANNEL, epoch(1), 1)).to.equal("channel-exhausted");
    expect(guard.request(CHANNEL, epoch(2), 1)).to.equal("channel-exhausted");
  });

  it("counts the known winners where they are more than the average", () => {
    const guard = guardOf();
    expect(guard.request(CHANNEL, epoch(1), 8)).to.equal("accept");
    for (let i = 0; i < 7; i++) guard.won(CHANNEL, epoch(1), amount(FACE));
    expect(guard.outstanding(CHANNEL)).to.equal(4_200n);
    expect(guard.request(CHANNEL, epoch(1), 1)).to.equal("accept");
    guard.won(CHANNEL, epoch(1), amount(600n));
    expect(guard.request(CHANNEL, epoch(1), 1)).to.equal("channel-exhausted");
  });

  it("refuses channels that are unknown, closing or closed", () => {
    expect(guardOf().request(channelId(relayNumber(9)), epoch(1), 1)).to.equal("channel-unknown");
    expect(guardOf({ status: "closing" }).request(CHANNEL, epoch(1), 1)).to.equal(
      "channel-closing",
    );
    expect(guardOf({ status: "closed" }).request(CHANNEL, epoch(1), 1)).to.equal("channel-closing");
  });

  it("takes the dearest layer's amount while the layers are unknown", () => {
    const guard = guardOf({}, null);
    guard.request(CHANNEL, epoch(1), 8);
    expect(guard.outstanding(CHANNEL)).to.equal(900n);
  });

  it("owes only what is known once the draws are in, and nothing once it is paid or too old", () => {
    const guard = guardOf();
    guard.request(CHANNEL, epoch(1), 50);
    guard.request(CHANNEL, epoch(2), 4);
    guard.won(CHANNEL, epoch(1), amount(600n));
    guard.drawn(epoch(1), epoch(0));
    expect(guard.outstanding(CHANNEL)).to.equal(600n + 4n * EXPECTED);
    guard.setKnown(epoch(1), new Map());
    expect(guard.outstanding(CHANNEL)).to.equal(4n * EXPECTED);
    guard.won(CHANNEL, epoch(2), amount(600n));
    guard.drawn(epoch(5), epoch(3));
    expect(guard.outstanding(CHANNEL)).to.equal(0n);
  });

  it("never accepts past its bound, and never refuses within it (any order of requests, wins and draws)", () => {
    const step = fc.oneof(
      fc.record({ request: fc.integer({ min: 1, max: 16 }), e: fc.nat(3) }),
      fc.record({ win: fc.constantFrom(300n, 600n, 900n), e: fc.nat(3) }),
      fc.record({ drawn: fc.nat(3) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), fc.bigInt(0n, 20_000n), (steps, balance) => {
        const guard = guardOf({ balance: amount(balance) });
        // The model: per epoch, tickets accepted and winnings known.
        const model = [0, 1, 2, 3].map(() => ({ accepted: 0n, known: 0n }));
        const owed = () =>
          model.reduce((sum, { accepted, known }) => {
            const expected = accepted * EXPECTED;
            return sum + (expected > known ? expected : known);
          }, 0n);
        for (const act of steps) {
          if ("request" in act) {
            const before = model[act.e] ?? { accepted: 0n, known: 0n };
            model[act.e] = { ...before, accepted: before.accepted + BigInt(act.request) };
            const fits = owed() * 2n + FACE <= balance;
            if (!fits) model[act.e] = before;
            const answer = guard.request(CHANNEL, epoch(act.e), act.request);
            expect(answer).to.equal(fits ? "accept" : "channel-exhausted");
          } else if ("win" in act) {
            guard.won(CHANNEL, epoch(act.e), amount(act.win));
            const before = model[act.e] ?? { accepted: 0n, known: 0n };
            model[act.e] = { ...before, known: before.known + act.win };
          } else {
            guard.drawn(epoch(act.drawn), epoch(0));
            for (let e = 0; e <= act.drawn; e++)
              model[e] = { accepted: 0n, known: model[e]?.known ?? 0n };
          }
          expect(guard.outstanding(CHANNEL)).to.equal(owed());
        }
      }),
    );
  });

  it("threat 51: trusts a channel with what confirmed blocks say it holds, and no more than is left", () => {
    const unknown = guardOf({}, LAYER_1_ERA, null);
    expect(unknown.request(CHANNEL, epoch(0), 1)).to.equal("channel-unknown");
    const reopened = guardOf({ generation: generation(1) }, LAYER_1_ERA, {
      generation: generation(0),
    });
    expect(reopened.request(CHANNEL, epoch(0), 1)).to.equal("channel-unknown");
    const toppedUp = guardOf({}, LAYER_1_ERA, { balance: amount(1n) });
    expect(toppedUp.request(CHANNEL, epoch(0), 1)).to.equal("channel-exhausted");
    const paidOut = guardOf({ balance: amount(1n) }, LAYER_1_ERA, { balance: amount(10_000n) });
    expect(paidOut.request(CHANNEL, epoch(0), 1)).to.equal("channel-exhausted");
    expect(guardOf().request(CHANNEL, epoch(0), 1)).to.equal("accept");
  });
});
