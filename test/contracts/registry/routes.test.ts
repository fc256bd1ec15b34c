/** What the registry tells the lottery: members with their keys, and routes of cover packets. */
import { expect } from "chai";
import { solidityPackedKeccak256 } from "ethers";
import fc from "fast-check";
import { network } from "hardhat";

import { type Layers, dealLayers } from "../../../offchain/core/layers/layers.ts";
import { type RelayId, relayId } from "../../../offchain/core/units.ts";
import {
  type RegistrySetup,
  accounts,
  deployRegistry,
  finalBeacon,
  goTo,
  join,
  keyPair,
  setOf,
} from "../support/registry.ts";

const connection = await network.create();
const { networkHelpers } = connection;
const { alice } = await accounts(connection);
/** Era 1 holds epochs 3 to 5. */
const EPOCH = 4;
const NOBODY = relayId(`0x${"42".repeat(32)}`);

interface Network extends RegistrySetup {
  readonly ids: readonly RelayId[];
  readonly layers: Layers;
}

async function withRelays(count: number): Promise<Network> {
  const setup = await deployRegistry(connection);
  const ids: RelayId[] = [];
  for (let i = 0; i < count; i++)
    ids.push((await join(connection, setup, alice, `r${String(i)}`)).id);
  await goTo(connection, setup.clock, 2);
  const key = await finalBeacon(connection, setup.beacon, 2);
  return { ...setup, ids, layers: dealLayers(key, await setOf(setup.registry, 1)) };
}

const eightRelays = () => withRelays(8);

describe("RelayRegistry: members and routes for the lottery", () => {
  const fixture = () => networkHelpers.loadFixture(eightRelays);

  it("names the member at each position with the hash of its VRF key", async () => {
    const { registry, ids } = await fixture();
    for (const [position, id] of ids.entries()) {
      const { x, y } = keyPair(`r${String(position)} vrf`).point;
      expect(await registry.memberAt(1, position)).to.deep.equal([
        id,
        solidityPackedKeccak256(["uint256", "uint256"], [x, y]),
      ]);
    }
    await expect(registry.memberAt(1, 8))
      .to.be.revertedWithCustomError(registry, "RelayRegistry_NoSuchPosition")
      .withArgs(8, 8);
    await expect(registry.memberAt(0, 0))
      .to.be.revertedWithCustomError(registry, "RelayRegistry_NoSuchPosition")
      .withArgs(0, 0);
  });

  it("picks one relay per layer, its key with it, and never the sender", async () => {
    const { registry, ids, layers } = await fixture();
    const picks = fc.tuple(fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }), fc.nat(), fc.nat());
    await fc.assert(
      fc.asyncProperty(picks, fc.constantFrom(NOBODY, ...ids), async (picked, sender) => {
        const expected = layers.map((members, layer) => {
          const k = Number(BigInt(picked[layer] ?? 0) % BigInt(members.length));
          const next = members[(k + 1) % members.length];
          return members[k] === sender ? next : members[k];
        });
        const route = await registry.coverRoute(EPOCH, sender, picked);
        expect(route.ids).to.deep.equal(expected);
        expect(route.ids).not.to.include(sender);
        const keys = expected.map(
          (id) => keyPair(`r${String(ids.indexOf(id ?? NOBODY))} packet`).point,
        );
        expect(route.keyX).to.deep.equal(keys.map(({ x }) => x));
        const parities = keys.reduce(
          (bits, { y }, layer) => bits | ((y & 1n) << BigInt(layer)),
          0n,
        );
        expect(route.parities).to.equal(parities);
      }),
      { numRuns: 60 },
    );
  });

  it("takes the packet keys in force in the epoch that is asked about", async () => {
    const { registry, clock, ids, layers } = await fixture();
    const hop = layers[1][0] ?? "";
    const first = keyPair(`r${String(ids.findIndex((id) => id === hop))} packet`).point;
    // Two keys more, one odd and one even: y is told apart by its parity alone.
    const points = ["x", "y", "z", "w"].map((name) => keyPair(name).point);
    const second = points.find(({ y }) => (y & 1n) !== (first.y & 1n)) ?? first;
    const third = points.find(({ y }) => (y & 1n) === (first.y & 1n)) ?? first;
    const keyIn = async (epoch: number) => {
      const { ids: route, keyX, parities } = await registry.coverRoute(epoch, NOBODY, [0, 0, 0]);
      expect(route[1]).to.equal(hop);
      expect((await registry.packetKeyAt(hop, epoch))[0]).to.equal(keyX[1]);
      return { x: keyX[1], odd: (parities >> 1n) & 1n };
    };
    const shown = ({ x, y }: { x: bigint; y: bigint }) => ({ x, odd: y & 1n });

    await registry.connect(alice).rotatePacketKey(hop, second.x, second.y);
    expect(await keyIn(3)).to.deep.equal(shown(first));
    expect(await keyIn(4)).to.deep.equal(shown(second));
    expect((await registry.packetKeyAt(hop, 4)).y).to.equal(second.y);
    expect((await registry.packetKeyAt(hop, 3)).y).to.equal(first.y);
    await goTo(connection, clock, 8);
    await registry.connect(alice).rotatePacketKey(hop, third.x, third.y);
    expect((await registry.packetKeyAt(hop, 9)).y).to.equal(second.y);
    expect((await registry.packetKeyAt(hop, 10)).y).to.equal(third.y);
  });

  it("tells no route with fewer than six relays, or without layers", async () => {
    const { registry } = await withRelays(5);
    await expect(registry.coverRoute(EPOCH, NOBODY, [0, 0, 0]))
      .to.be.revertedWithCustomError(registry, "RelayRegistry_TooFewRelays")
      .withArgs(5, 6);

    const { registry: more, clock } = await fixture();
    await goTo(connection, clock, 8);
    await expect(more.coverRoute(9, NOBODY, [0, 0, 0]))
      .to.be.revertedWithCustomError(more, "RelayRegistry_EraWithoutLayers")
      .withArgs(3);
  });

  it("reads eleven storage slots for a route: three a hop, the number of relays, the beacon", async () => {
    const { registry, ids, layers } = await fixture();
    // Not from a layer's first place, so that no relay is looked up twice.
    const sender = ids.find((id) => layers.every(([first]) => first !== id)) ?? "";
    const { to, data } = await registry.coverRoute.populateTransaction(EPOCH, sender, [0, 0, 0]);
    const trace = (await connection.provider.request({
      method: "debug_traceCall",
      params: [{ to, data }, "latest", { disableMemory: true, disableStack: true }],
    })) as { structLogs: { op: string }[] };

    expect(trace.structLogs.filter(({ op }) => op === "SLOAD")).to.have.length(11);
  });
});
