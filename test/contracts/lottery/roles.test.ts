/** Every function of the lottery by every kind of caller. */
import { expect } from "chai";
import type { ContractTransactionResponse } from "ethers";
import { network } from "hardhat";

import { joinRelay, accountChannel, openChannel, ticketSigner } from "../support/channels.ts";
import {
  claimArguments,
  deployLottery,
  HOP_REWARD,
  joinRelays,
  playEpoch,
} from "../support/lottery.ts";
import { type Signer, accounts } from "../support/registry.ts";

const connection = await network.create();
const { ethers, networkHelpers } = connection;
const { alice, bob, carol, stranger } = await accounts(connection);
const [deployer, , , , , recipient] = await ethers.getSigners();
if (deployer === undefined || recipient === undefined) throw new Error("too few accounts");

type Caller = "deployer" | "owner" | "agent" | "recipient" | "other owner" | "stranger";
const callers: Record<Caller, Signer> = {
  deployer,
  owner: alice,
  agent: bob,
  recipient,
  "other owner": carol,
  stranger,
};
const EPOCH = 5;

/** Alice owns relays that have won, Bob is their agent; Carol has a relay that joined only now. */
async function deploy() {
  const setup = await deployLottery(connection);
  const relays = await joinRelays(connection, setup, 6, alice, bob);
  const cover = await playEpoch(connection, setup, relays, EPOCH);
  const [drawn, next] = cover.drawn;
  if (drawn === undefined || next === undefined) throw new Error("two are drawn at least");
  await setup.lottery.claim(...claimArguments(cover, drawn));
  const winner = drawn.hops[0];
  const other = await joinRelay(connection, setup, "carol's", carol, carol, recipient ?? carol);
  const channel = accountChannel(alice, other, ticketSigner("alice"));
  await openChannel(setup, alice, channel, 10n);
  return { ...setup, cover, next, winner, channel };
}

type Stage = Awaited<ReturnType<typeof deploy>>;

interface Guarded {
  readonly name: string;
  readonly allowed: readonly Caller[];
  readonly error: string;
  readonly call: (stage: Stage, by: Signer) => Promise<ContractTransactionResponse>;
}

const functions: readonly Guarded[] = [
  {
    name: "commit",
    allowed: ["owner", "agent"],
    error: "CoverLottery_NotOwnerOrAgent",
    // The epoch of the draw is running, so that the one before can be committed to.
    call: ({ lottery, winner }, by) =>
      lottery.connect(by).commit(winner, EPOCH + 1, `0x${"42".repeat(32)}`),
  },
  {
    name: "collectIntoChannel",
    allowed: ["owner"],
    error: "CoverLottery_NotOwner",
    call: ({ lottery, winner, channel }, by) =>
      lottery.connect(by).collectIntoChannel(winner, channel.id, HOP_REWARD),
  },
];

describe("CoverLottery: callers (threat 30)", () => {
  const fixture = () => networkHelpers.loadFixture(deploy);

  for (const { name, allowed, error, call } of functions)
    for (const [caller, signer] of Object.entries(callers) as [Caller, Signer][])
      it(`threat 30: ${name} by ${caller} is ${allowed.includes(caller) ? "done" : "refused"}`, async () => {
        const stage = await fixture();
        const doing = call(stage, signer);

        if (allowed.includes(caller)) await doing;
        else await expect(doing).to.be.revertedWithCustomError(stage.lottery, error);
      });

  it("threat 30: every other function is open to all, and pays nobody but the relays it names", async () => {
    const stage = await fixture();
    const { lottery, channels, token, cover, next, winner } = stage;
    const changing: string[] = [];
    lottery.interface.forEachFunction(({ name, constant }) => {
      if (!constant) changing.push(name);
    });
    const openToAll = ["claim", "collect", "reportMisses"];
    expect(changing.sort()).to.deep.equal(
      [...functions.map(({ name }) => name), ...openToAll].sort(),
    );

    const before = await token.balanceOf(stranger);
    await lottery.connect(stranger).claim(...claimArguments(cover, next));
    const won = await lottery.rewardsOf(winner);
    await lottery.connect(stranger).collect(winner);
    expect((await channels.earningsOf(winner)).credit).to.equal(won);
    expect(await token.balanceOf(stranger)).to.equal(before);
  });
});
