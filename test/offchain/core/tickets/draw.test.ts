/**
 * Nobody who lacks one of the draw's inputs can bend it. Each search below knows all but one input, looks for
 * the best it can get, and has to come out at p. Every χ² test fails an honest draw once in a million times.
 */
import { expect } from "chai";

import { keccak256, createBackend } from "../../../../offchain/core/crypto/index.ts";
import {
  isWinner,
  signTicketBatch,
  ticketBatchDigest,
  ticketDomain,
  ticketDraw,
  ticketLeaf,
} from "../../../../offchain/core/tickets/index.ts";
import {
  address,
  amount,
  channelId,
  epoch,
  generation,
  relayId,
  ticketIndex,
  winProb,
} from "../../../../offchain/core/units.ts";
import { ticketAlpha } from "../../../../offchain/core/vrf/alpha.ts";
import { vrfProve } from "../../../../offchain/core/vrf/vrf.ts";
import { chiSquare, chiSquareTail } from "../../../support/statistics.ts";

const ERROR = 1e-6;
const SEARCH = 24;
const p = 1 / 8;
const WIN_PROB = winProb(2n ** 61n - 1n);

const backend = createBackend();
const domain = ticketDomain(31337n, address("0x" + "c4".repeat(20)));
const channel = channelId("0x" + "11".repeat(32));
const relay = relayId("0x" + "22".repeat(32));
const secret = (name: string) => keccak256(Buffer.from(name));
const payerKey = secret("payer");

const sign = (leaf: Uint8Array, at: number, key = payerKey) =>
  signTicketBatch(
    backend,
    ticketBatchDigest(domain, {
      channelId: channel,
      generation: generation(0),
      epoch: epoch(at),
      amount: amount(1n),
      winProb: WIN_PROB,
      root: leaf,
    }),
    key,
  );

const yOf = (at: number, key = secret("relay vrf")) =>
  vrfProve(key, ticketAlpha(domain.chainId, domain.channels, relay, epoch(at))).beta;

const expectShare = (wins: number, trials: number) => {
  const statistic = chiSquare([wins, trials - wins], [trials * p, trials * (1 - p)]);
  expect(chiSquareTail(statistic, 1)).to.be.above(ERROR);
};

describe("the draw of a ticket (protocol section 3)", () => {
  it("wins with probability p, and evenly over its whole range", () => {
    const y = yOf(0);
    const cells = new Array<number>(16).fill(0);
    let wins = 0;
    const trials = 20_000;
    for (let i = 0; i < trials; i++) {
      const response = secret(`even ${i}`);
      const leaf = ticketLeaf(ticketIndex(i), keccak256(response));
      const draw = ticketDraw(y, leaf, Buffer.concat([secret(`r ${i}`), response]), response);
      const cell = Number(draw >> 60n);
      cells[cell] = (cells[cell] ?? 0) + 1;
      if (draw <= WIN_PROB) wins++;
    }
    expectShare(wins, trials);
    expect(chiSquareTail(chiSquare(cells), cells.length - 1)).to.be.above(ERROR);
  });

  it("wins at the threshold and not above it", () => {
    const [y, leaf, response] = [secret("y"), secret("leaf"), secret("response")];
    const signature = Buffer.concat([secret("r"), secret("s")]);
    const draw = ticketDraw(y, leaf, signature, response);
    expect(isWinner(y, leaf, signature, response, winProb(draw))).to.equal(true);
    expect(isWinner(y, leaf, signature, response, winProb(draw - 1n))).to.equal(false);
  });

  it("threat 13: a sender who works with the payee cannot choose a winning puzzle", () => {
    // They know y before the ticket exists, choose index and response freely, and have seen earlier
    // signatures of the payer; they lack its key, and it signs once whatever they chose.
    const trials = 12_000;
    let wins = 0;
    let hoped = 0;
    let seen = new Uint8Array(64);
    const y = yOf(0);
    for (let i = 0; i < trials; i++) {
      let best: { leaf: Uint8Array; response: Uint8Array; draw: bigint } | undefined;
      for (let attempt = 0; attempt < SEARCH; attempt++) {
        const response = secret(`puzzle ${i} ${attempt}`);
        const leaf = ticketLeaf(ticketIndex(i), keccak256(response));
        // Their best guess at the signature: the last one, or one by a key of their own.
        const guess = attempt % 8 === 0 ? sign(leaf, 0, secret("sender")) : seen;
        const draw = ticketDraw(y, leaf, guess, response);
        if (best === undefined || draw < best.draw) best = { leaf, response, draw };
      }
      if (best === undefined) throw new Error("nothing was searched");
      if (best.draw <= WIN_PROB) hoped++;
      seen = Uint8Array.from(sign(best.leaf, 0));
      if (isWinner(y, best.leaf, seen, best.response, WIN_PROB)) wins++;
    }
    // The search itself works: with a signature known beforehand nearly every puzzle would win.
    expect(hoped).to.be.above(trials * 0.9);
    expectShare(wins, trials);
  });

  it("threat 14: a payer cannot make tickets that lose", () => {
    // The payer knows all but y: it chooses the index, and even the response, together with the sender.
    const [epochs, perEpoch] = [40, 250];
    let wins = 0;
    let hoped = 0;
    for (let at = 1; at <= epochs; at++) {
      // Its best guess at y: the last one it saw on chain, or one by another key.
      const guess = at % 2 === 0 ? yOf(at - 1) : yOf(at, secret("other vrf"));
      const y = yOf(at);
      for (let i = 0; i < perEpoch; i++) {
        let worst:
          | { leaf: Uint8Array; response: Uint8Array; signature: Uint8Array; draw: bigint }
          | undefined;
        for (let attempt = 0; attempt < SEARCH / 4; attempt++) {
          const response = secret(`dud ${at} ${i} ${attempt}`);
          const leaf = ticketLeaf(ticketIndex(i), keccak256(response));
          const signature = sign(leaf, at);
          const draw = ticketDraw(guess, leaf, signature, response);
          if (worst === undefined || draw > worst.draw) worst = { leaf, response, signature, draw };
        }
        if (worst === undefined) throw new Error("nothing was searched");
        if (worst.draw > WIN_PROB) hoped++;
        if (isWinner(y, worst.leaf, worst.signature, worst.response, WIN_PROB)) wins++;
      }
    }
    expect(hoped).to.be.above(epochs * perEpoch * 0.999);
    expectShare(wins, epochs * perEpoch);
  });
});
