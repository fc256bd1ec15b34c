/** Frames of every kind, written and written again. */
import { bytesToHex, concatBytes } from "../../offchain/core/bytes.ts";
import { PACKET_LENGTH } from "../../offchain/core/sphinx/index.ts";
import type { RandomBytes } from "../../offchain/core/sphinx/index.ts";
import { amount, channelId, epoch, generation, winProb } from "../../offchain/core/units.ts";
import type { TicketIndex } from "../../offchain/core/units.ts";
import { encodeAcks, encodeDelivery, encodePackets } from "../../offchain/core/wire/encode.ts";
import type { Frame } from "../../offchain/core/wire/frames.ts";
import { ENTRY_LENGTH, MAX_ACKS_PER_FRAME } from "../../offchain/core/wire/layout.ts";

/** The one encoding of a frame. */
export function encodeAny(frame: Frame): Uint8Array {
  switch (frame.kind) {
    case "packets":
      return encodePackets(frame);
    case "delivery":
      return encodeDelivery(frame);
    case "acknowledgements":
      return encodeAcks(frame);
  }
}

/** One of each kind with two entries; and as many acknowledgements as a frame has room for, and one more. */
export function someFrames(random: RandomBytes): readonly Uint8Array[] {
  const channel = channelId(bytesToHex(random(32)));
  const indexes = [5, 9] as TicketIndex[];
  const each = (length: number): readonly Uint8Array[] => indexes.map(() => random(length));
  const ticket = {
    ...{ channel, generation: generation(1), epoch: epoch(2), amount: amount(3n) },
    ...{ winProb: winProb(4n), signature: random(64) },
  };
  const full = encodeAcks({
    channel,
    indexes: Array.from({ length: MAX_ACKS_PER_FRAME }, (_, i) => i + 1),
    acks: Array.from({ length: MAX_ACKS_PER_FRAME }, () => random(32)),
  });
  return [
    encodePackets({ ...ticket, indexes, challenges: each(32), packets: each(PACKET_LENGTH) }),
    encodeDelivery({ sequences: indexes, packets: each(PACKET_LENGTH) }),
    encodeAcks({ channel, indexes, acks: each(32) }),
    full,
    concatBytes(full, random(ENTRY_LENGTH)).with(1, MAX_ACKS_PER_FRAME + 1),
  ];
}
