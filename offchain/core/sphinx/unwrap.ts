/** Taking one layer off a packet: the step that every node, relay or recipient, does first. */
import type { CurveBackend } from "../crypto/backend.ts";
import { ackHalf, ownHalf } from "../puzzle/puzzle.ts";
import type { Era } from "../units.ts";
import { HEADER_LENGTH, PACKET_LENGTH, WAYBILL_ONION } from "./format.ts";
import { decodeHopData } from "./hop-data.ts";
import type { DeliverHop, ForwardHop } from "./hop-data.ts";
import { delayUniform, payloadKey, replayTag } from "./hop-keys.ts";
import { lionessDecrypt } from "./lioness.ts";
import { peelOnion } from "./onion.ts";
import type { OnionDropReason } from "./onion.ts";
import { openPayload } from "./payload.ts";

/** What every accepted packet gives, at a relay and at the recipient. */
interface Accepted {
  /** 16 bytes for the replay check, which the caller does. */
  readonly tag: Uint8Array;
  /** 32 bytes for the peer that brought the packet, once the tag is durable. */
  readonly ack: Uint8Array;
}

interface RelayStep extends Accepted {
  /** This relay's own half of its ticket's response, 32 bytes. */
  readonly own: Uint8Array;
  /** Uniform in [0, 1) for `exponentialDelay`. */
  readonly delayUniform: number;
  /** What the next hop gets, 2,686 bytes. */
  readonly packet: Uint8Array;
}

/** A relay's step: the packet goes to the next relay. */
export interface ForwardStep extends RelayStep {
  readonly kind: "forward";
  readonly hop: ForwardHop;
}

/** The last relay's step: the packet goes to its recipient. */
export interface DeliverStep extends RelayStep {
  readonly kind: "deliver";
  readonly hop: DeliverHop;
}

/** The recipient's step: a message has arrived. */
export interface MessageStep extends Accepted {
  readonly kind: "message";
  /** Whose layers the packet crossed, as its creator says. */
  readonly era: Era;
  /**
   * Undefined when the payload was damaged on its way. Such a packet is acknowledged like any other: a
   * missing acknowledgement would show the last relay which packet an earlier one had marked.
   */
  readonly data: Uint8Array | undefined;
}

/** The step of the maker of a reply block: its reply has arrived. */
export interface ReplyStep extends Accepted {
  readonly kind: "reply";
  /** Whose layers the reply crossed, as the block's maker says. */
  readonly era: Era;
  /** 16 bytes: which reply block was answered. */
  readonly replyId: Uint8Array;
  /** For `openReply`. */
  readonly payload: Uint8Array;
}

/** `malformed-hop`: the creator of the packet wrote what no node can follow; the other two may be anyone's doing. */
export interface DroppedStep {
  readonly kind: "drop";
  readonly reason: OnionDropReason;
}

/** What a node does with a packet that it has unwrapped. */
export type Unwrapped = ForwardStep | DeliverStep | MessageStep | ReplyStep | DroppedStep;

const NO_DATA = new Uint8Array(0);
const MALFORMED_HOP: DroppedStep = { kind: "drop", reason: "malformed-hop" };

/**
 * Unwraps `packet` with this node's packet key. The next hop's packet is written to `output`, which may be
 * `packet` itself: then nothing is allocated for it, and a dropped packet's bytes are spoiled. Never throws;
 * check `secretKey` once when it is loaded (`backend.publicKey`), a bad one makes every packet malformed.
 */
export function unwrap(
  backend: CurveBackend,
  secretKey: Uint8Array,
  packet: Uint8Array,
  output: Uint8Array = new Uint8Array(PACKET_LENGTH),
): Unwrapped {
  if (packet.length !== PACKET_LENGTH) return { kind: "drop", reason: "malformed-packet" };
  const header = packet.subarray(0, HEADER_LENGTH);
  const nextHeader = output.subarray(0, HEADER_LENGTH);
  const peeled = peelOnion(WAYBILL_ONION, backend, secretKey, header, NO_DATA, nextHeader);
  if (peeled.kind === "drop") return peeled;

  const { sharedSecret, last } = peeled;
  const hop = decodeHopData(peeled.payload);
  const forRecipient = hop?.kind === "message" || hop?.kind === "reply";
  if (hop === undefined || last !== forRecipient) return MALFORMED_HOP;

  const accepted = { tag: replayTag(sharedSecret), ack: ackHalf(sharedSecret) };
  const payload = packet.subarray(HEADER_LENGTH);
  if (hop.kind === "reply") {
    return { ...hop, ...accepted, payload: Uint8Array.from(payload) };
  }
  if (hop.kind === "message") {
    const data = openPayload(lionessDecrypt(payloadKey(sharedSecret), payload));
    return { ...hop, ...accepted, data };
  }
  lionessDecrypt(payloadKey(sharedSecret), payload, output.subarray(HEADER_LENGTH));
  const step: RelayStep = {
    ...accepted,
    own: ownHalf(sharedSecret),
    delayUniform: delayUniform(sharedSecret),
    packet: output,
  };
  return hop.kind === "forward"
    ? { kind: "forward", ...step, hop }
    : { kind: "deliver", ...step, hop };
}
