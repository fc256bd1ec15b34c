/** What the header tells one hop (protocol §5): 102 bytes, one encoding only. */
import { bytesToHex } from "../bytes.ts";
import type { Era, NodeId, RelayId } from "../units.ts";
import { HOP_DATA_LENGTH, REPLY_ID_LENGTH } from "./format.ts";

/** How long relays hold a packet on average: the network's mean, or five times that. */
export type TrafficClass = "low-latency" | "medium";

/** For a relay that hands the packet to another relay, with a ticket. */
export interface ForwardHop {
  readonly kind: "forward";
  readonly trafficClass: TrafficClass;
  readonly era: Era;
  readonly next: RelayId;
  /** What this relay's own ticket must carry, 32 bytes. */
  readonly challenge: Uint8Array;
  /** What the ticket to `next` must carry, 32 bytes. */
  readonly nextChallenge: Uint8Array;
}

/** For the last relay, which hands the packet to the recipient over an existing connection. */
export interface DeliverHop {
  readonly kind: "deliver";
  readonly trafficClass: TrafficClass;
  readonly era: Era;
  readonly next: NodeId;
  readonly challenge: Uint8Array;
}

/** For the recipient: the payload holds a message. */
export interface MessageHop {
  readonly kind: "message";
  readonly era: Era;
}

/** For the recipient: the payload answers one of its own reply blocks. */
export interface ReplyHop {
  readonly kind: "reply";
  readonly era: Era;
  /** 16 bytes. */
  readonly replyId: Uint8Array;
}

/** What the sender tells one hop. */
export type HopData = ForwardHop | DeliverHop | MessageHop | ReplyHop;

const KINDS = ["forward", "deliver", "message", "reply"] as const;
const CLASSES: readonly TrafficClass[] = ["low-latency", "medium"];

const CLASS_AT = 1;
const ERA_AT = 2;
const NEXT_AT = 6;
const CHALLENGE_AT = 38;
const NEXT_CHALLENGE_AT = 70;

/** 102 bytes; unused fields are zero. */
export function encodeHopData(hop: HopData): Uint8Array {
  const bytes = Buffer.alloc(HOP_DATA_LENGTH);
  bytes[0] = KINDS.indexOf(hop.kind);
  bytes.writeUInt32BE(hop.era, ERA_AT);
  if (hop.kind === "reply") bytes.set(hop.replyId, NEXT_AT);
  if (hop.kind === "message" || hop.kind === "reply") return bytes;
  bytes[CLASS_AT] = CLASSES.indexOf(hop.trafficClass);
  bytes.write(hop.next.slice(2), NEXT_AT, "hex");
  bytes.set(hop.challenge, CHALLENGE_AT);
  if (hop.kind === "forward") bytes.set(hop.nextChallenge, NEXT_CHALLENGE_AT);
  return bytes;
}

/** Undefined for anything that `encodeHopData` does not produce: an unknown kind or class, a filled unused field. */
export function decodeHopData(bytes: Uint8Array): HopData | undefined {
  const kind = KINDS[bytes[0] ?? KINDS.length];
  if (bytes.length !== HOP_DATA_LENGTH || kind === undefined) return undefined;
  switch (kind) {
    case "forward": {
      const common = decodeRelayFields(bytes);
      return (
        common && {
          kind: "forward",
          ...common,
          next: nextOf(bytes) as RelayId,
          nextChallenge: bytes.slice(NEXT_CHALLENGE_AT),
        }
      );
    }
    case "deliver": {
      const common = decodeRelayFields(bytes);
      if (common === undefined || !isZero(bytes, NEXT_CHALLENGE_AT)) return undefined;
      return { kind: "deliver", ...common, next: nextOf(bytes) as NodeId };
    }
    case "message":
      if (!isZero(bytes, CLASS_AT, ERA_AT) || !isZero(bytes, NEXT_AT)) return undefined;
      return { kind: "message", era: eraIn(bytes) };
    case "reply": {
      const idEnd = NEXT_AT + REPLY_ID_LENGTH;
      if (!isZero(bytes, CLASS_AT, ERA_AT) || !isZero(bytes, idEnd)) return undefined;
      return { kind: "reply", era: eraIn(bytes), replyId: bytes.slice(NEXT_AT, idEnd) };
    }
  }
}

function decodeRelayFields(bytes: Uint8Array) {
  const trafficClass = CLASSES[bytes[CLASS_AT] ?? CLASSES.length];
  if (trafficClass === undefined) return undefined;
  return {
    trafficClass,
    era: eraIn(bytes),
    challenge: bytes.slice(CHALLENGE_AT, NEXT_CHALLENGE_AT),
  };
}

function eraIn(bytes: Uint8Array): Era {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getUint32(ERA_AT) as Era;
}

function nextOf(bytes: Uint8Array): string {
  return bytesToHex(bytes.subarray(NEXT_AT, CHALLENGE_AT));
}

function isZero(bytes: Uint8Array, from: number, to = bytes.length): boolean {
  return bytes.subarray(from, to).every((byte) => byte === 0);
}
