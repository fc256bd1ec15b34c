/** The ticket check itself: against the TypeScript twin, against plain Solidity, and against forgers. */
import { expect } from "chai";
import fc from "fast-check";
import { TypedDataEncoder, ZeroAddress, concat, dataSlice, hexlify, toBeHex } from "ethers";
import { network } from "hardhat";

import type { TicketsHarness } from "#contracts";

import { hexToBytes } from "../../../offchain/core/bytes.ts";
import { keccak256 } from "../../../offchain/core/crypto/index.ts";
import { merkleProof, merkleRoot } from "../../../offchain/core/merkle/merkle.ts";
import {
  type ClaimedTicket,
  type TicketBatch,
  channelIdOf,
  encodeClaims,
  signTicketBatch,
  ticketBatchDigest,
  ticketDomain,
  ticketDraw,
  ticketLeaf,
} from "../../../offchain/core/tickets/index.ts";
import {
  type Layer,
  address,
  amount,
  channelId,
  epoch,
  generation,
  payerId,
  relayId,
  ticketIndex,
  winProb,
} from "../../../offchain/core/units.ts";
import { backend, pseudoRandom, ticketSigner } from "../support/channels.ts";

const { ethers } = await network.create();
const harness = await ethers.deployContract("TicketsHarness");

const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const ALWAYS = winProb(2n ** 64n - 1n);
const PAID = 0n;
const REFUSED = { lower: 3n, loses: 6n, signature: 7n, depth: 5n } as const;

const domain = ticketDomain(31337n, address("0x" + "c4".repeat(20)));
const relay = relayId(hexlify(pseudoRandom("relay")));
const payer = payerId(hexlify(pseudoRandom("payer")));
const signer = ticketSigner("alice");
const channel = channelIdOf(payer, signer.address, relay);
const y = pseudoRandom("y");

interface Made {
  readonly ticket: ClaimedTicket;
  readonly batch: TicketBatch;
}

const leafOf = (index: number, response: Uint8Array) =>
  ticketLeaf(ticketIndex(index), keccak256(response));

/** A ticket with `index`, at `position` among the leaves of its frame, signed by the channel's signer. */
function make(index: number, siblings: readonly Uint8Array[] = [], position = 0): Made {
  const response = pseudoRandom(`response ${index}`);
  const leaves = siblings.toSpliced(position, 0, leafOf(index, response));
  const batch: TicketBatch = {
    channelId: channel,
    generation: generation(0),
    epoch: epoch(9),
    amount: amount(100n),
    winProb: ALWAYS,
    root: merkleRoot(leaves),
  };
  const signature = signTicketBatch(backend, ticketBatchDigest(domain, batch), signer.secret);
  const proof = merkleProof(leaves, position);
  return { ticket: { layer: 0, index: ticketIndex(index), response, signature, proof }, batch };
}

interface SettleOptions {
  readonly claims?: Uint8Array;
  readonly ticketSigner?: string;
  readonly winProb?: bigint;
}

/** What the contract says of each ticket of a channel that holds plenty. */
async function settle(tickets: readonly ClaimedTicket[], options: SettleOptions = {}) {
  const asked = address(options.ticketSigner ?? signer.address);
  const claims = options.claims ?? encodeClaims([{ payer, ticketSigner: asked, tickets }]);
  const [, refusals] = await harness.settle(batchOf(options.winProb), PLENTY, claims);
  return refusals;
}

/** The word of an open channel of 10^20, next index 1. */
const PLENTY = ((10n ** 20n) << 128n) | (1n << 80n) | (1n << 40n);

const batchOf = (probability: bigint = ALWAYS): TicketsHarness.BatchStruct => ({
  separator: domain.separator,
  relay,
  epoch: 9,
  winProb: probability,
  amounts: [100n, 50n, 20n],
  y,
});

