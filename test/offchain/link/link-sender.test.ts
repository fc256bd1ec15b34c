import { expect } from "chai";

import { bytesToHex } from "../../../offchain/core/bytes.ts";
import { merkleRoot } from "../../../offchain/core/merkle/merkle.ts";
import {
  recoverTicketSigner,
  ticketBatchDigest,
  ticketDomain,
  ticketLeaf,
} from "../../../offchain/core/tickets/index.ts";
import { PACKET_LENGTH } from "../../../offchain/core/sphinx/index.ts";
import { amount, generation, millis } from "../../../offchain/core/units.ts";
import type { PacketsFrame } from "../../../offchain/core/wire/frames.ts";
import { MAX_PACKETS_PER_FRAME } from "../../../offchain/core/wire/layout.ts";
import {
  ACK_TIMEOUT,
  COALESCING_WINDOW,
  SHARE_MIN_OUTCOMES,
  SILENCE_REMEMBERED,
  SILENT_AFTER,
  SWEEP_INTERVAL,
  UNRESOLVED_LIMIT,
} from "../../../offchain/link/limits.ts";
import { backend, peerFor } from "../relay/support/identities.ts";
import { LinkRig, SIGNER } from "./support/rig.ts";

function signerOf(rig: LinkRig, frame: PacketsFrame): string | undefined {
  const { chainId, channels } = rig.network.params;
  const root = merkleRoot(
    frame.indexes.map((index, i) => ticketLeaf(index, frame.challenges[i] ?? new Uint8Array(32))),
  );
  const batch = { ...frame, channelId: frame.channel, root };
  return recoverTicketSigner(
    backend,
    ticketBatchDigest(ticketDomain(chainId, channels), batch),
    frame.signature,
  );
}

