/** Cover slots, their packets and claims (protocol §10), against the words of the protocol and real packets. */
import { expect } from "chai";
import { solidityPacked, solidityPackedKeccak256 } from "ethers";
import fc from "fast-check";

import { bytesToHex } from "../../../../offchain/core/bytes.ts";
import {
  buildReplayTree,
  type CoverClaim,
  coverAlpha,
  coverHops,
  coverRoute,
  coverShares,
  coverSlot,
  drawnPairs,
  EMPTY_REPLAY_ROOT,
  encodeCoverClaim,
  outlastsSpan,
  type ReplayEntry,
  replayLeaf,
  ReplayLeaves,
  replayRootFrom,
} from "../../../../offchain/core/cover/index.ts";
import { createBackend, keccak256, sha256 } from "../../../../offchain/core/crypto/index.ts";
import { hasCode } from "../../../../offchain/core/errors.ts";
import { dealLayers } from "../../../../offchain/core/layers/layers.ts";
import { createForwardPacket, unwrap } from "../../../../offchain/core/sphinx/index.ts";
import {
  address,
  epoch,
  era,
  millis,
  nodeId,
  relayId,
  seconds,
} from "../../../../offchain/core/units.ts";

const backend = createBackend();
const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const named = (name: string): Uint8Array => keccak256(Buffer.from(name));
const idOf = (number: number) => relayId(`0x${number.toString(16).padStart(64, "0")}`);
const TIMING = { epochLength: seconds(100), routeSpan: seconds(20) };
const MEAN = millis(600);
const EPOCH = epoch(7);
const ME = idOf(1);

/** The code of the error that `run` throws. */
function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    for (const code of [
      "COVER_TOO_FEW_RELAYS",
      "COVER_CLAIM_MALFORMED",
      "REPLAY_ENTRIES_MALFORMED",
      "CRYPTO_BAD_INPUT",
    ] as const)
      if (hasCode(error, code)) return code;
    throw error;
  }
  return "none";
}

describe("cover slots (protocol section 10)", () => {
  it("are asked of the VRF as the contract packs it", () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 1n, max: 2n ** 256n - 1n }),
        bytes(20),
        bytes(32),
        fc.nat(2 ** 32 - 1),
        fc.nat(65_534),
        bytes(32),
        (chainId, lottery, relay, at, slot, seed) => {
          const contract = address(bytesToHex(lottery));
          const name = { relay: relayId(bytesToHex(relay)), epoch: epoch(at), slot };
          expect(bytesToHex(coverAlpha(chainId, contract, name, seed))).to.equal(
            solidityPacked(
              ["string", "uint256", "address", "bytes32", "uint64", "uint32", "bytes32"],
              ["waybill cover", chainId, contract, relay, at, slot, seed],
            ),
          );
        },
      ),
    );
  });

  it("are sent early enough in the epoch, at every second and millisecond", () => {
    const found = Array.from({ length: 2_000 }, (_, i) => coverSlot(named(String(i)), TIMING));
    const sends = found.map((slot) => slot?.sendSecond ?? -1);
    expect([Math.min(...sends), Math.max(...sends)]).to.deep.equal([0, 79]);
    const moments = found.map((slot) => slot?.sendMillis ?? -1);
    expect(Math.min(...moments)).to.be.within(0, 20);
    expect(Math.max(...moments)).to.be.within(980, 999);
  });

  it("go through one relay of each layer, the next one where that is the sender", () => {
    const relays = Array.from({ length: 7 }, (_, i) => idOf(i + 1));
    const layers = dealLayers(named("era"), relays);
    for (const sender of relays)
      for (let pick = 0n; pick < 12n; pick++) {
        const route = coverRoute(layers, [pick, pick, 2n ** 64n - 1n - pick], sender);
        for (const [layer, hop] of route.entries()) {
          const members = layers[layer as 0 | 1 | 2];
          const number = layer === 2 ? 2n ** 64n - 1n - pick : pick;
          const place = Number(number % BigInt(members.length));
          const picked = members[place];
          const next = members[(place + 1) % members.length];
          expect(hop).to.equal(picked === sender ? next : picked);
        }
      }
    const few = dealLayers(named("era"), relays.slice(0, 5));
    expect(codeOf(() => coverRoute(few, [0n, 0n, 0n], ME))).to.equal("COVER_TOO_FEW_RELAYS");
  });

  it("leave at every hop, and with the sender, the tag that its packet really has there", () => {
    const secrets = ["a", "b", "c", "me"].map(named);
    const keys = secrets.map((secret) => backend.publicKey(secret));
    const sessionKey = named("session");
    const hops = coverHops(backend, sessionKey, keys, MEAN);
    const route = {
      relays: keys.slice(0, 3).map((packetKey, i) => ({ id: idOf(i + 2), packetKey })),
      recipient: { id: nodeId(ME), packetKey: keys[3] ?? sessionKey },
      trafficClass: "low-latency" as const,
      era: era(1),
    };
    const random = (length: number) => new Uint8Array(length);
    const data = new Uint8Array(0);
    let { packet } = createForwardPacket({ backend, sessionKey, route, data, random });
    for (const [hop, secret] of secrets.entries()) {
      const step = unwrap(backend, secret, packet);
      if (step.kind === "drop") throw new Error(step.reason);
      expect(hops[hop]?.tag).to.deep.equal(step.tag);
      if (step.kind === "forward" || step.kind === "deliver") packet = step.packet;
    }
    const total = hops.slice(0, 3).reduce((sum, { delay }) => sum + delay, 0) / 1_000;
    expect(outlastsSpan(hops.slice(0, 3), seconds(Math.ceil(total)))).to.equal(false);
    expect(outlastsSpan(hops.slice(0, 3), seconds(Math.floor(total)))).to.equal(true);
  });
});