describe("Tickets: the check of a ticket (protocol section 3)", () => {
  const random32 = fc.uint8Array({ minLength: 32, maxLength: 32 });

  it("agrees with TypeScript and ethers on leaves, draws and digests of 3,000 random tickets", async () => {
    const one = fc.record({
      channelId: random32,
      generation: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
      epoch: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
      amount: fc.bigInt(0n, 2n ** 128n - 1n),
      winProb: fc.bigInt(0n, 2n ** 64n - 1n),
      y: random32,
      index: fc.integer({ min: 0, max: 2 ** 48 - 1 }),
      response: random32,
      r: random32,
    });
    const fields =
      "channelId:bytes32 generation:uint32 epoch:uint32 amount:uint128 winProb:uint64 root:bytes32";
    const types = {
      TicketBatch: fields.split(" ").map((field) => {
        const [name = "", type = ""] = field.split(":");
        return { name, type };
      }),
    };
    const typedDomain = {
      name: "Waybill",
      version: "1",
      chainId: domain.chainId,
      verifyingContract: domain.channels,
    };
    for (const tickets of fc.sample(fc.array(one, { minLength: 300, maxLength: 300 }), 10)) {
      const plain = await harness.describe(domain.separator, tickets);
      for (const [i, ticket] of tickets.entries()) {
        const leaf = leafOf(ticket.index, ticket.response);
        const batch = {
          channelId: channelId(hexlify(ticket.channelId)),
          generation: generation(ticket.generation),
          epoch: epoch(ticket.epoch),
          amount: amount(ticket.amount),
          winProb: winProb(ticket.winProb),
          root: leaf,
        };
        const digest = hexlify(ticketBatchDigest(domain, batch));
        const signature = Buffer.concat([ticket.r, ticket.r]);
        expect(plain[i]?.leaf).to.equal(hexlify(leaf));
        expect(plain[i]?.draw).to.equal(ticketDraw(ticket.y, leaf, signature, ticket.response));
        expect(plain[i]?.digest).to.equal(digest);
        // ethers takes a millisecond each, so it answers for some.
        if (i % 10 > 0) continue;
        const typed = { ...batch, root: hexlify(leaf) };
        expect(TypedDataEncoder.hash(typedDomain, types, typed)).to.equal(digest);
      }
    }
  });

  it("takes what TypeScript signs, for every size of frame and place in it", async () => {
    const tickets: ClaimedTicket[] = [];
    for (let size = 1; size <= 20; size++)
      for (let place = 0; place < size; place++) {
        const others = Array.from({ length: size - 1 }, (_, i) => pseudoRandom(`${size} ${i}`));
        tickets.push(make(tickets.length + 1, others, place).ticket);
      }
    expect(await settle(tickets)).to.deep.equal(tickets.map(() => PAID));
  });

  it("refuses every ticket with any one bit of it flipped", async () => {
    const { ticket } = make(7, [pseudoRandom("sibling")]);
    const whole = encodeClaims([{ payer, ticketSigner: signer.address, tickets: [ticket] }]);
    const first = 54;
    for (let bit = first * 8; bit < whole.length * 8; bit++) {
      const flipped = Uint8Array.from(whole);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (0x80 >> (bit & 7));
      const [refusal] = await settle([], { claims: flipped });
      expect(refusal, `bit ${bit}`).to.not.equal(PAID);
    }
  });

  it("draws as TypeScript does: the last winning threshold wins, the one below loses", async () => {
    for (let index = 1; index <= 30; index++) {
      const response = pseudoRandom(`response ${index}`);
      const tight = (probability: bigint) => {
        const batch = { ...make(index).batch, winProb: winProb(probability) };
        const signature = signTicketBatch(backend, ticketBatchDigest(domain, batch), signer.secret);
        return { ...make(index).ticket, signature };
      };
      // The threshold is signed, so it changes the draw: look for one that its own draw decides.
      const draw = (ticket: ClaimedTicket) =>
        ticketDraw(y, leafOf(index, response), ticket.signature, response);
      const ticket = tight(2n ** 63n);
      const wins = draw(ticket) <= 2n ** 63n;
      const [refusal] = await settle([ticket], { winProb: 2n ** 63n });
      expect(refusal).to.equal(wins ? PAID : REFUSED.loses);
      const [exact] = await settle([ticket], { winProb: draw(ticket) });
      // Its draw is within, but the signature is over another threshold.
      expect(exact).to.equal(REFUSED.signature);
      const [below] = await settle([ticket], { winProb: draw(ticket) - 1n });
      expect(below).to.equal(REFUSED.loses);
    }
  });

  describe("threat 5: no second form of a signature", () => {
    const { ticket } = make(3);
    const r = ticket.signature.subarray(0, 32);
    const vs = BigInt(hexlify(ticket.signature.subarray(32)));
    const s = BigInt.asUintN(255, vs);
    const withVs = (value: bigint) => ({
      ...ticket,
      signature: hexToBytes(concat([r, toBeHex(value, 32)])),
    });

    it("flipped s and v: refused", async () => {
      // ecrecover would take n − s with the other v; the form of EIP-2098 has no room for so high an s.
      const flipped = withVs((ORDER - s) | ((vs >> 255n) << 255n));
      expect(await settle([flipped])).to.deep.equal([REFUSED.signature]);
      const parity = withVs((ORDER - s) ^ ((1n - (vs >> 255n)) << 255n));
      expect(await settle([parity])).to.deep.equal([REFUSED.signature]);
    });

    it("another v: another signer", async () => {
      expect(await settle([withVs(vs ^ (1n << 255n))])).to.deep.equal([REFUSED.signature]);
    });

    it("65 bytes: not a form that claims can have", () => {
      const long = { ...ticket, signature: hexToBytes(concat([ticket.signature, "0x1b"])) };
      expect(() =>
        encodeClaims([{ payer, ticketSigner: signer.address, tickets: [long] }]),
      ).to.throw("signature");
    });

    it("s of the upper half is refused from the very border on, though somebody's signature", async () => {
      const { batch } = make(3);
      const digest = ticketBatchDigest(domain, batch);
      const half = ORDER >> 1n;
      for (const [border, expected] of [
        [half, PAID],
        [half + 1n, REFUSED.signature],
        [2n ** 255n - 1n, REFUSED.signature],
      ] as const) {
        const made = withVs(border);
        // Whoever the precompile names is the signer asked for, so nothing but s can be wrong.
        const input = concat([digest, toBeHex(27, 32), r, toBeHex(border, 32)]);
        const named = await ethers.provider.call({ to: toBeHex(1, 20), data: input });
        const ticketSigner = address(dataSlice(named, 12));
        const claims = encodeClaims([{ payer, ticketSigner, tickets: [made] }]);
        const [refusals] = await harness.settleAs(batchOf(), channel, PLENTY, claims);
        expect(refusals).to.deep.equal([expected]);
      }
    });
  });

  describe("threat 34: no second form of a response or of a signature's first half", () => {
    it("another response does not open the challenge", async () => {
      const { ticket } = make(3);
      const responses = [pseudoRandom("other"), keccak256(ticket.response), new Uint8Array(32)];
      for (const response of responses)
        expect(await settle([{ ...ticket, response }])).to.deep.equal([REFUSED.signature]);
    });

    it("r beyond the order or the field is nobody's signature", async () => {
      const { ticket } = make(3);
      for (const r of [0n, ORDER, ORDER + 1n, 2n ** 256n - 1n]) {
        const signature = hexToBytes(concat([toBeHex(r, 32), ticket.signature.subarray(32)]));
        expect(await settle([{ ...ticket, signature }])).to.deep.equal([REFUSED.signature]);
      }
    });
  });

  describe("a recovery that fails", () => {
    const failing = (index: number): ClaimedTicket => {
      const { ticket } = make(index);
      // r = 0 has no point: ecrecover returns nothing at all.
      return { ...ticket, signature: hexToBytes(concat([toBeHex(0, 32), toBeHex(1, 32)])) };
    };

    it("does not pass for the signer whom the ticket before it left in memory", async () => {
      const tickets = [make(3).ticket, failing(4), make(5).ticket, failing(6), failing(7)];
      const refused = REFUSED.signature;
      expect(await settle(tickets)).to.deep.equal([PAID, refused, PAID, refused, refused]);
    });

    it("does not pass for the signer whom the response names", async () => {
      // The response is what the check hashes just before, in the memory that the recovery answers to.
      const response = hexToBytes(ethers.zeroPadValue(signer.address, 32));
      expect(await settle([{ ...failing(4), response }])).to.deep.equal([REFUSED.signature]);
    });

    it("does not pass for a signer of zero", async () => {
      const options = { ticketSigner: ZeroAddress };
      expect(await settle([failing(4)], options)).to.deep.equal([REFUSED.signature]);
    });
  });

  describe("threat 22: nothing but a leaf passes for a leaf", () => {
    const responses = Array.from({ length: 16 }, (_, i) => pseudoRandom(`response ${i + 1}`));
    const leaves = responses.map((response, i) => leafOf(i + 1, response));
    const { ticket } = make(1, leaves.slice(1));

    it("proofs that are shorter, longer, reordered or start at an inner node", async () => {
      const [a, b, c, d] = ticket.proof as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
      const root = merkleRoot(leaves);
      const proofs = [[], [a], [b, c, d], [a, b, c], [b, a, c, d], [a, b, d, c], [d, c, b, a]];
      proofs.push([a, b, c, d, root], [a, b, c, d, d], [a, a, b, c, d], [root]);
      const forged = proofs.map((proof, i) => ({ ...ticket, index: ticketIndex(i + 1), proof }));
      const tampered = proofs.map((proof) => ({ ...ticket, proof }));
      for (const one of [...forged, ...tampered])
        expect(await settle([one])).to.deep.equal([REFUSED.signature]);
    });

    it("a response or an index that belongs to another leaf of the same frame", async () => {
      for (const i of [1, 2, 15]) {
        const response = responses[i] ?? new Uint8Array(32);
        const index = ticketIndex(i + 1);
        expect(await settle([{ ...ticket, response }])).to.deep.equal([REFUSED.signature]);
        expect(await settle([{ ...ticket, index }])).to.deep.equal([REFUSED.signature]);
      }
    });

    it("a leaf of another tree, a bare challenge, and an inner node, all in a signed root", async () => {
      const text = (tag: string) => new TextEncoder().encode(tag);
      const response = pseudoRandom("response 1");
      const challenge = keccak256(response);
      const index = new Uint8Array([0, 0, 0, 0, 0, 1]);
      const foreign = [
        keccak256(text("waybill tag"), index, challenge),
        keccak256(text("waybill node"), index, challenge),
        keccak256(index, challenge),
        challenge,
        keccak256(challenge),
      ];
      for (const leaf of foreign) {
        const batch = { ...make(1).batch, root: leaf };
        const signature = signTicketBatch(backend, ticketBatchDigest(domain, batch), signer.secret);
        const forged = { ...make(1).ticket, signature, proof: [] };
        expect(await settle([forged])).to.deep.equal([REFUSED.signature]);
      }
    });

    it("a proof deeper than 6, though its root is right and signed", async () => {
      const many = Array.from({ length: 127 }, (_, i) => pseudoRandom(`leaf ${i}`));
      const deep = make(1, many).ticket;
      const deepest = make(2, many.slice(0, 63)).ticket;
      expect([deep.proof.length, deepest.proof.length]).to.deep.equal([7, 6]);
      const tickets = { payer, ticketSigner: signer.address, tickets: [deepest] };
      const claims = [
        encodeClaims([{ ...tickets, tickets: [] }]),
        // Written by hand, since the encoder refuses it.
        concat(["0x07", toBeHex(1, 6), deep.response, deep.signature, ...deep.proof]),
        hexlify(encodeClaims([tickets]).subarray(54)),
      ];
      const packed = hexToBytes(concat(claims));
      packed[53] = 2;
      expect(await settle([], { claims: packed })).to.deep.equal([REFUSED.depth, PAID]);
    });
  });

  it("counts what it pays by layer", async () => {
    const layers: Layer[] = [0, 1, 2];
    const face = [100n, 50n, 20n];
    const tickets = layers.map((layer, i) => {
      const batch = { ...make(i + 1).batch, amount: amount(face[i] ?? 0n) };
      const signature = signTicketBatch(backend, ticketBatchDigest(domain, batch), signer.secret);
      return { ...make(i + 1).ticket, layer, signature };
    });
    const claims = encodeClaims([{ payer, ticketSigner: signer.address, tickets }]);
    const [id, refusals, tally] = await harness.settle(
      { separator: domain.separator, relay, epoch: 9, winProb: ALWAYS, amounts: face as never, y },
      (160n << 128n) | (1n << 80n) | (1n << 40n),
      claims,
    );
    expect(id).to.equal(channel);
    expect(refusals).to.deep.equal([PAID, PAID, PAID]);
    // 100 and 50 in full, 10 of the 20 that the last is worth.
    expect(tally).to.deep.equal([0n, 4n, 3n, 170n]);
  });
});
