/** Nodes, routes and reproducible randomness for packet tests. */
import { keccak256 } from "../../../../offchain/core/crypto/hashes.ts";
import { createBackend } from "../../../../offchain/core/crypto/select.ts";
import { createForwardPacket } from "../../../../offchain/core/sphinx/packet.ts";
import type { RandomBytes } from "../../../../offchain/core/sphinx/payload.ts";
import type { Route } from "../../../../offchain/core/sphinx/route.ts";
import { unwrap } from "../../../../offchain/core/sphinx/unwrap.ts";
import type {
  DeliverStep,
  ForwardStep,
  Unwrapped,
} from "../../../../offchain/core/sphinx/unwrap.ts";
import { era, nodeId, relayId } from "../../../../offchain/core/units.ts";

export const backend = createBackend();

/** The same bytes in every run, so that a statistical test passes always or never. */
export function seededRandom(seed: string): RandomBytes {
  let block = keccak256(Buffer.from(seed));
  return (length) => {
    const bytes = new Uint8Array(length);
    for (let at = 0; at < length; at += block.length) {
      block = keccak256(block);
      bytes.set(block.subarray(0, length - at), at);
    }
    block = keccak256(block, Buffer.from("next"));
    return bytes;
  };
}

/** Three relays and a recipient, with their secret keys in the order of the route. */
export function makeRoute(random: RandomBytes, relays = 3) {
  const hex = () => Buffer.from(random(32)).toString("hex");
  const secretKeys = Array.from({ length: relays + 1 }, () => random(32));
  const packetKeys = secretKeys.map((secretKey) => backend.publicKey(secretKey));
  const [recipientKey = random(33)] = packetKeys.slice(-1);
  const route: Route = {
    relays: packetKeys.slice(0, -1).map((packetKey) => ({ id: relayId(`0x${hex()}`), packetKey })),
    recipient: { id: nodeId(`0x${hex()}`), packetKey: recipientKey },
    trafficClass: "low-latency",
    era: era(7),
  };
  return { route, secretKeys };
}

export function makePacket(random: RandomBytes, route: Route, data: Uint8Array) {
  return createForwardPacket({ backend, sessionKey: random(32), route, data, random });
}

/** Unwraps hop by hop until a node has nothing to pass on; `tamper` sees the packet before each hop. */
export function walk(
  packet: Uint8Array,
  secretKeys: readonly Uint8Array[],
  tamper: (packet: Uint8Array, hop: number) => Uint8Array = (same) => same,
): Unwrapped[] {
  const steps: Unwrapped[] = [];
  let current = packet;
  for (const [hop, secretKey] of secretKeys.entries()) {
    const step = unwrap(backend, secretKey, tamper(current, hop));
    steps.push(step);
    if (step.kind !== "forward" && step.kind !== "deliver") break;
    current = step.packet;
  }
  return steps;
}

/** The relays' steps of a walk that reached the recipient. */
export function relaySteps(steps: readonly Unwrapped[]): (ForwardStep | DeliverStep)[] {
  return steps.filter((step) => step.kind === "forward" || step.kind === "deliver");
}

export function flipBit(bytes: Uint8Array, bit: number): Uint8Array {
  const flipped = Uint8Array.from(bytes);
  flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return flipped;
}

export const text = (data: Uint8Array | undefined): string | undefined =>
  data && Buffer.from(data).toString();
