/** Frames that no relay takes, and the relay's own name for what is wrong with each. */
import {
  amount,
  channelId,
  epoch,
  era,
  generation,
  ticketIndex,
  winProb,
  type Layer,
} from "../../../offchain/core/units.ts";
import { encodeDelivery } from "../../../offchain/core/wire/encode.ts";
import { MAX_INDEX_JUMP } from "../../../offchain/link/limits.ts";
import type { DropReason } from "../../../offchain/ports/metrics.ts";
import type { Stranger } from "./stranger.ts";

const FRAME_LIMIT = 65_536;

export interface Attack {
  readonly what: string;
  readonly reason: DropReason;
  /** Whether the relay ends the link for it. */
  readonly ends: boolean;
  /** Layer of the relay that is attacked; 0 unless said. */
  readonly layer?: Layer;
  readonly frame: (by: Stranger) => Uint8Array;
}

export const attacks: readonly Attack[] = [
  {
    ...{ what: "threat 45: a frame of no known kind", reason: "malformed-frame", ends: true },
    frame: (by) => Uint8Array.of(9, ...by.random(100)),
  },
  {
    ...{ what: "threat 45: a frame that ends too early", reason: "malformed-frame", ends: true },
    frame: (by) => by.frame(by.make()).slice(0, -1),
  },
  {
    ...{ what: "threat 45: a frame that is too long", reason: "malformed-frame", ends: true },
    frame: (by) => by.random(FRAME_LIMIT + 1),
  },
  {
    ...{ what: "threat 45: a delivery, which is for recipients", ends: false },
    reason: "unexpected-frame",
    frame: (by) => encodeDelivery({ sequences: [1], packets: [by.make().packet] }),
  },
  {
    ...{ what: "threat 56: a ticket that wins too rarely", reason: "win-prob", ends: true },
    frame: (by) => by.frame(by.make(), { winProb: winProb(by.node.view.params.winProb - 1n) }),
  },
  {
    ...{ what: "threat 56: a ticket of another amount", reason: "amount", ends: true },
    frame: (by) =>
      by.frame(by.make(), {
        amount: amount(by.node.view.params.ticketAmounts[0] - 1n),
      }),
  },
  {
    ...{ what: "threat 56: a ticket of a far epoch", reason: "epoch", ends: true },
    frame: (by) => by.frame(by.make(), { epoch: epoch(by.epoch + 5) }),
  },
  {
    ...{ what: "threat 56: a ticket of no channel", reason: "channel-unknown", ends: false },
    frame: (by) => by.frame(by.make(), { channel: channelId(`0x${"77".repeat(32)}`) }),
  },
  {
    ...{ what: "threat 56: a ticket for another relay", reason: "channel-unknown", ends: false },
    frame: (by) => by.frame(by.make(), { to: by.relayOf(1) }),
  },
  {
    ...{ what: "threat 56: a ticket of another generation", ends: false },
    reason: "channel-generation",
    frame: (by) => by.frame(by.make(), { generation: generation(1) }),
  },
  {
    ...{ what: "threat 9: an index that jumps ahead", reason: "index-jump", ends: true },
    frame: (by) => by.frame(by.make(), { indexes: [ticketIndex(2 * MAX_INDEX_JUMP)] }),
  },
  {
    ...{ what: "threat 56: a signature by somebody else", reason: "signature", ends: true },
    frame: (by) => by.frame(by.make(), { signature: by.random(64) }),
  },
  {
    ...{ what: "random bytes for a packet", reason: "mac", ends: false },
    frame: (by) => {
      const made = by.make();
      const packet = Uint8Array.from(made.packet);
      packet.set(by.random(32), 100);
      return by.frame({ ...made, packet });
    },
  },
  {
    ...{ what: "a ticket with a challenge of its own", ends: false },
    reason: "challenge",
    frame: (by) => by.frame({ ...by.make(), challenge: by.random(32) }),
  },
  {
    ...{ what: "a packet of an era that has not come", reason: "era", ends: false },
    frame: (by) => by.frame(by.make([0, 1, 2], era(by.era + 2))),
  },
  {
    ...{ what: "threat 61: a packet that wants to be delivered from the first layer", ends: false },
    reason: "hop-data",
    frame: (by) => by.frame(by.make([0])),
  },
  {
    ...{ what: "threat 61: a packet that is brought past the first layer", reason: "topology" },
    ...{ ends: false, layer: 1 },
    frame: (by) => by.frame(by.make([1, 2]), { layer: 1 }),
  },
];
