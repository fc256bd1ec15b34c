import { expect } from "chai";

import { ManualClock } from "../../../offchain/adapters/memory/clock.ts";
import { channelId, millis } from "../../../offchain/core/units.ts";
import { AckOutbox } from "../../../offchain/link/ack-outbox.ts";
import { COALESCING_WINDOW, PENDING_ACKS_LIMIT } from "../../../offchain/link/limits.ts";
import { bytesFor, peerFor } from "../relay/support/identities.ts";
import { RecordingTransport } from "./support/recording-transport.ts";

const CHANNEL = channelId(`0x${"c1".repeat(32)}`);
const PEER = peerFor("upstream");

function rig() {
  const clock = new ManualClock();
  const transport = new RecordingTransport(peerFor("self"));
  const outbox = new AckOutbox(transport, clock);
  const frames = () =>
    transport.sent.flatMap(({ frame }) => (frame.kind === "acknowledgements" ? [frame] : []));
  const run = () => clock.run(millis(COALESCING_WINDOW));
  return { transport, outbox, frames, run };
}

describe("link: acknowledgements going out", () => {
  it("share frames of at most 64, one channel each, in order", async () => {
    const { outbox, frames, run } = rig();
    for (let i = 1; i <= 70; i++) outbox.acknowledge(PEER, CHANNEL, i, bytesFor(`${i}`));
    outbox.acknowledge(PEER, undefined, 1, bytesFor("delivery"));
    await run();
    expect(frames().map((frame) => frame.indexes.length)).to.deep.equal([64, 6, 1]);
    expect(frames().map((frame) => frame.channel)).to.deep.equal([CHANNEL, CHANNEL, undefined]);
    expect(frames()[1]?.indexes).to.deep.equal([65, 66, 67, 68, 69, 70]);
    expect(frames()[1]?.acks[0]).to.deep.equal(bytesFor("65"));
  });

  it("threat 44: wait for a peer that reads slowly, up to a bound, and hold up nobody else", async () => {
    const { transport, outbox, frames, run } = rig();
    const quick = peerFor("quick");
    const send = transport.send.bind(transport);
    let full = true;
    transport.send = (peer, bytes) => (full && peer === PEER ? "full" : send(peer, bytes));
    for (let i = 1; i <= PENDING_ACKS_LIMIT + 64; i++)
      outbox.acknowledge(PEER, CHANNEL, i, bytesFor("slow"));
    outbox.acknowledge(quick, CHANNEL, 7, bytesFor("quick"));
    await run();
    expect(transport.sent.map(({ peer }) => peer)).to.deep.equal([quick]);
    full = false;
    await run();
    const arrived = frames()
      .slice(1)
      .flatMap((frame) => frame.indexes);
    expect(arrived.length).to.equal(PENDING_ACKS_LIMIT);
    expect(arrived[0]).to.equal(65);
  });

  it("are given up with the connection", async () => {
    const { transport, outbox, frames, run } = rig();
    transport.answer = "disconnected";
    outbox.acknowledge(PEER, CHANNEL, 1, bytesFor("lost"));
    await run();
    transport.answer = "queued";
    await run();
    expect(frames()).to.deep.equal([]);
  });
});
