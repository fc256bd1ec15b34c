/** Claims as bytes, channel words, and amounts. */
import { expect } from "chai";
import fc from "fast-check";

import { bytesToHex } from "../../../../offchain/core/bytes.ts";
import {
  type ClaimedTicket,
  type ClaimGroup,
  MAX_CLAIMS_BYTES,
  burnedOf,
  claimedTicketBytes,
  decodeChannelWord,
  encodeClaims,
  layerOfAmount,
  splitClaims,
  ticketAmounts,
} from "../../../../offchain/core/tickets/index.ts";
import {
  type Layer,
  address,
  amount,
  payerId,
  ticketIndex,
  winProb,
} from "../../../../offchain/core/units.ts";

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const tickets: fc.Arbitrary<ClaimedTicket> = fc.record({
  layer: fc.constantFrom<Layer>(0, 1, 2),
  index: fc.integer({ min: 0, max: 2 ** 48 - 1 }).map(ticketIndex),
  response: bytes(32),
  signature: bytes(64),
  proof: fc.array(bytes(32), { maxLength: 6 }),
});
const groups: fc.Arbitrary<ClaimGroup> = fc.record({
  payer: bytes(32).map((id) => payerId(bytesToHex(id))),
  ticketSigner: bytes(20).map((id) => address(bytesToHex(id))),
  tickets: fc.array(tickets, { minLength: 1, maxLength: 12 }),
});

/** Reads claims back by the letter of the specification. */
function read(claims: Uint8Array): ClaimGroup[] {
  const view = Buffer.from(claims);
  const found: ClaimGroup[] = [];
  let at = 0;
  const take = (length: number): Uint8Array => Uint8Array.from(view.subarray(at, (at += length)));
  while (at < view.length) {
    const payer = payerId(bytesToHex(take(32)));
    const ticketSigner = address(bytesToHex(take(20)));
    const count = view.readUInt16BE((at += 2) - 2);
    const list = Array.from({ length: count }, () => {
      const shape = view.readUInt8(at++);
      const index = ticketIndex(view.readUIntBE((at += 6) - 6, 6));
      const [response, signature] = [take(32), take(64)];
      const proof = Array.from({ length: shape & 15 }, () => take(32));
      return { layer: (shape >> 4) as Layer, index, response, signature, proof };
    });
    found.push({ payer, ticketSigner, tickets: list });
  }
  return found;
}

describe("claims (protocol section 3)", () => {
  it("hold what they were made of, byte by byte", () => {
    fc.assert(
      fc.property(fc.array(groups, { maxLength: 4 }), (list) => {
        expect(read(encodeClaims(list))).to.deep.equal(list);
      }),
    );
  });

  it("split into batches that keep order and size, and lose nothing", () => {
    const limit = fc.integer({ min: 349, max: 4_000 });
    fc.assert(
      fc.property(fc.array(groups, { maxLength: 6 }), limit, (list, maxBytes) => {
        const batches = splitClaims(list, maxBytes);
        for (const batch of batches) {
          const { length } = encodeClaims(batch);
          expect(length).to.be.within(1, maxBytes);
        }
        const flat = (of: readonly ClaimGroup[]) =>
          of.flatMap(({ payer, tickets: all }) => all.map((ticket) => [payer, ticket] as const));
        expect(batches.flatMap((batch) => flat(batch))).to.deep.equal(flat(list));
        // No batch could have taken what opens the next one.
        for (const [i, batch] of batches.slice(0, -1).entries()) {
          const first = batches[i + 1]?.[0]?.tickets[0];
          if (first === undefined) throw new Error("an empty batch");
          expect(encodeClaims(batch).length + 54 + claimedTicketBytes(first)).to.be.above(maxBytes);
        }
      }),
    );
  });

  it("are refused when the contract would refuse them", () => {
    const [group] = fc.sample(groups, 1);
    const [ticket] = fc.sample(tickets, 1);
    if (group === undefined || ticket === undefined) throw new Error("no sample");
    const with_ = (change: Partial<ClaimedTicket>) => [
      { ...group, tickets: [{ ...ticket, ...change }] },
    ];
    for (const malformed of [
      with_({ proof: Array.from({ length: 7 }, () => new Uint8Array(32)) }),
      with_({ proof: [new Uint8Array(31)] }),
      with_({ response: new Uint8Array(33) }),
      with_({ signature: new Uint8Array(65) }),
      [{ ...group, tickets: Array.from({ length: 1_300 }, () => ({ ...ticket, proof: [] })) }],
    ])
      expect(() => encodeClaims(malformed))
        .to.throw()
        .with.property("code", "CLAIMS_MALFORMED");
    expect(() => splitClaims([group], 348))
      .to.throw()
      .with.property("code", "CLAIMS_MALFORMED");
    expect(MAX_CLAIMS_BYTES).to.be.below(128 * 1024);
  });
});

describe("channel words (protocol section 3)", () => {
  it("hold balance, next index, generation, status and deadline from the top", () => {
    const word = 0x0000000000000000000000000000002a_000000000007_00000003_02_0065000000n;
    expect(decodeChannelWord(word)).to.deep.equal({
      balance: 42n,
      nextIndex: 7,
      generation: 3,
      status: "closing",
      closableAt: 0x65000000,
    });
    expect(decodeChannelWord(0n).status).to.equal("closed");
    expect(() => decodeChannelWord(2n ** 256n))
      .to.throw()
      .with.property("code", "UNIT_OUT_OF_RANGE");
  });
});

describe("ticket amounts (protocol section 3)", () => {
  const fees = fc.bigInt(1n, 2n ** 60n).map(amount);
  const burns = fc.integer({ min: 0, max: 2_500 });
  const probabilities = fc.bigInt(0n, 2n ** 64n - 1n).map(winProb);

  it("threat 35: leave every layer its net fee after burn and after paying the next", () => {
    fc.assert(
      fc.property(fees, burns, probabilities, (netFee, burn, probability) => {
        const amounts = ticketAmounts(netFee, burn, probability);
        const kept = (gross: bigint) => gross - (gross * BigInt(burn)) / 10_000n;
        // Sums over 2^64 packets, of which winProb + 1 win, so that everything stays whole.
        const wins = probability + 1n;
        const perPacket = amounts.map((face) => kept(face) * wins);
        const fee = netFee << 64n;
        // The next layer's face was rounded up by less than one unit a winner.
        const costs = [amounts[1] * wins, amounts[2] * wins, 0n];
        for (const [layer, earned] of perPacket.entries())
          expect(earned + wins > fee + (costs[layer] ?? 0n)).to.equal(true);
        expect(amounts[0] > amounts[1] && amounts[1] > amounts[2]).to.equal(true);
        for (const layer of [0, 1, 2] as const)
          expect(layerOfAmount(amounts[layer], amounts)).to.equal(layer);
      }),
    );
    expect(layerOfAmount(amount(1n), [amount(4n), amount(3n), amount(2n)])).to.equal(undefined);
  });

  it("refuse a burn share of everything, and faces above 128 bits", () => {
    for (const share of [10_000, -1, 0.5])
      expect(() => ticketAmounts(amount(1n), share, winProb(0n)))
        .to.throw()
        .with.property("code", "UNIT_OUT_OF_RANGE");
    expect(() => ticketAmounts(amount(2n ** 70n), 0, winProb(0n)))
      .to.throw()
      .with.property("code", "UNIT_OUT_OF_RANGE");
  });

  it("burn rounded down", () => {
    expect(burnedOf(amount(19_999n), 500)).to.equal(999n);
  });
});
