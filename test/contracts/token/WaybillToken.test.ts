/** The token: its first supply, permits, burning. Who mints how much: minting.test.ts. */
import { expect } from "chai";
import { network } from "hardhat";

import { presentTime } from "../support/now.ts";

const connection = await network.create();
const { ethers, networkHelpers } = connection;
const SUPPLY = 1_000_000n;

async function deploy() {
  const [holder, spender] = await ethers.getSigners();
  if (holder === undefined || spender === undefined) throw new Error("too few accounts");
  const token = await ethers.deployContract("WaybillToken", [holder, SUPPLY, 0, 0, 1]);
  return { token, holder, spender };
}

describe("WaybillToken", () => {
  it("makes its first supply for the holder", async () => {
    const { token, holder } = await networkHelpers.loadFixture(deploy);

    expect(await token.totalSupply()).to.equal(SUPPLY);
    expect(await token.balanceOf(holder)).to.equal(SUPPLY);
  });

  it("refuses a supply of nothing, or past 128 bits", async () => {
    const { token, holder } = await networkHelpers.loadFixture(deploy);
    const limit = 2n ** 128n - 1n;

    for (const supply of [0n, limit + 1n])
      await expect(ethers.deployContract("WaybillToken", [holder, supply, 0, 0, 1]))
        .to.be.revertedWithCustomError(token, "WaybillToken_SupplyOutOfRange")
        .withArgs(supply, limit);
    await ethers.deployContract("WaybillToken", [holder, limit, 0, 0, 1]);
  });

  it("shrinks the supply by what a holder burns", async () => {
    const { token, holder, spender } = await networkHelpers.loadFixture(deploy);
    await token.burn(300n);
    await token.approve(spender, 200n);
    await token.connect(spender).burnFrom(holder, 200n);

    expect(await token.totalSupply()).to.equal(SUPPLY - 500n);
    expect(await token.balanceOf(holder)).to.equal(SUPPLY - 500n);
    await expect(token.connect(spender).burn(1n)).to.be.revertedWithCustomError(
      token,
      "ERC20InsufficientBalance",
    );
  });

  it("takes an allowance by signature, once (ERC-2612)", async () => {
    const { token, holder, spender } = await networkHelpers.loadFixture(deploy);
    const { chainId } = await ethers.provider.getNetwork();
    const deadline = (await presentTime(connection)) + 100;
    const signature = ethers.Signature.from(
      await holder.signTypedData(
        { name: "Waybill", version: "1", chainId, verifyingContract: await token.getAddress() },
        {
          Permit: [
            { name: "owner", type: "address" },
            { name: "spender", type: "address" },
            { name: "value", type: "uint256" },
            { name: "nonce", type: "uint256" },
            { name: "deadline", type: "uint256" },
          ],
        },
        {
          owner: holder.address,
          spender: spender.address,
          value: 7n,
          nonce: await token.nonces(holder),
          deadline,
        },
      ),
    );
    const permit = () =>
      token.permit(holder, spender, 7n, deadline, signature.v, signature.r, signature.s);

    await permit();
    expect(await token.allowance(holder, spender)).to.equal(7n);
    await expect(permit()).to.be.revertedWithCustomError(token, "ERC2612InvalidSigner");
  });
});