describe("draws (protocol section 10)", () => {
  it("fall on different pairs that exist, all of them where there are few", () => {
    fc.assert(
      fc.property(
        bytes(32),
        fc.integer({ min: 6, max: 60 }),
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 224 }),
        (beacon, relays, slots, draws) => {
          const pairs = drawnPairs(beacon, relays, { slots, draws });
          expect(pairs).to.have.length(Math.min(draws, relays * slots));
          expect(new Set(pairs.map(({ position, slot }) => position * slots + slot)).size).to.equal(
            pairs.length,
          );
          for (const [index, { draw, position, slot }] of pairs.entries())
            expect([draw === index, position < relays, slot < slots]).to.deep.equal([
              true,
              true,
              true,
            ]);
        },
      ),
    );
  });

  it("need six relays, and stop at the largest set that can be permuted", () => {
    const lottery = { slots: 65_535, draws: 224 };
    expect(drawnPairs(named("beacon"), 5, lottery)).to.deep.equal([]);
    const largest = drawnPairs(named("beacon"), 100_000, lottery);
    expect(largest).to.have.length(224);
    for (const { position, slot } of largest)
      expect(position * 65_535 + slot).to.be.lessThan(2 ** 32 - 1);
  });
});

describe("replay trees (protocol section 10)", () => {
  const entry = (tag: Uint8Array, time: number): ReplayEntry => ({ tag, time: seconds(time) });

  it("have leaves as the contract packs them, and a root of their own without any", () => {
    const tag = named("tag").subarray(0, 16);
    const packed = solidityPackedKeccak256(
      ["string", "uint32", "bytes32", "bytes16", "uint40"],
      ["waybill replay", 7, ME, tag, 1_800_000_000],
    );
    const leaf = replayLeaf(EPOCH, ME, entry(tag, 1_800_000_000));
    expect(bytesToHex(leaf)).to.equal(packed);
    expect(buildReplayTree(EPOCH, ME, [entry(tag, 1_800_000_000)]).root).to.deep.equal(leaf);
    const nothing = solidityPackedKeccak256(["string"], ["waybill replay empty"]);
    expect(bytesToHex(EMPTY_REPLAY_ROOT)).to.equal(nothing);
    const empty = buildReplayTree(EPOCH, ME, []);
    expect(empty.root).to.deep.equal(EMPTY_REPLAY_ROOT);
    expect(empty.prove(tag)).to.equal(undefined);
  });

  it("prove each packet and no other", () => {
    const tags = fc.uniqueArray(bytes(16), { maxLength: 30, selector: String });
    fc.assert(
      fc.property(tags, bytes(16), fc.nat(9), (some, stranger, cut) => {
        const entries = some
          .sort((a, b) => Buffer.compare(a, b))
          .map((tag, i) => entry(tag, 1_000 + i));
        const tree = buildReplayTree(EPOCH, ME, entries);
        for (const { tag, time } of entries) {
          const proof = tree.prove(tag);
          expect(proof?.time).to.equal(time);
          expect(proof && replayRootFrom(EPOCH, ME, tag, proof)).to.deep.equal(tree.root);
          expect(proof && replayRootFrom(epoch(8), ME, tag, proof)).not.to.deep.equal(tree.root);
        }
        if (!some.some((tag) => Buffer.compare(tag, stranger) === 0))
          expect(tree.prove(stranger)).to.equal(undefined);

        const paged = new ReplayLeaves(EPOCH, ME);
        paged.add(entries.slice(0, cut));
        paged.add(entries.slice(cut));
        expect(paged.grow().next().value?.root).to.deep.equal(tree.root);
      }),
    );
  });

  it("refuse packets out of order, twice, and tags of another length", () => {
    const [low, high] = [new Uint8Array(16), new Uint8Array(16).fill(1)];
    for (const entries of [
      [entry(high, 1), entry(low, 1)],
      [entry(low, 1), entry(low, 2)],
      [entry(new Uint8Array(15), 1)],
    ])
      expect(codeOf(() => buildReplayTree(EPOCH, ME, entries))).to.equal(
        "REPLAY_ENTRIES_MALFORMED",
      );
  });
});

