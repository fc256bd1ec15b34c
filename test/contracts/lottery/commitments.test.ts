/** Replay commitments (protocol section 10): when, once, by whom, and for how long they are kept. */
import { expect } from "chai";
import { network } from "hardhat";

import { bytesToHex } from "../../../offchain/core/bytes.ts";
import { EMPTY_REPLAY_ROOT } from "../../../offchain/core/cover/index.ts";
import { pseudoRandom } from "../support/channels.ts";
import { deployLottery, joinRelays } from "../support/lottery.ts";
import { accounts, goTo, nextBlockIn } from "../support/registry.ts";

const connection = await network.create();
const { networkHelpers } = connection;
const { alice, bob, stranger } = await accounts(connection);

const ROOT = bytesToHex(pseudoRandom("root"));
const OTHER = bytesToHex(pseudoRandom("other root"));
const NONE = `0x${"00".repeat(28)}`;
const kept = (root: string): string => root.slice(0, 2 + 2 * 28);

async function withRelay() {
  const setup = await deployLottery(connection);
  const [relay] = await joinRelays(connection, setup, 1, alice, bob);
  if (relay === undefined) throw new Error("no relay");
  return { ...setup, relay };
}

const fixture = () => networkHelpers.loadFixture(withRelay);

describe("CoverLottery: commitments", () => {
  it("threat 23: are taken while the next epoch runs, neither a second earlier nor later", async () => {
    const { lottery, relay, clock } = await fixture();
    const agent = lottery.connect(bob);
    for (const [epoch, offset, fits] of [
      [5, -1, false],
      [5, 0, true],
      [6, -1, true],
      [6, 0, false],
    ] as const) {
      const snapshot = await networkHelpers.takeSnapshot();
      await nextBlockIn(connection, clock, epoch, offset);
      const sent = agent.commit(relay.id, 4, ROOT);
      if (fits) await expect(sent).to.emit(lottery, "Committed").withArgs(relay.id, 4, ROOT);
      else
        await expect(sent)
          .to.be.revertedWithCustomError(lottery, "CoverLottery_NotCommittable")
          .withArgs(4, offset < 0 ? epoch - 1 : epoch);
      await snapshot.restore();
    }
  });

  it("come from the owner or the agent, and nobody else", async () => {
    const { lottery, relay, clock } = await fixture();
    await goTo(connection, clock, 5);
    await lottery.connect(alice).commit(relay.id, 4, ROOT);
    await expect(lottery.connect(stranger).commit(relay.id, 4, ROOT))
      .to.be.revertedWithCustomError(lottery, "CoverLottery_NotOwnerOrAgent")
      .withArgs(stranger.address, relay.id);
    await expect(lottery.connect(alice).commit(ROOT, 4, ROOT))
      .to.be.revertedWithCustomError(lottery, "CoverLottery_NotOwnerOrAgent")
      .withArgs(alice.address, ROOT);
  });

  it("threat 23: cannot be changed, by neither of the two", async () => {
    const { lottery, relay, clock } = await fixture();
    await goTo(connection, clock, 5);
    await lottery.connect(bob).commit(relay.id, 4, ROOT);
    for (const [by, root] of [
      [bob, OTHER],
      [alice, OTHER],
      [bob, ROOT],
    ] as const)
      await expect(lottery.connect(by).commit(relay.id, 4, root))
        .to.be.revertedWithCustomError(lottery, "CoverLottery_AlreadyCommitted")
        .withArgs(relay.id, 4);
    expect(await lottery.commitmentAt(relay.id, 4)).to.equal(kept(ROOT));
  });

  it("are for one epoch each, until the ring comes round and not a second longer", async () => {
    const { lottery, relay, clock } = await fixture();
    const agent = lottery.connect(bob);
    const ring = Number(await lottery.ringLength());
    await goTo(connection, clock, 5);
    await agent.commit(relay.id, 4, ROOT);
    expect(await lottery.commitmentAt(relay.id, 3)).to.equal(NONE);
    expect(await lottery.commitmentAt(relay.id, 5)).to.equal(NONE);
    expect(await lottery.commitmentAt(relay.id, 4 + ring)).to.equal(NONE);

    await goTo(connection, clock, 4 + ring, 99);
    expect(await lottery.commitmentAt(relay.id, 4)).to.equal(kept(ROOT));
    await goTo(connection, clock, 5 + ring);
    await agent.commit(relay.id, 4 + ring, OTHER);
    expect(await lottery.commitmentAt(relay.id, 4)).to.equal(NONE);
    expect(await lottery.commitmentAt(relay.id, 4 + ring)).to.equal(kept(OTHER));
  });

  it("are made of epochs without packets, too, but not of epoch 0, nor of nothing", async () => {
    const { lottery, relay, clock } = await fixture();
    const agent = lottery.connect(bob);
    await goTo(connection, clock, 1);
    await expect(agent.commit(relay.id, 0, ROOT)).to.be.revertedWithCustomError(
      lottery,
      "CoverLottery_FirstEpoch",
    );
    await goTo(connection, clock, 2);
    const nothing = `0x${"00".repeat(28)}01020304`;
    await expect(agent.commit(relay.id, 1, nothing))
      .to.be.revertedWithCustomError(lottery, "CoverLottery_RootZero")
      .withArgs(nothing);
    await agent.commit(relay.id, 1, EMPTY_REPLAY_ROOT);
    expect(await lottery.commitmentAt(relay.id, 1)).to.equal(kept(bytesToHex(EMPTY_REPLAY_ROOT)));
  });
});
