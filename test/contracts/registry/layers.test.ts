/** The layers of an era: keyed by the first beacon, equal to what the agent works out (protocol section 2). */
import { expect } from "chai";
import { network } from "hardhat";

import { hexToBytes } from "../../../offchain/core/bytes.ts";
import { dealLayers } from "../../../offchain/core/layers/layers.ts";
import { type RelayId, relayId } from "../../../offchain/core/units.ts";
import {
  type RegistrySetup,
  accounts,
  deployRegistry,
  finalBeacon,
  goTo,
  join,
  setOf,
} from "../support/registry.ts";

const connection = await network.create();
const { networkHelpers } = connection;
const { alice } = await accounts(connection);
const NONE = `0x${"00".repeat(32)}`;
const LAYERS = [0, 1, 2] as const;

/** Eras of three epochs; the relays are active from era 1, which starts with epoch 3. */
async function withRelays(count: number): Promise<RegistrySetup & { ids: RelayId[] }> {
  const setup = await deployRegistry(connection);
  const ids: RelayId[] = [];
  for (let i = 0; i < count; i++)
    ids.push((await join(connection, setup, alice, `relay ${String(i)}`)).id);
  return { ...setup, ids };
}

const sevenRelays = () => withRelays(7);

/** All layers as the chain lists them. */
async function layersOnChain({ registry }: RegistrySetup, era: number): Promise<RelayId[][]> {
  return Promise.all(
    LAYERS.map(async (layer) => {
      const size = Number(await registry.layerSize(era, layer));
      const members = Array.from({ length: size }, (_, k) => registry.relayInLayer(era, layer, k));
      return (await Promise.all(members)).map(relayId);
    }),
  );
}

describe("RelayRegistry: layers", () => {
  for (const count of [1, 2, 3, 6, 7, 11])
    it(`deals ${String(count)} relays as the agent does, each to one place`, async () => {
      const setup = await withRelays(count);
      const { registry, beacon, clock } = setup;
      await goTo(connection, clock, 2);
      const key = await finalBeacon(connection, beacon, 2);

      const onChain = await layersOnChain(setup, 1);
      expect(onChain).to.deep.equal(dealLayers(key, await setOf(registry, 1)));
      expect(onChain.flat().sort()).to.deep.equal([...setup.ids].sort());
      for (const layer of LAYERS)
        for (const id of onChain[layer] ?? [])
          expect(await registry.layerOf(1, id)).to.equal(BigInt(layer));
    });

  it("threat 18: an era has no layers before its beacon, and says so", async () => {
    const setup = await networkHelpers.loadFixture(sevenRelays);
    const { registry, beacon, clock, ids } = setup;
    const id = ids[0] ?? "";
    await goTo(connection, clock, 1);
    // The beacon of an earlier epoch is of no use to era 1: the set was not fixed yet.
    await finalBeacon(connection, beacon, 1);

    expect(await registry.layerKey(1)).to.equal(NONE);
    await expect(registry.layerOf(1, id))
      .to.be.revertedWithCustomError(registry, "RelayRegistry_EraWithoutLayers")
      .withArgs(1);
    await expect(registry.relayInLayer(1, 0, 0))
      .to.be.revertedWithCustomError(registry, "RelayRegistry_EraWithoutLayers")
      .withArgs(1);
    expect(await registry.layerSize(1, 0)).to.equal(3n);
  });

  it("threat 18: the first beacon from the epoch before the era on keys it, for good", async () => {
    const setup = await networkHelpers.loadFixture(sevenRelays);
    const { registry, beacon, clock } = setup;
    // None in epochs 2 and 3, the era's first: nothing moves until the one of epoch 4.
    await goTo(connection, clock, 4);
    expect(await registry.layerKey(1)).to.equal(NONE);
    await finalBeacon(connection, beacon, 4);
    const key = await registry.layerKey(1);
    expect(key).to.equal(await beacon.beaconAt(4));

    await goTo(connection, clock, 5);
    const next = await finalBeacon(connection, beacon, 5);
    expect(await registry.layerKey(1)).to.equal(key);
    // Epoch 5 is the one before era 2.
    expect(hexToBytes(await registry.layerKey(2))).to.deep.equal(next);
  });

  it("threat 18: an era whose every epoch went without a beacon never has layers", async () => {
    const setup = await networkHelpers.loadFixture(sevenRelays);
    const { registry, beacon, clock } = setup;
    // Era 1 is epochs 3 to 5.
    await goTo(connection, clock, 6);
    await finalBeacon(connection, beacon, 6);

    expect(await registry.layerKey(1)).to.equal(NONE);
    expect(await registry.layerKey(2)).to.equal(await beacon.beaconAt(6));
  });

  it("threat 16: the set of an era is fixed when its key can first be known", async () => {
    const setup = await networkHelpers.loadFixture(sevenRelays);
    const { registry, beacon, clock, ids } = setup;
    await goTo(connection, clock, 2);
    await finalBeacon(connection, beacon, 2);
    const before = await layersOnChain(setup, 1);

    const leaver = ids[2] ?? "";
    await registry.connect(alice).startLeaving(leaver);
    await join(connection, setup, alice, "too late");
    expect(await registry.openEra()).to.equal(2n);
    expect(await layersOnChain(setup, 1)).to.deep.equal(before);
    expect(await registry.isActive(2, leaver)).to.equal(false);
  });

  it("reads past eras as they were", async () => {
    const setup = await networkHelpers.loadFixture(sevenRelays);
    const { registry, beacon, clock, ids } = setup;
    await goTo(connection, clock, 2);
    await finalBeacon(connection, beacon, 2);
    const first = await layersOnChain(setup, 1);
    for (const id of ids.slice(0, 3)) await registry.connect(alice).startLeaving(id);
    await goTo(connection, clock, 5);
    await finalBeacon(connection, beacon, 5);
    const second = await layersOnChain(setup, 2);

    await goTo(connection, clock, 100);
    expect(await layersOnChain(setup, 1)).to.deep.equal(first);
    expect(await layersOnChain(setup, 2)).to.deep.equal(second);
    expect(second.flat()).to.have.length(4);
  });

  it("names what is out of range, and a relay that is not there", async () => {
    const setup = await networkHelpers.loadFixture(sevenRelays);
    const { registry, beacon, clock } = setup;
    await goTo(connection, clock, 2);
    await finalBeacon(connection, beacon, 2);
    const unknown = `0x${"42".repeat(32)}`;

    await expect(registry.layerSize(1, 3))
      .to.be.revertedWithCustomError(registry, "RelayRegistry_NoSuchPosition")
      .withArgs(3, 3);
    await expect(registry.relayInLayer(1, 1, 2))
      .to.be.revertedWithCustomError(registry, "RelayRegistry_NoSuchPosition")
      .withArgs(2, 2);
    await expect(registry.layerOf(1, unknown))
      .to.be.revertedWithCustomError(registry, "RelayRegistry_NotActive")
      .withArgs(unknown, 1);
    await expect(registry.layerOf(0, unknown)).to.be.revertedWithCustomError(
      registry,
      "RelayRegistry_NotActive",
    );
  });
});
