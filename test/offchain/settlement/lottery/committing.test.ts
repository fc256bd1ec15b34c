import { expect } from "chai";
import { readCall } from "../../../../offchain/adapters/simulated-chain/calls.ts";
import { bytesToHex } from "../../../../offchain/core/bytes.ts";
import { buildReplayTree, EMPTY_REPLAY_ROOT } from "../../../../offchain/core/cover/index.ts";
import { endOf, startOf } from "../../../../offchain/core/epochs/epochs.ts";
import { epoch, seconds, type RelayId } from "../../../../offchain/core/units.ts";
import { LOTTERY, LotteryScene } from "./support/scene.ts";
import type { LotteryRelay } from "./support/relay.ts";

const E = epoch(3);

describe("committing to an epoch's packets", () => {
  let scene: LotteryScene;
  let relay: LotteryRelay;
  beforeEach(async () => {
    scene = await LotteryScene.create();
    const [first] = scene.relays;
    if (first === undefined) throw new Error("there are relays");
    relay = first;
  });
  afterEach(() => scene.stop());

  /** Commitments to E that are in blocks: whose, and to what. */
  const committed = (): { readonly relay: RelayId; readonly root: string }[] =>
    scene.chain.transactions.flatMap((transaction) => {
      const { name, args } = readCall(transaction);
      if (name !== "commitReplay" || args[1] !== E) return [];
      return [{ relay: args[0] as RelayId, root: String(args[2]) }];
    });
  const rootOf = async ({ id, store }: LotteryRelay): Promise<string> => {
    const entries = await store.replay.entries(E);
    const leaves = entries.map(({ tag, receivedAt }) => ({ tag, time: receivedAt }));
    return bytesToHex(buildReplayTree(E, id, leaves).root);
  };
  const late = (tag: number) => ({
    tag: new Uint8Array(16).fill(tag),
    epoch: E,
    receivedAt: seconds(endOf(scene.params, E) - 1),
    bringer: new Uint8Array(8),
  });

  it("every relay commits once, one after the other, in the first half of the next epoch", async () => {
    await scene.goTo(E);
    await scene.play(E);
    const times: number[] = [];
    for (let second = 0; second < 30; second++) {
      await scene.goTo(E + 1, second);
      const before = committed().length;
      await scene.round();
      for (let n = before; n < committed().length; n++) times.push(second);
    }
    const roots = await Promise.all(
      scene.relays.map(async (one) => ({ relay: one.id, root: await rootOf(one) })),
    );
    expect(committed()).to.have.deep.members(roots);
    expect(Math.min(...times)).to.be.greaterThan(1);
    expect(Math.max(...times)).to.be.lessThan(16);
    expect(new Set(times).size).to.be.greaterThan(3);
  });

  it("commits to an epoch without packets, too", async () => {
    await scene.goTo(E + 1, 20);
    await scene.round();
    const empty = bytesToHex(EMPTY_REPLAY_ROOT);
    expect(committed().map(({ root }) => root)).to.deep.equal(scene.relays.map(() => empty));
  });

  it("commits to the same when it is restarted in between, and to no packet that comes late", async () => {
    await scene.goTo(E);
    await scene.play(E);
    await scene.goTo(E + 1, 2);
    await relay.store.replay.accept([late(1)], []);
    const { root } = await relay.trees.of(E);
    const refusal = await relay.store.replay.accept([late(2)], []).catch((error: unknown) => error);
    expect(refusal).to.have.property("code", "STORE_SEALED");
    await relay.restart();
    await scene.goTo(E + 1, 20);
    await scene.round();
    expect(committed().find((one) => one.relay === relay.id)?.root).to.equal(bytesToHex(root));
  });

  it("intends once, however often it is restarted before the transaction is in a block", async () => {
    await scene.goTo(E + 1, 20);
    for (let n = 0; n < 3; n++) {
      await relay.step();
      await relay.restart();
    }
    await scene.round();
    await scene.round();
    expect(committed().filter((one) => one.relay === relay.id)).to.have.length(1);
  });

  /** All relays keep up until E is to be committed to. */
  const keepUp = async (): Promise<void> => {
    for (const before of [E - 1, E]) {
      await scene.goTo(before, 20);
      await scene.round();
    }
  };

  it("says once that it is too late, and counts it", async () => {
    await keepUp();
    await scene.goTo(E + 1, 20);
    await scene.round(scene.relays.filter((one) => one !== relay));
    for (let n = 0; n < 3; n++) {
      await scene.goTo(E + 2, n);
      await scene.round();
    }
    expect(committed().some((one) => one.relay === relay.id)).to.equal(false);
    expect(relay.committer.missed).to.equal(1);
    const told = relay.lines.filter(({ message }) => message.includes("in time"));
    expect(told.map(({ level }) => level)).to.deep.equal(["warn"]);
    expect(scene.relays.slice(1).map(({ committer }) => committer.missed)).to.deep.equal(
      scene.relays.slice(1).map(() => 0),
    );
  });

  it("tries a refused commitment again while there is time, and says so once", async () => {
    await keepUp();
    scene.refusesCommitments = true;
    for (const second of [10, 12, 14]) {
      await scene.goTo(E + 1, second);
      await scene.round([relay]);
    }
    expect(committed()).to.deep.equal([]);
    expect(
      relay.lines.filter(({ message }) => message.includes("committing failed")),
    ).to.have.length(1);
    scene.refusesCommitments = false;
    for (const second of [18, 28]) {
      await scene.goTo(E + 1, second);
      await scene.round([relay]);
    }
    expect(committed()).to.have.length(1);
    expect(relay.committer.missed).to.equal(0);
  });

  it("owes nothing for an epoch whose seed never came", async () => {
    scene.silent.add(E - 1);
    await keepUp();
    await scene.goTo(E + 1, 20);
    await scene.round();
    await scene.goTo(E + 2, 1);
    await scene.round();
    expect(committed()).to.deep.equal([]);
    expect(relay.committer.missed).to.equal(0);
  });

  it("keeps trees and draws of those epochs alone whose draws can be claimed", async () => {
    for (let e = E; e < E + 6; e++) {
      await scene.goTo(e);
      await scene.play(epoch(e));
      await scene.goTo(e + 1, 20);
      for (let n = 0; n < 2; n++) await scene.round();
    }
    const { claimWindow } = LOTTERY;
    const running = E + 6;
    const claimable = Array.from({ length: claimWindow + 1 }, (_, n) => running - 1 - n);
    expect(relay.trees.epochs).to.have.members(claimable);
    expect(relay.draws.epochs).to.have.members(claimable.filter((e) => e + 2 <= running));
  });

  it("keeps few trees ready, the latest ones, and builds each once however many ask", async () => {
    await scene.goTo(E);
    let reads = 0;
    const { replay } = relay.store;
    const at = startOf(scene.params, E);
    const packets = Array.from({ length: 40 }, (_, n) => ({
      ...late(n),
      epoch: epoch(E + (n % 4)),
      receivedAt: at,
    }));
    await replay.accept(packets, []);
    const trees = relay.treesOver(
      {
        seal: (of) => replay.seal(of),
        entries: (of, page) => {
          reads += 1;
          return replay.entries(of, page);
        },
      },
      25,
    );
    const same = await Promise.all([1, 2, 3].map(() => trees.of(E)));
    expect(new Set(same).size).to.equal(1);
    expect(reads).to.equal(1);
    for (const n of [1, 2, 3]) await trees.of(epoch(E + n));
    expect(trees.packets).to.equal(20);
    await trees.of(epoch(E + 3));
    await trees.of(epoch(E + 2));
    expect(reads).to.equal(4);
    await trees.of(E);
    expect(reads).to.equal(5);
  });
});