describe("cover claims (protocol section 10)", () => {
  const keys = ["a", "b", "c"].map((name) => backend.publicKey(named(name)));
  const three = keys as unknown as [Uint8Array, Uint8Array, Uint8Array];
  const proof = { time: seconds(5), siblings: [new Uint8Array(20).fill(9)] };
  const claim: CoverClaim = {
    vrfKey: new Uint8Array(64).fill(1),
    vrfProof: new Uint8Array(305).fill(2),
    shares: coverShares(named("session"), three),
    hops: [proof, { ...proof, siblings: [] }, proof],
  };

  it("share with each hop what the hop's packet key gives back", () => {
    const { ephemeral, shared } = claim.shares;
    for (const [hop, name] of ["a", "b"].entries()) {
      const [seen, share] = [ephemeral[hop as 0 | 1], shared[hop as 0 | 1]];
      const compress = (point: Uint8Array) =>
        Buffer.concat([Uint8Array.of(2 + ((point[63] ?? 0) & 1)), point.subarray(0, 32)]);
      expect(backend.sharedSecret(named(name), compress(seen))).to.deep.equal(
        sha256(compress(share)),
      );
    }
    expect(codeOf(() => coverShares(new Uint8Array(32), three))).to.equal("CRYPTO_BAD_INPUT");
    const wrong = [keys[0], keys[1], new Uint8Array(33)] as typeof three;
    expect(codeOf(() => coverShares(named("session"), wrong))).to.equal("CRYPTO_BAD_INPUT");
  });

  it("are packed without gaps", () => {
    const { ephemeral, shared } = claim.shares;
    const hop = (index: 0 | 1 | 2, siblings: number) => [
      shared[index],
      Uint8Array.of(0, 0, 0, 0, 5, siblings),
      new Uint8Array(20 * siblings).fill(9),
    ];
    expect(Buffer.from(encodeCoverClaim(claim))).to.deep.equal(
      Buffer.concat(
        [claim.vrfKey, ...ephemeral, hop(0, 1), hop(1, 0), hop(2, 1), claim.vrfProof].flat(),
      ),
    );
  });

  it("are refused when the contract could not read them", () => {
    const deep = { ...proof, siblings: Array.from({ length: 33 }, () => new Uint8Array(20)) };
    const wide = { ...proof, siblings: [new Uint8Array(32)] };
    const late = { ...proof, time: seconds(2 ** 40) };
    for (const wrong of [
      { vrfKey: new Uint8Array(33) },
      { shares: { ...claim.shares, ephemeral: [keys[0], keys[0]] } },
      ...[deep, wide, late].map((hop) => ({ hops: [proof, hop, proof] })),
    ])
      expect(codeOf(() => encodeCoverClaim({ ...claim, ...wrong } as CoverClaim))).to.equal(
        "COVER_CLAIM_MALFORMED",
      );
  });
});
