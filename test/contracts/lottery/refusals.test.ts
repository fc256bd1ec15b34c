/** Claims that are wrong in one thing, each refused by an error that names it (protocol section 10). */
import { expect } from "chai";
import { network } from "hardhat";

import { bytesToHex, concatBytes, hexToBytes } from "../../../offchain/core/bytes.ts";
import {
  buildReplayTree,
  type CoverClaim,
  coverShares,
  coverSlot,
  encodeCoverClaim,
  type ReplayProof,
} from "../../../offchain/core/cover/index.ts";
import { keccak256 } from "../../../offchain/core/crypto/hashes.ts";
import { growFlatTree } from "../../../offchain/core/merkle/flat-tree.ts";
import { merkleProof, merkleRoot } from "../../../offchain/core/merkle/merkle.ts";
import { seconds } from "../../../offchain/core/units.ts";
import { vrfOnChainProof } from "../../../offchain/core/vrf/onchain.ts";
import { CurvePoint, ORDER, scalarToBytes } from "../../../offchain/core/vrf/suite.ts";
import { vrfProve, vrfVerify } from "../../../offchain/core/vrf/vrf.ts";
import { backend, pseudoRandom } from "../support/channels.ts";
import {
  ascending,
  claimParts,
  commit,
  type CoverEpoch,
  deployLottery,
  joinRelays,
  refusalOf,
  runTo,
  sendCover,
} from "../support/lottery.ts";
import { accounts, keyPair } from "../support/registry.ts";

const connection = await network.create();
const { networkHelpers } = connection;
const { alice, bob } = await accounts(connection);

const EPOCH = 4;
const HOPS = [0, 1, 2] as const;
type Hop = (typeof HOPS)[number];

/** Every slot is drawn, so that the packet to lie about is known before anybody commits. */
async function sent() {
  const setup = await deployLottery(connection, { draws: 224 });
  const relays = await joinRelays(connection, setup, 7, alice, bob);
  await runTo(connection, setup, EPOCH);
  const cover = await sendCover(setup, relays, EPOCH);
  const [packet] = cover.packets;
  if (packet === undefined) throw new Error("nothing was sent");
  await runTo(connection, setup, EPOCH + 1);
  return { ...setup, relays, cover, packet };
}

/** Lets everybody commit, but hops what `instead` says, and the draw happen. */
async function committed(instead: readonly (Uint8Array | "nothing" | undefined)[] = []) {
  const state = await networkHelpers.loadFixture(sent);
  const { lottery, relays, cover, packet } = state;
  for (const relay of relays) {
    const root = instead[packet.hops.indexOf(relay.id)];
    if (root === undefined) await commit(state, relay, cover);
    else if (root !== "nothing") await lottery.connect(bob).commit(relay.id, EPOCH, root);
  }
  await runTo(connection, state, EPOCH + 2);
  const order = await Promise.all(
    Array.from({ length: 28 }, async (_, draw) => lottery.drawnPair(EPOCH, draw)),
  );
  const draw = order.findIndex(
    ({ sender, slot }) => sender === packet.sender.id && Number(slot) === packet.slot,
  );
  const claim = (parts: CoverClaim) => lottery.claim(EPOCH, draw, encodeCoverClaim(parts));
  const claimBytes = (bytes: Uint8Array) => lottery.claim(EPOCH, draw, bytes);
  return { ...state, draw, claim, claimBytes, parts: claimParts(cover, packet) };
}

const honest = () => committed();
const fixture = () => networkHelpers.loadFixture(honest);

const with3 = <Value>(values: readonly Value[], at: number, value: Value) =>
  values.map((old, index) => (index === at ? value : old)) as unknown as [Value, Value, Value];
const with2 = <Value>(values: readonly Value[], at: number, value: Value) =>
  values.map((old, index) => (index === at ? value : old)) as unknown as [Value, Value];
const pointBytes = (point: CurvePoint) => point.toBytes(false).subarray(1);
const G = pointBytes(CurvePoint.BASE);
const negated = (bytes: Uint8Array) =>
  pointBytes(CurvePoint.fromBytes(concatBytes(Uint8Array.of(4), bytes)).negate());
const flipped = (bytes: Uint8Array, at: number) =>
  Uint8Array.from(bytes, (byte, index) => (index === at ? byte ^ 1 : byte));
const replaced = (bytes: Uint8Array, at: number, by: Uint8Array) => {
  const copy = Uint8Array.from(bytes);
  copy.set(by, at);
  return copy;
};

function hopOf(proofs: readonly ReplayProof[], hop: Hop): ReplayProof {
  const proof = proofs[hop];
  if (proof === undefined) throw new Error("no such hop");
  return proof;
}

