/** The lottery's libraries against the agent's functions, and both against packets that really travel. */
import { expect } from "chai";
import fc from "fast-check";
import { network } from "hardhat";

import { bytesToHex, concatBytes, hexToBytes } from "../../../offchain/core/bytes.ts";
import {
  coverHops,
  coverShares,
  coverSlot,
  encodeReplayProof,
  replayRootFrom,
} from "../../../offchain/core/cover/index.ts";
import { createForwardPacket, unwrap } from "../../../offchain/core/sphinx/index.ts";
import { epoch, era, millis, nodeId, relayId, seconds } from "../../../offchain/core/units.ts";
import { CurvePoint } from "../../../offchain/core/vrf/suite.ts";
import { backend, pseudoRandom } from "../support/channels.ts";

const { ethers } = await network.create();
const harness = await ethers.deployContract("CoverRouteHarness");

const TIMING = { epochLength: seconds(3_600), routeSpan: seconds(20) };
const SLOTS = 3_000;
const PACKETS = 1_000;
const CALLS = 10;
const NO_BYTES = new Uint8Array(0);
const NO_PROOF = new Uint8Array(6);
const G = CurvePoint.BASE.toBytes(false).subarray(1);
const beta = (index: number) => pseudoRandom(`output ${String(index)}`);
const xOf = (compressed: Uint8Array) => BigInt(bytesToHex(compressed.subarray(1)));

type Three<Value> = [Value, Value, Value];

/** A packet of the slot with this output through three relays with keys of their own. */
function packetOf(index: number) {
  const slot = coverSlot(beta(index), TIMING);
  if (slot === undefined) throw new Error("a void slot: once in 2^256");
  const secrets = [0, 1, 2].map((hop) =>
    pseudoRandom(`packet key ${String(index)} ${String(hop)}`),
  );
  const keys = secrets.map((secret) => backend.publicKey(secret)) as Three<Uint8Array>;
  const { ephemeral, shared } = coverShares(slot.sessionKey, keys);
  const hops = shared.flatMap((share) => [share, NO_PROOF]);
  return {
    slot,
    secrets,
    keys,
    forContract: {
      sessionKey: bytesToHex(slot.sessionKey),
      keyX: keys.map(xOf) as Three<bigint>,
      parities: keys.reduce((sum, [prefix], hop) => sum | (prefix === 3 ? 1 << hop : 0), 0),
      claim: concatBytes(new Uint8Array(64), ...ephemeral, ...hops),
    },
  };
}

/** The tags under which three relays really remember the packet. */
function tagsOnTheWay({ slot, secrets, keys }: ReturnType<typeof packetOf>): string[] {
  const id = (hop: number) => `0x${String(hop + 1).repeat(64)}`;
  const route = {
    relays: keys.map((packetKey, hop) => ({ id: relayId(id(hop)), packetKey })),
    recipient: { id: nodeId(id(3)), packetKey: backend.publicKey(pseudoRandom("recipient")) },
    trafficClass: "low-latency" as const,
    era: era(1),
  };
  const random = (length: number) => new Uint8Array(length);
  const made = { backend, sessionKey: slot.sessionKey, route, data: NO_BYTES, random };
  let { packet } = createForwardPacket(made);
  return secrets.map((secret) => {
    const step = unwrap(backend, secret, packet);
    if (step.kind !== "forward" && step.kind !== "deliver") throw new Error(step.kind);
    packet = step.packet;
    return bytesToHex(step.tag);
  });
}

describe("CoverRoute", () => {
  it(`fixes session key, picks and second of ${String(SLOTS)} slots as the agent does`, async () => {
    const betas = Array.from({ length: SLOTS }, (_, index) => beta(index));
    for (let call = 0; call < CALLS; call++) {
      const some = betas.slice((call * SLOTS) / CALLS, ((call + 1) * SLOTS) / CALLS);
      const [keys, picks, moments] = await harness.slots(some);
      for (const [index, each] of some.entries()) {
        const slot = coverSlot(each, TIMING);
        expect(slot && bytesToHex(slot.sessionKey)).to.equal(ethers.toBeHex(keys[index] ?? 0n, 32));
        expect(slot?.picks).to.deep.equal([...(picks[index] ?? [])]);
        expect(slot?.sendSecond).to.equal(Number((moments[index] ?? 0n) % 3_580n));
      }
    }
  });

  it(`gets the tags that relays get, of ${String(PACKETS)} packets that cross three each`, async () => {
    for (let call = 0; call < CALLS; call++) {
      const size = PACKETS / CALLS;
      const packets = Array.from({ length: size }, (_, i) => packetOf(call * size + i));
      const found = await harness.tags(packets.map(({ forContract }) => forContract));
      for (const [index, packet] of packets.entries()) {
        const tags = tagsOnTheWay(packet);
        expect([...(found[index] ?? [])]).to.deep.equal(tags);
        const known = coverHops(backend, packet.slot.sessionKey, packet.keys, millis(600));
        expect(known.map(({ tag }) => bytesToHex(tag))).to.deep.equal(tags);
      }
    }
  });

  it("threat 24: takes no stale answer of ecrecover for one: keys that are no points, session key 0", async () => {
    const { forContract } = packetOf(0);
    const prefix = (x: bigint) => concatBytes(Uint8Array.of(2), hexToBytes(ethers.toBeHex(x, 32)));
    const isAbscissa = (x: bigint) => {
      try {
        CurvePoint.fromBytes(prefix(x));
        return true;
      } catch {
        return false;
      }
    };
    let none = 5n;
    while (isAbscissa(none)) none++;
    for (const hop of [0, 1, 2] as const) {
      const keyX = forContract.keyX.map((x, at) => (at === hop ? none : x)) as Three<bigint>;
      const shareAt = 192 + 70 * hop;
      // What the check before gave: the address of the ephemeral key that the hop sees.
      const claim = Uint8Array.from(forContract.claim);
      claim.set(claim.slice(64 * Math.max(hop, 1), 64 * Math.max(hop, 1) + 64), shareAt);
      for (const instead of [forContract.claim, claim])
        await expect(harness.tags([{ ...forContract, keyX, claim: instead }]))
          .to.be.revertedWithCustomError(harness, "CoverRoute_WrongShare")
          .withArgs(hop);
    }
    await expect(harness.tags([{ ...forContract, sessionKey: 0 }]))
      .to.be.revertedWithCustomError(harness, "CoverRoute_WrongShare")
      .withArgs(0);
  });
});

describe("ReplayTree", () => {
  it("leads from any packet's leaf, by any siblings, to the root that the agent gets", async () => {
    const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          at: fc.nat(2 ** 32 - 1),
          relay: bytes(32),
          tag: bytes(16),
          time: fc.nat({ max: 2 ** 40 - 1 }),
          siblings: fc.array(bytes(20), { maxLength: 32 }),
        }),
        async ({ at, relay, tag, time, siblings }) => {
          const id = relayId(bytesToHex(relay));
          const proof = { time: seconds(time), siblings };
          const head = concatBytes(new Uint8Array(192), G);
          const rest = concatBytes(G, NO_PROOF, G, NO_PROOF);
          const claim = concatBytes(head, encodeReplayProof(proof), rest);
          expect(await harness.root(at, id, tag, claim)).to.equal(
            bytesToHex(replayRootFrom(epoch(at), id, tag, proof)),
          );
        },
      ),
      { numRuns: 200 },
    );
  });
});
