/** A stranger's program: one packet through three relays, and the puzzle of the first. */
export const PROGRAM = `
import { randomBytes } from "node:crypto";
import { createBackend } from "waybill/core/crypto";
import { challenge, response } from "waybill/core/puzzle";
import { createForwardPacket, unwrap, type Route } from "waybill/core/sphinx";
import { era, nodeId, relayId } from "waybill/core/units";

const backend = createBackend();
const random = (length: number): Uint8Array => randomBytes(length);
const keys = [random(32), random(32), random(32), random(32)] as const;
const relay = (secretKey: Uint8Array) => ({
  id: relayId(\`0x\${randomBytes(32).toString("hex")}\`),
  packetKey: backend.publicKey(secretKey),
});
const route: Route = {
  relays: [relay(keys[0]), relay(keys[1]), relay(keys[2])],
  recipient: { id: nodeId(\`0x\${"11".repeat(32)}\`), packetKey: backend.publicKey(keys[3]) },
  trafficClass: "low-latency",
  era: era(0),
};
const data = Buffer.from("over there");
const sent = createForwardPacket({ backend, sessionKey: random(32), route, data, random });
const step0 = unwrap(backend, keys[0], sent.packet);
if (step0.kind !== "forward") throw new Error(step0.kind);
const step1 = unwrap(backend, keys[1], step0.packet);
if (step1.kind !== "forward") throw new Error(step1.kind);
const step2 = unwrap(backend, keys[2], step1.packet);
if (step2.kind !== "deliver") throw new Error(step2.kind);
const step3 = unwrap(backend, keys[3], step2.packet);
if (step3.kind !== "message" || step3.data === undefined) throw new Error(step3.kind);
const opened = challenge(response(step0.own, step1.ack));
console.log(Buffer.from(step3.data).toString(), Buffer.compare(opened, sent.firstChallenge));
`;