describe("CoverLottery: refusals", () => {
  it("takes the claim that the others here differ from", async () => {
    const { lottery, claim, parts } = await fixture();
    await expect(claim(parts)).to.emit(lottery, "Claimed");
  });

  describe("threat 24: another VRF proof", () => {
    const cases: [string, string, (proof: Uint8Array) => Uint8Array][] = [
      ["that ends early", "WrongLength", (proof) => proof.subarray(0, 304)],
      ["with half a root behind", "WrongLength", (proof) => concatBytes(proof, G.subarray(0, 16))],
      ["with a bad prefix", "BadGammaPrefix", (proof) => replaced(proof, 0, Uint8Array.of(4))],
      ["with another challenge", "WrongU", (proof) => flipped(proof, 40)],
      [
        "with a scalar too large",
        "ScalarTooLarge",
        (proof) => replaced(proof, 49, scalarToBytes(ORDER)),
      ],
      ["with a U off the curve", "NotOnCurve", (proof) => flipped(proof, 100)],
      ["with another U", "WrongU", (proof) => replaced(proof, 81, G)],
      ["with another s·H", "WrongProductOfH", (proof) => replaced(proof, 145, G)],
      ["with another c·Γ", "WrongProductOfGamma", (proof) => replaced(proof, 209, G)],
      ["with another inverse", "WrongInverse", (proof) => flipped(proof, 300)],
    ];
    for (const [name, error, change] of cases)
      it(name, async () => {
        const { lottery, claim, parts } = await fixture();
        await expect(
          claim({ ...parts, vrfProof: change(parts.vrfProof) }),
        ).to.be.revertedWithCustomError(lottery, `ECVRF_${error}`);
      });

    it("of another slot of the same relay, or of another epoch, seed, chain or lottery", async () => {
      const { claim, cover, packet, parts } = await fixture();
      const { secret, key } = keyPair(`${packet.sender.name} vrf`);
      const other = cover.packets.find(
        ({ sender, slot }) => sender === packet.sender && slot !== packet.slot,
      );
      // "waybill cover" ‖ chain id ‖ lottery ‖ relay ‖ epoch ‖ slot ‖ seed: the last byte of each.
      const alphas = [12, 44, 64, 96, 104, 108, 140].map((at) => flipped(packet.alpha, at));
      for (const alpha of [...alphas, other?.alpha ?? alphas[0] ?? packet.alpha]) {
        const proof = vrfOnChainProof(key, alpha, vrfProve(secret, alpha).proof);
        expect(await refusalOf(claim({ ...parts, vrfProof: proof }))).to.match(/^ECVRF_/);
      }
    });

    it("of another relay's key, or the own key's negative", async () => {
      const { lottery, claim, relays, parts } = await fixture();
      const stranger = keyPair(`${relays[6]?.name ?? ""} vrf`).key;
      for (const vrfKey of [stranger, negated(parts.vrfKey)])
        await expect(claim({ ...parts, vrfKey }))
          .to.be.revertedWithCustomError(lottery, "CoverLottery_WrongVrfKey")
          .withArgs(bytesToHex(keccak256(vrfKey)), bytesToHex(keccak256(parts.vrfKey)));
    });
  });

  describe("threat 24: another point", () => {
    for (const hop of [0, 1] as const)
      it(`as ephemeral key of hop ${String(hop)}`, async () => {
        const { lottery, claim, parts } = await fixture();
        const key = parts.shares.ephemeral[hop];
        for (const point of [pointBytes(CurvePoint.BASE.double()), negated(key)])
          await expect(
            claim({
              ...parts,
              shares: { ...parts.shares, ephemeral: with2(parts.shares.ephemeral, hop, point) },
            }),
          )
            .to.be.revertedWithCustomError(lottery, "CoverRoute_WrongEphemeralKey")
            .withArgs(hop);
        const none = flipped(key, 63);
        await expect(
          claim({
            ...parts,
            shares: { ...parts.shares, ephemeral: with2(parts.shares.ephemeral, hop, none) },
          }),
        )
          .to.be.revertedWithCustomError(lottery, "CoverRoute_NotOnCurve")
          .withArgs(bytesToHex(none.subarray(0, 32)), bytesToHex(none.subarray(32)));
      });

    for (const hop of HOPS)
      it(`as what the sender shares with hop ${String(hop)}`, async () => {
        const { lottery, claim, parts } = await fixture();
        const share = parts.shares.shared[hop];
        for (const point of [G, negated(share)])
          await expect(
            claim({
              ...parts,
              shares: { ...parts.shares, shared: with3(parts.shares.shared, hop, point) },
            }),
          )
            .to.be.revertedWithCustomError(lottery, "CoverRoute_WrongShare")
            .withArgs(hop);
        await expect(
          claim({
            ...parts,
            shares: { ...parts.shares, shared: with3(parts.shares.shared, hop, flipped(share, 0)) },
          }),
        ).to.be.revertedWithCustomError(lottery, "CoverRoute_NotOnCurve");
      });

    it("of a packet through other relays, other layers, or other keys", async () => {
      const { lottery, claim, clock, cover, packet, relays, parts } = await fixture();
      const beta = vrfVerify(parts.vrfKey, packet.alpha, packet.vrfProof);
      const timing = { epochLength: clock.epochLength, routeSpan: seconds(20) };
      const key = beta && coverSlot(beta, timing)?.sessionKey;
      if (key === undefined) throw new Error("the slot is void");
      const keysOf = (names: readonly string[]) =>
        names.map((name) => backend.publicKey(keyPair(name).secret)) as unknown as [
          Uint8Array,
          Uint8Array,
          Uint8Array,
        ];
      const names = packet.hops.map((id) => relays.find((relay) => relay.id === id)?.name ?? "");
      const right = names.map((name) => `${name} packet`);
      expect(coverShares(key, keysOf(right))).to.deep.equal(parts.shares);
      for (const hop of HOPS) {
        const wrong = [
          with3(right, hop, `${names[hop] ?? ""} old packet`),
          with3(right, hop, `${packet.sender.name} packet`),
          with3(right, hop, right[(hop + 1) % 3] ?? ""),
        ];
        for (const keys of wrong)
          await expect(claim({ ...parts, shares: coverShares(key, keysOf(keys)) }))
            .to.be.revertedWithCustomError(lottery, "CoverRoute_WrongShare")
            .withArgs(hop);
      }
      expect(cover.packets).to.have.length(28);
    });
  });

  describe("threat 24: another tree", () => {
    for (const hop of HOPS)
      it(`of hop ${String(hop)}: nothing but the packet's own proof leads to its root`, async () => {
        const { lottery, claim, cover, packet, parts } = await fixture();
        const proof = hopOf(parts.hops, hop);
        const stranger = cover.packets.find(
          ({ hops }) => hops[hop] === packet.hops[hop] && hops !== packet.hops,
        );
        const wrong: ReplayProof[] = [
          { ...proof, siblings: proof.siblings.slice(1) },
          { ...proof, siblings: proof.siblings.slice(0, -1) },
          { ...proof, siblings: [...proof.siblings, new Uint8Array(20)] },
          { ...proof, siblings: proof.siblings.toReversed() },
          { ...proof, siblings: proof.siblings.map((sibling) => flipped(sibling, 19)) },
          hopOf(parts.hops, ((hop + 1) % 3) as Hop),
        ];
        if (stranger) wrong.push(hopOf(claimParts(cover, stranger).hops, hop));
        for (const instead of wrong) {
          // Reversed, few siblings can be the same.
          if (String(instead.siblings) === String(proof.siblings)) continue;
          const own = { ...instead, time: proof.time };
          const root = cover.trees.get(packet.hops[hop])?.root;
          await expect(claim({ ...parts, hops: with3(parts.hops, hop, own) }))
            .to.be.revertedWithCustomError(lottery, "CoverLottery_NotInTree")
            .withArgs(
              hop,
              (got: string) => got !== bytesToHex(root ?? G).slice(0, 58),
              bytesToHex(root ?? G).slice(0, 58),
            );
        }
      });

    for (const hop of HOPS)
      it(`of hop ${String(hop)}: a root that was not committed, or not yet`, async () => {
        const state = await committed(
          with3<"nothing" | undefined>([undefined, undefined, undefined], hop, "nothing"),
        );
        const { lottery, packet, claim, parts } = state;
        await expect(claim(parts))
          .to.be.revertedWithCustomError(lottery, "CoverLottery_NotCommitted")
          .withArgs(hop, packet.hops[hop]);
        // Threat 23: by now its relay knows the draw, and would like to.
        await expect(
          lottery.connect(bob).commit(packet.hops[hop], EPOCH, pseudoRandom("late")),
        ).to.be.revertedWithCustomError(lottery, "CoverLottery_NotCommittable");
      });

    it("of another epoch, or of another relay, committed by the right one", async () => {
      for (const at of [EPOCH - 1, EPOCH]) {
        const { cover, packet, relays } = await networkHelpers.loadFixture(sent);
        const relay = at === EPOCH ? packet.hops[1] : packet.hops[0];
        const entries = ascending(packet.taken.slice(0, 1));
        const foreign = buildReplayTree(
          (cover.epoch - (EPOCH - at)) as CoverEpoch["epoch"],
          relay,
          entries,
        );
        const { lottery, claim, parts } = await committed([foreign.root]);
        const [entry] = packet.taken;
        const proof = entry && foreign.prove(entry.tag);
        if (proof === undefined) throw new Error("not in its tree");
        await expect(
          claim({ ...parts, hops: with3(parts.hops, 0, proof) }),
        ).to.be.revertedWithCustomError(lottery, "CoverLottery_NotInTree");
        expect(relays).to.have.length(7);
      }
    });
  });

  describe("threat 22: what is no leaf", () => {
    it("a node in a leaf's place", async () => {
      const { lottery, claim, parts } = await fixture();
      for (const hop of HOPS) {
        const proof = hopOf(parts.hops, hop);
        if (proof.siblings.length === 0) continue;
        const above = { ...proof, siblings: proof.siblings.slice(1) };
        await expect(
          claim({ ...parts, hops: with3(parts.hops, hop, above) }),
        ).to.be.revertedWithCustomError(lottery, "CoverLottery_NotInTree");
      }
    });

    it("a leaf or a node as ticket trees have them", async () => {
      const { cover, packet } = await networkHelpers.loadFixture(sent);
      const [entry] = packet.taken;
      const first = packet.hops[0];
      if (entry === undefined) throw new Error("nothing taken");
      const proper = buildReplayTree(cover.epoch, first, [entry]).root;
      const content = concatBytes(
        hexToBytes("0x00000004"),
        hexToBytes(first),
        entry.tag,
        hexToBytes(`0x${entry.time.toString(16).padStart(10, "0")}`),
      );
      const ticketLeaf = keccak256(Buffer.from("waybill ticket"), content);
      const other = pseudoRandom("another leaf");
      const wide = [proper, other];
      const cases: [Uint8Array, Uint8Array[]][] = [
        [ticketLeaf, []],
        [merkleRoot(wide), merkleProof(wide, 0).map((sibling) => sibling.subarray(0, 20))],
      ];
      for (const [root, siblings] of cases) {
        const { lottery, claim, parts } = await committed([root]);
        const proof = { time: entry.time, siblings };
        await expect(
          claim({ ...parts, hops: with3(parts.hops, 0, proof) }),
        ).to.be.revertedWithCustomError(lottery, "CoverLottery_NotInTree");
      }
      // The same leaf alone, and beside another, is taken in a tree of the right kind.
      const tree = growFlatTree(2, (position) => wide[position] ?? proper).next();
      if (tree.done !== true) throw new Error("two leaves take one step");
      for (const [root, siblings] of [
        [proper, []],
        [tree.value.root, tree.value.proof(0)],
      ] as const) {
        const { lottery, claim, parts } = await committed([root]);
        const proof = { time: entry.time, siblings };
        await expect(claim({ ...parts, hops: with3(parts.hops, 0, proof) })).to.emit(
          lottery,
          "Claimed",
        );
      }
    });

    it("a proof deeper than any tree, at each hop, and one of the greatest depth", async () => {
      const { lottery, claim, claimBytes, parts } = await fixture();
      for (const hop of HOPS) {
        const deepest = Array.from({ length: 32 }, (_, i) =>
          pseudoRandom(String(i)).subarray(0, 20),
        );
        const proof = { ...hopOf(parts.hops, hop), siblings: deepest };
        const hops = with3(parts.hops, hop, proof);
        await expect(claim({ ...parts, hops })).to.be.revertedWithCustomError(
          lottery,
          "CoverLottery_NotInTree",
        );
        const before = hops
          .slice(0, hop)
          .reduce((sum, { siblings }) => sum + 20 * siblings.length, 0);
        const depthAt = 192 + hop * 70 + before + 69;
        const bytes = encodeCoverClaim({ ...parts, hops });
        expect(bytes[depthAt]).to.equal(32);
        await expect(claimBytes(replaced(bytes, depthAt, Uint8Array.of(33))))
          .to.be.revertedWithCustomError(lottery, "CoverClaims_ProofTooDeep")
          .withArgs(hop, 33, 32);
      }
    });
  });

  it("threat 24: a claim that ends before its VRF proof, by as much as is missing", async () => {
    const { lottery, claimBytes, parts } = await fixture();
    const bytes = encodeCoverClaim({ ...parts, vrfProof: new Uint8Array(0) });
    await expect(claimBytes(bytes.subarray(0, -7)))
      .to.be.revertedWithCustomError(lottery, "CoverClaims_Truncated")
      .withArgs(7);
    await expect(claimBytes(bytes)).to.be.revertedWithCustomError(lottery, "ECVRF_WrongLength");
    await expect(claimBytes(new Uint8Array(0))).to.be.revertedWithCustomError(
      lottery,
      "CoverClaims_Truncated",
    );
  });
});
