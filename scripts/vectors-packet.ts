/**
 * Writes test/vectors/packet.json: one Waybill packet to the byte, for other implementations and against
 * changes of the format that nobody meant.
 *
 *   node scripts/vectors-packet.ts > test/vectors/packet.json
 */
import { createNobleBackend, sha256 } from "../offchain/core/crypto/index.ts";
import { createForwardPacket, unwrap } from "../offchain/core/sphinx/index.ts";
import type { Route } from "../offchain/core/sphinx/index.ts";
import { era, nodeId, relayId } from "../offchain/core/units.ts";

const backend = createNobleBackend();
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const derive = (label: string): Uint8Array => sha256(Buffer.from(`waybill vector ${label}`));

const LABELS = ["relay 0", "relay 1", "relay 2", "recipient"];
const nodes = LABELS.map((label) => {
  const secretKey = derive(`${label} key`);
  const packetKey = backend.publicKey(secretKey);
  return { id: `0x${hex(derive(`${label} id`))}`, secretKey, packetKey };
});
const [recipient] = nodes.slice(-1);
if (recipient === undefined) throw new Error("the route has a recipient");

const route: Route = {
  relays: nodes.slice(0, -1).map(({ id, packetKey }) => ({ id: relayId(id), packetKey })),
  recipient: { id: nodeId(recipient.id), packetKey: recipient.packetKey },
  trafficClass: "medium",
  era: era(258),
};
const sessionKey = derive("session key");
const data = Buffer.from("one packet through Waybill");
const random = (length: number): Uint8Array => new Uint8Array(length).fill(0x5a);
const made = createForwardPacket({ backend, sessionKey, route, data, random });

let packet = made.packet;
const hops = nodes.map(({ secretKey }) => {
  const step = unwrap(backend, secretKey, packet);
  if (step.kind === "drop" || step.kind === "reply") throw new Error(`a hop sees "${step.kind}"`);
  const common = { kind: step.kind, tag: hex(step.tag), ack: hex(step.ack) };
  if (step.kind === "message") return common;
  packet = step.packet;
  return {
    ...common,
    own: hex(step.own),
    challenge: hex(step.hop.challenge),
    delayUniform: step.delayUniform,
    packetSha256: hex(sha256(packet)),
  };
});

const vector = {
  source: "written by scripts/vectors-packet.ts; docs/protocol.md, Puzzle and Packet",
  sessionKey: hex(sessionKey),
  nodes: nodes.map(({ id, secretKey, packetKey }) => ({
    id,
    secretKey: hex(secretKey),
    packetKey: hex(packetKey),
  })),
  trafficClass: route.trafficClass,
  era: route.era,
  data: hex(data),
  paddingByte: 0x5a,
  firstChallenge: hex(made.firstChallenge),
  packet: hex(made.packet),
  hops,
};
console.log(JSON.stringify(vector, null, 2));
