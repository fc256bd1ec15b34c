/** A route, and the header for it: hop data with all puzzles filled in (protocol §4–5). */
import type { CurveBackend } from "../crypto/backend.ts";
import { WaybillError } from "../errors.ts";
import { ackHalf, challenge, ownHalf, response } from "../puzzle/puzzle.ts";
import type { Era, NodeId, RelayId } from "../units.ts";
import { MAX_RELAYS, WAYBILL_ONION } from "./format.ts";
import { encodeHopData } from "./hop-data.ts";
import type { HopData, MessageHop, ReplyHop, TrafficClass } from "./hop-data.ts";
import { createOnion, deriveHopSecrets } from "./onion.ts";

/** A node and its packet key in force, 33 bytes. */
export interface RouteNode<Id> {
  readonly id: Id;
  readonly packetKey: Uint8Array;
}

/** The way of one packet: one to three relays, one a layer, then the recipient. */
export interface Route {
  readonly relays: readonly RouteNode<RelayId>[];
  readonly recipient: RouteNode<NodeId>;
  readonly trafficClass: TrafficClass;
  /** Whose layers the relays were picked from. */
  readonly era: Era;
}

/** What the recipient is told beside the route's era. */
export type RecipientHop = Omit<MessageHop, "era"> | Omit<ReplyHop, "era">;

export interface RouteHeader {
  readonly header: Uint8Array;
  readonly firstRelay: RelayId;
  /** For the ticket to the first relay. */
  readonly firstChallenge: Uint8Array;
  /** What the first relay will answer. */
  readonly firstAck: Uint8Array;
  /** One per hop, the recipient's last. */
  readonly sharedSecrets: readonly Uint8Array[];
}

const NO_DATA = new Uint8Array(0);

/**
 * `sessionKey` is a fresh random scalar, used for this header only. Throws SPHINX_BAD_ROUTE for a wrong
 * number of relays, CRYPTO_BAD_INPUT for a bad key.
 */
export function createRouteHeader(
  backend: CurveBackend,
  sessionKey: Uint8Array,
  route: Route,
  recipientHop: RecipientHop,
): RouteHeader {
  const { relays, recipient } = route;
  const [first] = relays;
  if (first === undefined || relays.length > MAX_RELAYS) {
    throw new WaybillError("SPHINX_BAD_ROUTE", {
      what: "number of relays",
      got: relays.length,
      allowed: `1 … ${String(MAX_RELAYS)}`,
    });
  }
  const keys = [...relays, recipient].map((node) => node.packetKey);
  const secrets = deriveHopSecrets(backend, sessionKey, keys);
  const sharedSecrets = secrets.map((secret) => secret.sharedSecret);
  const challenges = challengesOf(sharedSecrets);
  const hops: HopData[] = [...relayHops(route, challenges), { ...recipientHop, era: route.era }];
  return {
    header: createOnion(WAYBILL_ONION, sessionKey, secrets, hops.map(encodeHopData), NO_DATA),
    firstRelay: first.id,
    firstChallenge: at(challenges, 0),
    firstAck: ackHalf(at(sharedSecrets, 0)),
    sharedSecrets,
  };
}

/** One challenge per relay: it opens with the relay's own half and the next hop's acknowledgement. */
function challengesOf(sharedSecrets: readonly Uint8Array[]): readonly Uint8Array[] {
  return sharedSecrets
    .slice(1)
    .map((next, hop) => challenge(response(ownHalf(at(sharedSecrets, hop)), ackHalf(next))));
}

function relayHops(route: Route, challenges: readonly Uint8Array[]): readonly HopData[] {
  const { trafficClass, era, relays, recipient } = route;
  return challenges.map((own, hop): HopData => {
    const common = { trafficClass, era, challenge: own };
    const next = relays[hop + 1];
    return next === undefined
      ? { kind: "deliver", ...common, next: recipient.id }
      : { kind: "forward", ...common, next: next.id, nextChallenge: at(challenges, hop + 1) };
  });
}

function at(values: readonly Uint8Array[], index: number): Uint8Array {
  const value = values[index];
  if (value === undefined) throw new RangeError(`no element ${String(index)}`);
  return value;
}
