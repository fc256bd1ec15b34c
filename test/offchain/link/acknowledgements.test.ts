import { expect } from "chai";
import fc from "fast-check";

import type { PeerId } from "../../../offchain/core/units.ts";
import { channelId } from "../../../offchain/core/units.ts";
import { ACK_TIMEOUT, SWEEP_INTERVAL } from "../../../offchain/link/limits.ts";
import type { LinkOutcome } from "../../../offchain/link/outcome.ts";
import { peerFor } from "../relay/support/identities.ts";
import { LinkRig } from "./support/rig.ts";

/** What the model knows of one packet. */
interface ModelPacket {
  readonly challenge: Uint8Array;
  readonly outcome: Promise<LinkOutcome>;
  readonly sentAt: number;
  index: number;
  expected: LinkOutcome | undefined;
}

/** A step: send, or an acknowledgement of some kind for some packet, or time that passes. */
type Step =
  | { readonly do: "send" }
  | { readonly do: "ack"; readonly packet: number; readonly how: AckKind }
  | { readonly do: "wait"; readonly span: number };
type AckKind = "right" | "wrong" | "other-peer" | "other-channel" | "unknown-index";

const KINDS = ["right", "wrong", "other-peer", "other-channel", "unknown-index"] as const;
const steps = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.constant<Step>({ do: "send" }) },
    {
      weight: 6,
      arbitrary: fc.record<Step & { do: "ack" }>({
        do: fc.constant("ack"),
        packet: fc.nat(30),
        how: fc.constantFrom(...KINDS),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record<Step & { do: "wait" }>({
        do: fc.constant("wait"),
        span: fc.constantFrom(1, 300, 4_000, 11_000),
      }),
    },
  ),
  { maxLength: 60 },
);

/** Age at which the sweep has been there: the time-out, its interval, and the time to make a frame. */
const LAST_EXPIRY = ACK_TIMEOUT + SWEEP_INTERVAL + 10;

class Model {
  readonly rig = new LinkRig();
  readonly packets: ModelPacket[] = [];

  async apply(step: Step): Promise<void> {
    switch (step.do) {
      case "send":
        await this.#send();
        break;
      case "ack":
        this.#acknowledge(step.packet, step.how);
        break;
      case "wait":
        await this.rig.run(step.span);
        this.#expire();
    }
    if (this.packets.some((packet) => this.#isExpiring(packet))) return;
    const open = this.packets.filter((packet) => packet.expected === undefined).length;
    expect(this.rig.links.pending).to.equal(open);
  }

  async #send(): Promise<void> {
    const sentAt = this.rig.clock.monotonic();
    const { challenge, outcome } = this.rig.send();
    const packet = { challenge, outcome, sentAt, index: 0, expected: undefined };
    this.packets.push(packet);
    await this.rig.run(10);
    packet.index = this.rig.frames().at(-1)?.indexes[0] ?? 0;
    this.#expire();
  }

  #acknowledge(position: number, how: AckKind): void {
    const packet = this.packets[position % Math.max(1, this.packets.length)];
    if (packet === undefined || this.#isExpiring(packet)) return;
    const { rig } = this;
    const right = rig.ackOf(packet.challenge);
    const peer: PeerId = how === "other-peer" ? peerFor("stranger") : rig.peer;
    const channel = how === "other-channel" ? channelId(`0x${"77".repeat(32)}`) : rig.route.channel;
    const index = how === "unknown-index" ? packet.index + 1_000_000 : packet.index;
    const ack = how === "wrong" ? packet.challenge : right;
    const unexpected = rig.links.acknowledged(peer, {
      kind: "acknowledgements",
      channel,
      indexes: [index],
      acks: [ack],
    });
    const counts = packet.expected === undefined && (how === "right" || how === "wrong");
    expect(unexpected).to.equal(counts ? 0 : 1);
    if (counts) packet.expected = how === "right" ? "acknowledged" : "not-opened";
  }

  #expire(): void {
    for (const packet of this.packets)
      if (this.#age(packet) > LAST_EXPIRY) packet.expected ??= "timed-out";
  }

  /** Past its time-out, and the sweep, which looks every so often, may have been there or not. */
  #isExpiring(packet: ModelPacket): boolean {
    const age = this.#age(packet);
    return packet.expected === undefined && age >= ACK_TIMEOUT && age <= LAST_EXPIRY;
  }

  #age(packet: ModelPacket): number {
    return this.rig.clock.monotonic() - packet.sentAt;
  }
}

describe("link: acknowledgements", () => {
  it("threat 42: forged, repeated and late ones change nothing; each packet is settled once, as the model says", async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (all) => {
        const model = new Model();
        for (const step of all) await model.apply(step);
        await model.rig.run(2 * ACK_TIMEOUT);
        for (const packet of model.packets) {
          const outcome = await packet.outcome;
          const settled = outcome === "passed-over" ? "timed-out" : outcome;
          expect(settled).to.equal(packet.expected ?? "timed-out");
        }
        expect(model.rig.links.pending).to.equal(0);
      }),
      { numRuns: 60 },
    );
  });
});
