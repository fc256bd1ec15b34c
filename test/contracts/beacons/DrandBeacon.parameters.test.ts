/** What a drand beacon refuses to be deployed with. */
import { expect } from "chai";
import { network } from "hardhat";

import { g2Argument, keyArgument, namedDrand } from "../../support/drand.ts";
import { outsideKey } from "../../support/bls-points.ts";

const GENESIS = 2_000_000_000;
const SOUND = { genesis: GENESIS, epochLength: 200, delay: 40, drandGenesis: GENESIS, period: 3 };
const { chain } = namedDrand("parameters", GENESIS, 3);

const { ethers } = await network.create();

function deploying(
  changed: Partial<typeof SOUND>,
  publicKey = keyArgument(chain),
  on: Pick<typeof ethers, "deployContract"> = ethers,
) {
  const { genesis, epochLength, delay, drandGenesis, period } = { ...SOUND, ...changed };
  return on.deployContract("DrandBeacon", [
    genesis,
    epochLength,
    delay,
    { genesis: drandGenesis, period, publicKey },
  ]);
}

describe("DrandBeacon's parameters", () => {
  it("can be read back", async () => {
    const beacon = await deploying({});
    const key = Object.values(keyArgument(chain)).map(BigInt);
    expect(await beacon.delay()).to.equal(40n);
    expect(await beacon.drandChain()).to.deep.equal([BigInt(GENESIS), 3n, key]);
  });

  it("have at least a second between rounds", async () => {
    const sound = await deploying({ period: 1 });
    await expect(deploying({ period: 0 })).to.be.revertedWithCustomError(
      sound,
      "DrandBeacon_PeriodZero",
    );
  });

  it("threat 18: leave half of the epoch to bring the round", async () => {
    const sound = await deploying({ delay: 97 });
    await expect(deploying({ delay: 98 }))
      .to.be.revertedWithCustomError(sound, "DrandBeacon_DelayTooLong")
      .withArgs(101, 100);
    await expect(deploying({ delay: 2 ** 32 - 1 }))
      .to.be.revertedWithCustomError(sound, "DrandBeacon_DelayTooLong")
      .withArgs(2 ** 32 + 2, 100);
  });

  it("threat 18: have a delay of two slots on public chains, of a second on local ones", async () => {
    const sound = await deploying({ delay: 1 });
    await expect(deploying({ delay: 0 }))
      .to.be.revertedWithCustomError(sound, "DrandBeacon_DelayTooShort")
      .withArgs(0, 1);
    const key = keyArgument(chain);
    for (const chainId of [1, 100]) {
      const remote = await network.create({ network: "default", override: { chainId } });
      await deploying({ delay: 24 }, key, remote.ethers);
      await expect(deploying({ delay: 23 }, key, remote.ethers))
        .to.be.revertedWithCustomError(sound, "DrandBeacon_DelayTooShort")
        .withArgs(23, 24);
      await remote.close();
    }
  });

  it("have no epoch whose round would be due before drand's first", async () => {
    const sound = await deploying({ drandGenesis: GENESIS + 40 });
    expect(await sound.roundOf(0)).to.equal(1n);
    await expect(deploying({ drandGenesis: GENESIS + 41 }))
      .to.be.revertedWithCustomError(sound, "DrandBeacon_BeforeFirstRound")
      .withArgs(GENESIS + 40, GENESIS + 41);
  });

  it("threat 18: have a key that is a point of G2 other than infinity", async () => {
    const sound = await deploying({});
    for (const bytes of [new Uint8Array(256), new Uint8Array(256).fill(1), outsideKey()])
      await expect(deploying({}, g2Argument(bytes))).to.be.revertedWithCustomError(
        sound,
        "DrandBeacon_NotAPublicKey",
      );
  });

  it("threat 18: are refused on a chain that cannot check signatures", async () => {
    const sound = await deploying({});
    const old = await network.create({ network: "default", override: { hardfork: "cancun" } });
    await expect(deploying({}, keyArgument(chain), old.ethers)).to.be.revertedWithCustomError(
      sound,
      "DrandBeacon_NotAPublicKey",
    );
    await old.close();
  });
});
