import { expect } from "chai";
import { readCall } from "../../../../offchain/adapters/simulated-chain/calls.ts";
import { decodeAnswer, encodeAnswer } from "../../../../offchain/core/cover/index.ts";
import { epoch, seconds, type RelayId } from "../../../../offchain/core/units.ts";
import type { DrawnPacket } from "../../../../offchain/ports/store.ts";
import { LOTTERY, LotteryScene } from "./support/scene.ts";
import type { DrawnPlay, PlayedPacket } from "./support/scene.ts";
import type { Answering } from "./support/relay.ts";

const E = epoch(3);
/** The last epoch in which something of E can be claimed. */
const LAST = E + 1 + LOTTERY.claimWindow;

describe("claiming drawn packets", () => {
  let scene: LotteryScene;
  beforeEach(async () => {
    scene = await LotteryScene.create();
  });
  afterEach(() => scene.stop());

  const rows = async (): Promise<DrawnPacket[]> =>
    (await Promise.all(scene.relays.map(({ store }) => store.drawn.list(E))))
      .flat()
      .filter((row) => row.epoch === E)
      .sort((a, b) => a.draw - b.draw);
  const states = async (): Promise<string[]> => (await rows()).map(({ state }) => state);
  const claims = (): number =>
    scene.chain.transactions.filter((one) => readCall(one).name === "claimCover").length;
  const lines = (): string[] =>
    scene.relays.flatMap((relay) => relay.lines.map(({ message }) => message));
  const rounds = async (count: number): Promise<void> => {
    for (let n = 0; n < count; n++) {
      await scene.round();
      for (const relay of scene.relays) relay.rest();
    }
  };
  /** Plays E, has it committed to, and goes to where its draw is known. */
  const drawn = async (stopsAt?: (packet: PlayedPacket) => number): Promise<DrawnPlay[]> => {
    await scene.goTo(E);
    const packets = await scene.play(E, stopsAt as Parameters<LotteryScene["play"]>[1]);
    await scene.goTo(E + 1, 20);
    await rounds(1);
    await scene.goTo(E + 2, 1);
    return scene.drawn(E, packets);
  };
  const isPaid = ({ draw }: DrawnPlay): boolean =>
    scene.relays[0]?.agent.view.isClaimed(E, draw) ?? false;
  const crosses = (relay: RelayId, { route }: DrawnPlay): boolean => route.includes(relay);
  const lying = (answer: Answering): RelayId => {
    const [liar] = scene.relays.slice(-1);
    if (liar === undefined) throw new Error("there are relays");
    liar.answering = answer;
    return liar.id;
  };

  it("pays every drawn packet whose way is complete, once", async () => {
    const all = await drawn();
    expect(all.length).to.be.greaterThan(LOTTERY.draws / 2);
    await rounds(3);
    expect(all.filter(isPaid)).to.have.length(all.length);
    expect(scene.relays.reduce((sum, { asked }) => sum + asked, 0)).to.equal(3 * all.length);
    for (const [i, { draw, slot, route }] of all.entries())
      expect((await rows())[i]).to.deep.include({
        ...{ epoch: E, draw, slot, route, state: "claimed", proved: [true, true, true] },
      });
    const sent = claims();
    await rounds(2);
    expect(claims()).to.equal(sent);
  });

  it("a packet that was lost is forfeited once its hops have said so, and nobody is blamed", async () => {
    const all = await drawn(({ slot }) => (slot === 0 ? 1 : 3));
    await rounds(4);
    const lost = all.filter(({ reached }) => reached < 3);
    expect(lost.length).to.be.within(1, all.length - 1);
    expect(await states()).to.deep.equal(
      all.map(({ reached }) => (reached < 3 ? "forfeited" : "claimed")),
    );
    for (const { draw, proved, state, proofs } of await rows()) {
      const isLost = lost.some((packet) => packet.draw === draw);
      expect(state).to.equal(isLost ? "forfeited" : "claimed");
      expect(proved).to.deep.equal(isLost ? [true, false, false] : [true, true, true]);
      if (isLost) expect(proofs).to.deep.equal([undefined, undefined, undefined]);
    }
    expect(lines().filter((line) => line.includes("claim"))).to.deep.equal([]);
  });

  it("a packet that never left is forfeited, and nobody is asked for it", async () => {
    await scene.goTo(E);
    const packets = await scene.play(E);
    await scene.goTo(E + 1, 20);
    await rounds(1);
    await scene.goTo(E + 2, 1);
    const [one] = scene.drawn(E, packets);
    if (one === undefined) throw new Error("something is drawn");
    await scene.relay(one.sender).store.cover.forgetBefore(epoch(E + 1));
    await rounds(3);
    for (const { draw, state, proved } of await rows()) {
      const isHis = scene.drawn(E, packets).some((p) => p.draw === draw && p.sender === one.sender);
      expect(state).to.equal(isHis ? "forfeited" : "claimed");
      if (isHis) expect(proved).to.deep.equal([false, false, false]);
    }
  });

  it("asks a relay again that is away for a while, and claims when it is back", async () => {
    const all = await drawn();
    const [away] = scene.relays.slice(-1);
    if (away === undefined) throw new Error("there are relays");
    await away.stop();
    const others = scene.relays.filter((relay) => relay !== away);
    for (let n = 0; n < 3; n++) {
      await scene.round(others);
      for (const relay of others) relay.rest();
    }
    const isHeldUp = (packet: DrawnPlay): boolean =>
      crosses(away.id, packet) || packet.sender === away.id;
    expect(all.some((packet) => crosses(away.id, packet))).to.equal(true);
    expect(all.filter(isPaid)).to.deep.equal(all.filter((packet) => !isHeldUp(packet)));
    await away.restart();
    await rounds(3);
    expect(all.filter(isPaid)).to.have.length(all.length);
  });

  it("passes over what a relay makes up, asks it again, and claims once it tells the truth", async () => {
    const all = await drawn();
    let lies = 0;
    const liar = lying(async (_peer, _request, honest) => {
      const bytes = await honest();
      const answer = bytes === undefined ? undefined : decodeAnswer(bytes);
      if (answer === undefined || typeof answer === "string") return bytes;
      const { time, siblings } = answer;
      return [
        encodeAnswer({ time: seconds(time + 1), siblings }),
        encodeAnswer({ time, siblings: siblings.slice(1) }),
        encodeAnswer({ time, siblings: [...siblings, new Uint8Array(siblings[0]?.length ?? 0)] }),
        Uint8Array.of(0, 1, 2),
        Uint8Array.of(9),
        undefined,
      ][lies++ % 6];
    });
    await rounds(8);
    expect(lies).to.be.greaterThan(5);
    expect(all.filter(isPaid)).to.deep.equal(all.filter((packet) => !crosses(liar, packet)));
    scene.relay(liar).answering = (_peer, _request, honest) => honest();
    await rounds(3);
    expect(all.filter(isPaid)).to.have.length(all.length);
  });

  it("keeps claims while the rewards are used up, says so once, and sends them when there are more", async () => {
    const all = await drawn();
    scene.short = true;
    await rounds(4);
    expect(all.filter(isPaid)).to.deep.equal([]);
    const senders = new Set(all.map(({ sender }) => sender));
    const told = lines().filter((line) => line.includes("used up"));
    expect(told).to.have.length(senders.size);
    const waiting = scene.relays.flatMap(({ claimer }) => claimer.waiting);
    expect(new Set(waiting.map(({ reason }) => reason))).to.deep.equal(new Set(["rewards-short"]));
    expect(waiting.reduce((sum, { count }) => sum + count, 0)).to.equal(all.length);
    scene.short = false;
    await rounds(3);
    expect(all.filter(isPaid)).to.have.length(all.length);
  });

  it("gives up what the rewards never reached, when its window ends", async () => {
    const all = await drawn();
    scene.short = true;
    await rounds(1);
    await scene.goTo(LAST, 1);
    await rounds(2);
    expect(new Set(await states())).to.deep.equal(new Set(["open"]));
    await scene.goTo(LAST + 1, 1);
    await rounds(1);
    expect(await states()).to.deep.equal(all.map(() => "forfeited"));
    scene.short = false;
    await rounds(2);
    expect(all.filter(isPaid)).to.deep.equal([]);
  });

  it("asks nobody again after a restart for what was shown before", async () => {
    const all = await drawn();
    scene.short = true;
    await rounds(3);
    const asked = scene.relays.map((relay) => relay.asked);
    for (const relay of scene.relays) await relay.restart();
    scene.short = false;
    await rounds(3);
    expect(all.filter(isPaid)).to.have.length(all.length);
    expect(scene.relays.map((relay) => relay.asked)).to.deep.equal(asked);
  });

  it("claims again what a reorg took back", async () => {
    const all = await drawn();
    await rounds(3);
    expect(all.filter(isPaid)).to.have.length(all.length);
    scene.chain.reorg(3, true);
    for (let n = 0; n < 4; n++) scene.chain.mine();
    for (const relay of scene.relays) await relay.look();
    expect(all.filter(isPaid)).to.have.length(0);
    await rounds(3);
    expect(all.filter(isPaid)).to.have.length(all.length);
    expect(new Set(await states())).to.deep.equal(new Set(["claimed"]));
  });

  describe("while their rewards are worth less than their gas", () => {
    const priced = async (): Promise<DrawnPlay[]> => {
      // At the scene's fees a reward pays for its gas many times over.
      for (const relay of scene.relays) {
        relay.tokenPrice = 10n ** 23n;
        await relay.restart();
      }
      scene.chain.baseFee = 1_000n;
      return drawn();
    };
    const waiting = (reason: string): number =>
      scene.relays
        .flatMap(({ claimer }) => claimer.waiting)
        .filter((one) => one.reason === reason)
        .reduce((sum, { count }) => sum + count, 0);
    const told = (): number =>
      lines().filter((line) => line.includes("worth less than their gas")).length;

    it("threat 53: claims wait, the reason is told, and they are sent in their last epoch once fees have fallen", async () => {
      const all = await priced();
      await rounds(3);
      expect(claims()).to.equal(0);
      expect(waiting("not-worth-gas")).to.equal(all.length);
      expect(told()).to.equal(new Set(all.map(({ sender }) => sender)).size);
      await scene.goTo(LAST, 1);
      await rounds(2);
      expect(waiting("not-worth-gas")).to.equal(all.length);
      scene.chain.baseFee = 1n;
      await rounds(2);
      expect(all.filter(isPaid)).to.have.length(all.length);
      expect(waiting("not-worth-gas")).to.equal(0);
    });

    it("claims are forfeited when it stays so until their window ends, and wait no more", async () => {
      const all = await priced();
      await rounds(2);
      await scene.goTo(LAST + 1, 1);
      await rounds(1);
      expect(await states()).to.deep.equal(all.map(() => "forfeited"));
      expect(claims()).to.equal(0);
      expect(waiting("not-worth-gas")).to.equal(0);
    });
  });
});
