import { expect } from "chai";
import fc from "fast-check";
import { decodeAnswer, encodeQuestion } from "../../../../offchain/core/cover/index.ts";
import { epoch, type Epoch, type PeerId, type RelayId } from "../../../../offchain/core/units.ts";
import { vrfProve } from "../../../../offchain/core/vrf/vrf.ts";
import {
  QUESTION_BURST,
  QUESTIONS_PER_SECOND,
} from "../../../../offchain/settlement/lottery/limits.ts";
import type { LotteryRelay } from "./support/relay.ts";
import { LOTTERY, LotteryScene } from "./support/scene.ts";
import type { DrawnPlay, PlayedPacket } from "./support/scene.ts";

const E = epoch(3);
const LAST = E + 1 + LOTTERY.claimWindow;
const STRANGER = "stranger" as PeerId;

describe("proofs of drawn packets", () => {
  let scene: LotteryScene;
  let packets: PlayedPacket[];
  let drawn: DrawnPlay[];
  /** A drawn packet, its sender, and the first relay on its way. */
  let one: DrawnPlay;
  let sender: LotteryRelay;
  let hop: LotteryRelay;
  beforeEach(async () => {
    scene = await LotteryScene.create();
    await scene.goTo(E);
    packets = await scene.play(E, ({ slot }) => (slot === 0 ? 2 : 3));
    await scene.goTo(E + 1, 20);
    await scene.round();
    drawn = scene.drawn(E, packets);
    const [first] = drawn;
    if (first === undefined) throw new Error("something is drawn");
    one = first;
    sender = scene.relay(one.sender);
    hop = scene.relay(one.route[0]);
  });
  afterEach(() => scene.stop());

  const vrfProof = (of: RelayId, slot: number, at: Epoch = E): Uint8Array =>
    vrfProve(scene.relay(of).vrfSecret, scene.alpha(at, of, slot)).proof;
  const question = (packet: DrawnPlay, change: Partial<{ draw: number; proof: Uint8Array }> = {}) =>
    encodeQuestion({
      epoch: E,
      draw: change.draw ?? packet.draw,
      vrfProof: change.proof ?? vrfProof(packet.sender, packet.slot),
    });
  const ask = async (of: LotteryRelay, bytes: Uint8Array, peer: PeerId = sender.peer) => {
    const answer = await of.server.answer(peer, bytes);
    return answer === undefined ? undefined : decodeAnswer(answer);
  };
  const toDraw = async (): Promise<void> => {
    await scene.goTo(E + 2, 1);
    for (const relay of scene.relays) await relay.look();
  };

  it("every relay on the way answers for what it took, and says of the rest that it has no such packet", async () => {
    await toDraw();
    for (const packet of drawn)
      for (const [at, id] of packet.route.entries()) {
        const answer = await ask(scene.relay(id), question(packet));
        if (at >= packet.reached) expect(answer).to.equal("no-packet");
        else expect(answer).to.have.property("time").that.is.a("number");
      }
  });

  it("answers for no packet before its draw is known, and none after its window", async () => {
    const early = [question(one), question(one, { draw: 0 })];
    await hop.look();
    for (const bytes of early) expect(await ask(hop, bytes)).to.equal("not-drawn");
    await scene.goTo(LAST, 1);
    await hop.look();
    expect(await ask(hop, question(one))).to.have.property("siblings");
    await scene.goTo(LAST + 1, 1);
    await hop.look();
    expect(await ask(hop, question(one))).to.equal("not-drawn");
  });

  it("threat 64: answers for drawn packets only: another slot's proof, another key's or a changed one gets nothing", async () => {
    await toDraw();
    const undrawn = packets.find(
      (packet) =>
        !drawn.some((known) => known.slot === packet.slot && known.sender === packet.sender),
    );
    if (undrawn === undefined) throw new Error("something is not drawn");
    const changed = vrfProof(one.sender, one.slot);
    changed[80] = (changed[80] ?? 0) ^ 1;
    const proofs = [
      vrfProof(undrawn.sender, undrawn.slot),
      vrfProof(one.sender, one.slot, epoch(E - 1)),
      vrfProof(one.route[0], one.slot),
      changed,
    ];
    for (const { id } of scene.relays)
      for (const proof of proofs)
        expect(await ask(scene.relay(id), question(one, { proof }))).to.equal(undefined);
    for (const draw of [LOTTERY.draws, 2 ** 32 - 1])
      expect(await ask(hop, question(one, { draw }))).to.equal("not-drawn");
    const beside = scene.relays.find(({ id }) => !one.route.includes(id));
    if (beside === undefined) throw new Error("somebody is not on the way");
    expect(await ask(beside, question(one))).to.equal("not-drawn");
  });

  it("threat 45: no bytes make it throw or tell of a packet", async () => {
    await toDraw();
    const honest = question(one);
    const mutated = fc.tuple(fc.nat(honest.length - 1), fc.integer({ min: 1, max: 255 }));
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), mutated, async (noise, [at, flip]) => {
        expect(await ask(hop, noise)).to.be.oneOf([undefined, "not-drawn", "busy"]);
        const bytes = honest.slice();
        bytes[at] = (bytes[at] ?? 0) ^ flip;
        expect(await ask(hop, bytes)).to.be.oneOf([undefined, "not-drawn", "busy"]);
      }),
      { numRuns: 60 },
    );
  });

  it("threat 44: whoever floods is refused beyond a burst, and others are answered as before", async () => {
    await toDraw();
    const bytes = question(one);
    const flood = async (peer: PeerId): Promise<number> => {
      let busy = 0;
      for (let n = 0; n < 2 * QUESTION_BURST; n++)
        if ((await ask(hop, bytes, peer)) === "busy") busy += 1;
      return busy;
    };
    const slack = 5 * QUESTIONS_PER_SECOND;
    expect(await flood(STRANGER)).to.be.within(QUESTION_BURST - slack, QUESTION_BURST);
    expect(await ask(hop, question(one), "another" as PeerId)).to.equal("busy");
    expect(await ask(hop, question(one))).to.have.property("time");
    expect(await flood(sender.peer)).to.be.greaterThan(QUESTION_BURST - slack);
    const others = scene.relays.filter((relay) => relay !== sender && relay !== hop);
    const busy = await Promise.all(
      others.flatMap(({ id, peer }) =>
        drawn
          .filter((packet) => packet.sender === id)
          .map((packet) => ask(hop, question(packet), peer)),
      ),
    );
    expect(busy).to.not.include("busy");
    expect(busy.length).to.be.greaterThan(0);
  });

  it("says nothing of what its own commitment does not hold", async () => {
    await toDraw();
    const crossing = drawn.find(
      ({ route, reached }) => route.indexOf(hop.id) < reached && route.includes(hop.id),
    );
    if (crossing === undefined) throw new Error("a packet crosses the relay");
    scene.overrule(hop.id, E);
    await hop.look();
    expect(await ask(hop, question(crossing))).to.equal("no-packet");
  });

  it("leaves no line in any log", async () => {
    await toDraw();
    const before = scene.relays.map(({ lines }) => lines.length);
    for (const packet of drawn)
      for (const id of packet.route) await ask(scene.relay(id), question(packet));
    expect(scene.relays.map(({ lines }) => lines.length)).to.deep.equal(before);
  });
});
