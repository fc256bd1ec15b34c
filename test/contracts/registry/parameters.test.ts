/** What a registry can be deployed with. */
import { expect } from "chai";
import { network } from "hardhat";

import {
  BOND,
  EPOCH_LENGTH,
  ERA_LENGTH,
  type RegistryParameters,
  SETTLEMENT_WINDOW,
  UNBONDING,
  deployRegistry,
} from "../support/registry.ts";

const connection = await network.create();
const { ethers } = connection;
const YEAR = 366 * 86_400;

describe("RelayRegistry: parameters", () => {
  it("publishes what it was deployed with", async () => {
    const { registry, token, beacon, clock } = await deployRegistry(connection);

    expect(await registry.clock()).to.deep.equal([
      BigInt(clock.genesis),
      BigInt(EPOCH_LENGTH),
      BigInt(ERA_LENGTH),
    ]);
    expect(await registry.token()).to.equal(await token.getAddress());
    expect(await registry.beacon()).to.equal(await beacon.getAddress());
    expect(await registry.bond()).to.equal(BOND);
    expect(await registry.settlementWindow()).to.equal(BigInt(SETTLEMENT_WINDOW));
    expect(await registry.unbondingEpochs()).to.equal(BigInt(UNBONDING));
  });

  const longest = BigInt(Math.floor(YEAR / EPOCH_LENGTH));
  const refused: [string, Partial<RegistryParameters>, string, unknown[]][] = [
    ["no bond", { bond: 0 }, "RelayRegistry_BondZero", []],
    [
      "no settlement window",
      { settlementWindow: 0 },
      "RelayRegistry_SettlementWindowOutOfRange",
      [0n, 1n, longest - 1n],
    ],
    [
      "a settlement window that leaves no room for unbonding",
      { settlementWindow: longest, unbondingEpochs: longest + 1n },
      "RelayRegistry_SettlementWindowOutOfRange",
      [longest, 1n, longest - 1n],
    ],
    [
      "unbonding no longer than the settlement window",
      { unbondingEpochs: SETTLEMENT_WINDOW },
      "RelayRegistry_UnbondingOutOfRange",
      [4n, 5n, longest],
    ],
    [
      "unbonding beyond its bound",
      { unbondingEpochs: longest + 1n },
      "RelayRegistry_UnbondingOutOfRange",
      [longest + 1n, 5n, longest],
    ],
    [
      "an era beyond its bound",
      { eraLength: longest + 1n },
      "RelayRegistry_EraTooLong",
      [longest + 1n, longest],
    ],
    [
      "a token that is no contract",
      { token: ethers.ZeroAddress },
      "RelayRegistry_NoContract",
      [ethers.ZeroAddress],
    ],
    [
      "a beacon that is no contract",
      { beacon: ethers.ZeroAddress },
      "RelayRegistry_NoContract",
      [ethers.ZeroAddress],
    ],
  ];
  for (const [what, changes, error, args] of refused)
    it(`threat 29: refuses ${what}`, async () => {
      const { registry, parameters } = await deployRegistry(connection);

      await expect(ethers.deployContract("RelayRegistry", [{ ...parameters, ...changes }]))
        .to.be.revertedWithCustomError(registry, error)
        .withArgs(...args);
    });

  it("refuses a beacon that counts other epochs", async () => {
    const { registry, parameters, clock } = await deployRegistry(connection);
    const other = await ethers.deployContract("BlockhashBeacon", [
      clock.genesis,
      EPOCH_LENGTH + 1,
      2,
    ]);

    await expect(ethers.deployContract("RelayRegistry", [{ ...parameters, beacon: other }]))
      .to.be.revertedWithCustomError(registry, "RelayRegistry_BeaconOnOtherClock")
      .withArgs(clock.genesis, EPOCH_LENGTH + 1);
  });

  it("takes the extremes that it allows", async () => {
    const { registry } = await deployRegistry(connection, {
      settlementWindow: longest - 1n,
      unbondingEpochs: longest,
      eraLength: longest,
      bond: 2n ** 128n - 1n,
    });

    expect(await registry.unbondingEpochs()).to.equal(longest);
  });
});
