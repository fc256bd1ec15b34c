/** VRF keys and packet keys: what is accepted, and from when on a rotation counts. */
import { expect } from "chai";
import { network } from "hardhat";

import {
  BOND,
  SETTLEMENT_WINDOW,
  accounts,
  deployRegistry,
  goTo,
  join,
  joinRequest,
  keyPair,
  nextBlockIn,
} from "../support/registry.ts";

const connection = await network.create();
const { networkHelpers } = connection;
const { alice, bob, stranger } = await accounts(connection);

const FIELD = 2n ** 256n - 2n ** 32n - 977n;
const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

/** y of a point with this x: p is 3 mod 4. */
function ordinate(x: bigint): bigint | undefined {
  const square = (x ** 3n + 7n) % FIELD;
  let root = 1n;
  for (let exponent = (FIELD + 1n) / 4n, base = square; exponent > 0n; exponent >>= 1n) {
    if (exponent & 1n) root = (root * base) % FIELD;
    base = (base * base) % FIELD;
  }
  return (root * root) % FIELD === square ? root : undefined;
}

/** A point on the curve whose x is at least the group order: nothing on chain can calculate with it. */
function pointBeyondOrder(): { x: bigint; y: bigint } {
  for (let x = ORDER; x < FIELD; x++) {
    const y = ordinate(x);
    if (y !== undefined) return { x, y };
  }
  throw new Error("no point has such an x");
}

const deploy = () => deployRegistry(connection);

async function prepare() {
  const setup = await networkHelpers.loadFixture(deploy);
  await setup.token.transfer(alice, BOND);
  await setup.token.connect(alice).approve(setup.registry, BOND);
  const { request } = await joinRequest(connection, setup.registry, alice, "a");
  return { ...setup, request };
}

describe("RelayRegistry: keys at joining (protocol section 2)", () => {
  const { x, y } = keyPair("a vrf").point;
  const unusable: [string, { x: bigint; y: bigint }][] = [
    ["off the curve", { x, y: y ^ 1n }],
    ["the origin", { x: 0n, y: 0n }],
    ["with y past the field", { x, y: 2n ** 256n - 1n }],
    ["with x past the field", { x: FIELD, y: 1n }],
    ["on the curve with an x that is no scalar", pointBeyondOrder()],
  ];

  for (const [what, point] of unusable) {
    it(`refuses a VRF key ${what}`, async () => {
      const { registry, request } = await prepare();
      const joining = registry.connect(alice).join({ ...request, vrfX: point.x, vrfY: point.y });

      await expect(joining)
        .to.be.revertedWithCustomError(registry, "RelayRegistry_VrfKeyInvalid")
        .withArgs(point.x, point.y);
    });

    it(`refuses a packet key ${what}`, async () => {
      const { registry, request } = await prepare();
      const joining = registry
        .connect(alice)
        .join({ ...request, packetX: point.x, packetY: point.y });

      await expect(joining)
        .to.be.revertedWithCustomError(registry, "RelayRegistry_PacketKeyInvalid")
        .withArgs(point.x, point.y);
    });
  }
});

describe("RelayRegistry: packet key rotation (protocol section 1)", () => {
  const old = keyPair("a packet").point;
  const fresh = keyPair("fresh").point;
  const third = keyPair("third").point;

  async function joined() {
    const setup = await networkHelpers.loadFixture(deploy);
    const { id } = await join(connection, setup, alice, "a", { agent: bob.address });
    return { ...setup, id };
  }

  for (const [offset, from] of [
    [-1, 6],
    [0, 7],
    [1, 7],
  ] as const)
    it(`threat 48: counts two epochs ahead; asked at the start of epoch 5 ${offset < 0 ? "−" : "+"} ${Math.abs(offset)} s`, async () => {
      const { registry, clock, id } = await joined();
      await nextBlockIn(connection, clock, 5, offset);

      await expect(registry.connect(alice).rotatePacketKey(id, fresh.x, fresh.y))
        .to.emit(registry, "PacketKeyChanged")
        .withArgs(id, fresh.x, fresh.y, from);
      expect(await registry.packetKeyAt(id, from - 1)).to.deep.equal([old.x, old.y]);
      expect(await registry.packetKeyAt(id, from)).to.deep.equal([fresh.x, fresh.y]);
      expect(await registry.packetKeyAt(id, 2 ** 32 - 1)).to.deep.equal([fresh.x, fresh.y]);
    });

  it("threat 48: refuses another change until the old key is past every window", async () => {
    const { registry, clock, id } = await joined();
    await nextBlockIn(connection, clock, 5);
    await registry.connect(bob).rotatePacketKey(id, fresh.x, fresh.y);
    // The old key was last in force in epoch 6; what happened then matters up to the end of epoch 10.
    const allowed = 7 + SETTLEMENT_WINDOW;
    await nextBlockIn(connection, clock, allowed, -1);

    await expect(registry.connect(bob).rotatePacketKey(id, third.x, third.y))
      .to.be.revertedWithCustomError(registry, "RelayRegistry_RotationTooEarly")
      .withArgs(allowed - 1, allowed);
    expect(await registry.packetKeyAt(id, 6)).to.deep.equal([old.x, old.y]);

    await nextBlockIn(connection, clock, allowed);
    await registry.connect(bob).rotatePacketKey(id, third.x, third.y);
    expect(await registry.packetKeyAt(id, allowed + 1)).to.deep.equal([fresh.x, fresh.y]);
    expect(await registry.packetKeyAt(id, allowed + 2)).to.deep.equal([third.x, third.y]);
  });

  it("lets a new relay rotate at once, in the network's first epochs too", async () => {
    const { registry, id } = await joined();

    await registry.connect(alice).rotatePacketKey(id, fresh.x, fresh.y);
    expect(await registry.packetKeyAt(id, 1)).to.deep.equal([old.x, old.y]);
    expect(await registry.packetKeyAt(id, 2)).to.deep.equal([fresh.x, fresh.y]);
  });

  it("refuses a key off the curve, and a relay whose bond is gone", async () => {
    const { registry, clock, id } = await joined();

    await expect(registry.connect(alice).rotatePacketKey(id, fresh.x, fresh.y + 1n))
      .to.be.revertedWithCustomError(registry, "RelayRegistry_PacketKeyInvalid")
      .withArgs(fresh.x, fresh.y + 1n);

    await registry.connect(alice).startLeaving(id);
    await registry.connect(alice).rotatePacketKey(id, fresh.x, fresh.y);
    await goTo(connection, clock, 40);
    await registry.connect(alice).withdrawBond(id);
    await expect(
      registry.connect(alice).rotatePacketKey(id, third.x, third.y),
    ).to.be.revertedWithCustomError(registry, "RelayRegistry_WrongStatus");
  });

  it("knows no key of a relay that never joined", async () => {
    const { registry, id } = await joined();
    const unknown = id.replace(/.$/, (last) => (last === "0" ? "1" : "0"));

    expect(await registry.packetKeyAt(unknown, 0)).to.deep.equal([0n, 0n]);
    await expect(
      registry.connect(stranger).rotatePacketKey(unknown, fresh.x, fresh.y),
    ).to.be.revertedWithCustomError(registry, "RelayRegistry_NotOwnerOrAgent");
  });
});