describe("link: sending packets with tickets", () => {
  it("coalesces packets that come within a few milliseconds into frames of sixteen, one signature each", async () => {
    const rig = new LinkRig();
    for (let i = 0; i < 20; i++) rig.send();
    await rig.run(0);
    expect(rig.frames().map((frame) => frame.indexes.length)).to.deep.equal([16, 4]);
    rig.send();
    await rig.run(COALESCING_WINDOW / 2);
    expect(rig.frames().length).to.equal(2);
    await rig.run(COALESCING_WINDOW);
    expect(rig.frames().length).to.equal(3);
    for (const frame of rig.frames()) expect(signerOf(rig, frame)).to.equal(SIGNER);
  });

  it("issues what the network prescribes: amount of the layer, winProb, generation, epoch", async () => {
    const rig = new LinkRig();
    rig.network.update(rig.route.channel, { generation: generation(3) });
    rig.send();
    await rig.run(100);
    const [frame] = rig.frames();
    expect(frame?.amount).to.equal(rig.network.params.ticketAmounts[0]);
    expect(frame?.winProb).to.equal(rig.network.params.winProb);
    expect(frame?.generation).to.equal(3);
    expect(frame?.epoch).to.equal(0);
  });

  it("starts a new frame where the amount changes, as at an era change", async () => {
    const rig = new LinkRig();
    const other = { ...rig.route, layer: 1 as const };
    const settle = { acknowledged: () => true, failed: () => undefined };
    const packet = new Uint8Array(2_686);
    for (const route of [rig.route, rig.route, other, rig.route])
      rig.links.send(route, packet, new Uint8Array(32), settle);
    await rig.run(100);
    const [first, second] = rig.network.params.ticketAmounts;
    expect(rig.frames().map((frame) => frame.amount)).to.deep.equal([first, second, first]);
  });

  it("never goes back to an earlier epoch, even when the clock does", async () => {
    const rig = new LinkRig();
    rig.clock.setWall(millis(130_000));
    rig.send();
    await rig.run(100);
    rig.clock.setWall(millis(10_000));
    rig.send();
    await rig.run(100);
    expect(rig.frames().map((frame) => frame.epoch)).to.deep.equal([2, 2]);
  });

  it("refuses at once, with the reason", async () => {
    const refused = async (change: (rig: LinkRig) => void) => {
      const rig = new LinkRig();
      change(rig);
      const { outcome } = rig.send();
      await rig.run(100);
      return outcome;
    };
    expect(await refused((rig) => (rig.transport.answer = "disconnected"))).to.equal(
      "not-connected",
    );
    expect(await refused((rig) => (rig.transport.answer = "full"))).to.equal("peer-full");
    const closing = { status: "closing" } as const;
    expect(
      await refused((rig) => {
        rig.network.update(rig.route.channel, closing);
      }),
    ).to.equal("no-channel");
    expect(
      await refused((rig) => {
        rig.network.update(rig.route.channel, { balance: amount(0n) });
      }),
    ).to.equal("no-channel");
  });

  it("sends nothing when no index can be made durable", async () => {
    const rig = new LinkRig({ reserve: () => Promise.reject(new Error("disk full")) });
    const { outcome } = rig.send();
    await rig.run(100);
    expect(await outcome).to.equal("no-index");
    expect(rig.frames()).to.deep.equal([]);
    expect(rig.links.pending).to.equal(0);
  });

  it("threat 60: leaves at most C packets unacknowledged with one neighbour", async () => {
    const rig = new LinkRig();
    const outcomes = Array.from({ length: UNRESOLVED_LIMIT + 100 }, () => rig.send().outcome);
    await rig.run(1_000);
    const sent = rig.frames().reduce((sum, frame) => sum + frame.indexes.length, 0);
    expect(sent).to.equal(UNRESOLVED_LIMIT);
    expect(rig.links.credit(rig.route)).to.equal(0);
    expect(await outcomes.at(-1)).to.equal("no-credit");
    rig.answerAll();
    expect(rig.links.credit(rig.route)).to.equal(UNRESOLVED_LIMIT);
    expect(await outcomes[0]).to.equal("acknowledged");
  });

  it("times packets out that nobody acknowledges", async () => {
    const rig = new LinkRig();
    const { outcome } = rig.send();
    await rig.run(ACK_TIMEOUT - 100);
    expect(rig.links.pending).to.equal(1);
    await rig.run(500);
    expect(await outcome).to.equal("timed-out");
    expect(rig.links.pending).to.equal(0);
  });

  it("tells a packet that the neighbour passed over from one that it may never have got", async () => {
    const rig = new LinkRig();
    /** Sends one packet in a frame of its own. */
    const send = async () => {
      const { outcome } = rig.send();
      await rig.run(100);
      const frame = rig.frames().at(-1);
      if (frame === undefined) throw new Error("a frame left");
      return { outcome, frame };
    };
    const acknowledge = ({ indexes, challenges, channel }: PacketsFrame): void => {
      const acks = challenges.map((challenge) => rig.ackOf(challenge));
      rig.links.acknowledged(rig.peer, { kind: "acknowledgements", channel, indexes, acks });
    };
    const earlier = await send();
    const answered = await send();
    const later = await send();
    acknowledge(answered.frame);
    rig.links.disconnected(rig.peer);
    const beforeTheCut = await send();
    rig.links.disconnected(rig.peer);
    acknowledge((await send()).frame);
    await rig.run(ACK_TIMEOUT + 500);
    // The connection ended after it, so what was acknowledged before its end says nothing any more.
    expect(await earlier.outcome).to.equal("timed-out");
    expect(await later.outcome).to.equal("timed-out");
    expect(await beforeTheCut.outcome).to.equal("timed-out");

    const passedOver = await send();
    acknowledge((await send()).frame);
    await rig.run(ACK_TIMEOUT + 500);
    expect(await passedOver.outcome).to.equal("passed-over");
  });

  it("takes a neighbour for silent that acknowledges nothing, until it does or has been long enough", async () => {
    const rig = new LinkRig();
    const silent = (): boolean => rig.links.isSilent(rig.route);
    rig.send();
    await rig.run(SILENT_AFTER);
    expect(silent()).to.equal(false);
    await rig.run(SWEEP_INTERVAL + 100);
    expect(silent()).to.equal(true);
    rig.answerAll();
    expect(silent()).to.equal(false);

    // Whoever acknowledges some is not silent.
    for (let i = 0; i < 50; i++) {
      rig.send();
      await rig.run(100);
      if (i % 5 === 0) rig.answerAll();
      expect(silent()).to.equal(false);
    }
    rig.answerAll();
    await rig.run(2 * SILENT_AFTER);
    expect(silent()).to.equal(false);

    rig.send();
    await rig.run(ACK_TIMEOUT + 500);
    expect(rig.links.pending).to.equal(0);
    expect(silent()).to.equal(true);
    await rig.run(SILENCE_REMEMBERED);
    expect(silent()).to.equal(false);

    // While there is no connection, nobody can answer.
    rig.send();
    await rig.run(100);
    rig.links.disconnected(rig.peer);
    await rig.run(ACK_TIMEOUT);
    expect(silent()).to.equal(false);
  });

  it("remembers a throttled link to a relay that is gone, and none to a recipient", async () => {
    const rig = new LinkRig();
    const settle = { acknowledged: () => false, failed: () => undefined };
    for (let i = 0; i < 2 * SHARE_MIN_OUTCOMES; i++) {
      rig.send();
      rig.links.deliver(peerFor(`recipient ${i % 2}`), new Uint8Array(PACKET_LENGTH), settle);
    }
    await rig.run(ACK_TIMEOUT / 2);
    rig.transport.answer = "disconnected";
    await rig.run(ACK_TIMEOUT);
    expect(rig.links.pending).to.equal(0);
    expect(rig.links.throttledLinks).to.equal(1);
  });

  it("in a free network sends frames without tickets, acknowledged by their numbers, and polices relays alike", async () => {
    const rig = new LinkRig();
    const free = { ...rig.route, channel: undefined };
    const outcomes: string[] = [];
    const settle = {
      acknowledged: (ack: Uint8Array) => ack[0] === 1,
      failed: (reason: string) => outcomes.push(reason),
    };
    const send = (): void => {
      rig.links.send(free, new Uint8Array(PACKET_LENGTH), new Uint8Array(0), settle);
    };
    for (let i = 0; i < 2 * SHARE_MIN_OUTCOMES; i++) send();
    await rig.run(100);
    const frames = rig.transport.sent.map(({ frame }) => frame);
    expect(frames.every((frame) => frame.kind === "delivery")).to.equal(true);
    expect(rig.links.credit(free)).to.equal(UNRESOLVED_LIMIT - 2 * SHARE_MIN_OUTCOMES);
    for (const frame of frames)
      if (frame.kind === "delivery")
        rig.links.acknowledged(rig.peer, {
          ...{ kind: "acknowledgements", channel: undefined, indexes: frame.sequences },
          acks: frame.sequences.map((sequence) => Uint8Array.of(sequence % 4 === 0 ? 0 : 1)),
        });
    expect(outcomes).to.deep.equal(outcomes.map(() => "not-opened"));
    expect(outcomes.length).to.equal(SHARE_MIN_OUTCOMES / 2);
    expect(rig.links.throttledLinks).to.equal(1);
    rig.transport.answer = "disconnected";
    await rig.run(ACK_TIMEOUT);
    expect(rig.links.throttledLinks).to.equal(1);
  });

  it("two runs with the same keys and chance send the same bytes: signatures are deterministic", async () => {
    const record = async () => {
      const rig = new LinkRig();
      for (let i = 0; i < 3; i++) rig.send();
      await rig.run(100);
      return rig.frames().map((frame) => bytesToHex(frame.signature));
    };
    expect(await record()).to.deep.equal(await record());
    expect(MAX_PACKETS_PER_FRAME).to.equal(16);
  });
});
