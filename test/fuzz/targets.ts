/** Every decoder that reads what strangers send, real encodings for it, and what must hold of whatever it takes. */
import assert from "node:assert/strict";

import { encodeFrame, FrameReader } from "../../offchain/adapters/libp2p/framing.ts";
import {
  decodeAddress,
  decodeAddressBytes,
  encodeAddress,
  encodeAddressBytes,
} from "../../offchain/client/address.ts";
import { Assembler } from "../../offchain/client/assembler.ts";
import { decodeEnvelope, encodeEnvelope } from "../../offchain/client/envelope.ts";
import {
  decodeMessage,
  encodeMessage,
  type ClientMessage,
} from "../../offchain/client/messages.ts";
import { bytesToHex, concatBytes } from "../../offchain/core/bytes.ts";
import {
  decodeAnswer,
  decodeQuestion,
  encodeAnswer,
  encodeQuestion,
} from "../../offchain/core/cover/index.ts";
import {
  createReplyPacket,
  SURB_LENGTH,
  unwrap,
  USABLE_PAYLOAD,
} from "../../offchain/core/sphinx/index.ts";
import { decodeHopData, encodeHopData } from "../../offchain/core/sphinx/hop-data.ts";
import { recoverTicketSigner } from "../../offchain/core/tickets/index.ts";
import {
  decodeHighWater,
  decodeHighWaterQuestion,
  encodeHighWater,
} from "../../offchain/core/tickets/high-water.ts";
import { channelId, epoch, era, nodeId, relayId, seconds } from "../../offchain/core/units.ts";
import type { Millis, PeerId, TicketIndex } from "../../offchain/core/units.ts";
import { vrfProve, vrfPublicKey, vrfVerify } from "../../offchain/core/vrf/vrf.ts";
import { decodeFrame } from "../../offchain/core/wire/decode.ts";
import { encodeAcks } from "../../offchain/core/wire/encode.ts";
import { isTcpAddress } from "../../offchain/core/wire/multiaddr.ts";
import { nodeIdOfPeer } from "../../offchain/core/wire/node-id.ts";
import { bytesFor, peerFor } from "../offchain/relay/support/identities.ts";
import { backend, makePacket, makeRoute, seededRandom } from "../offchain/core/sphinx/nodes.ts";
import { encodeAny, someFrames } from "./frames.ts";
import { insideOf, PacketSealer } from "./sealer.ts";
import type { Target } from "./fuzzer.ts";

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString("utf8");
const bytesOf = (from: string): Uint8Array => new TextEncoder().encode(from);

const random = seededRandom("fuzz");
const { route, secretKeys } = makeRoute(random);
const [secretKey = random(32)] = secretKeys;
const { packet } = makePacket(random, route, bytesOf("good"));
const sealer = new PacketSealer(secretKey);

const STREAM_LIMIT = 300;
const frames = [Uint8Array.of(7), random(STREAM_LIMIT)];
const relay = { trafficClass: "medium", era: era(7), challenge: random(32) } as const;
const next = bytesToHex(random(32));
const hops = [
  encodeHopData({ kind: "forward", ...relay, next: relayId(next), nextChallenge: random(32) }),
  encodeHopData({ kind: "deliver", ...relay, next: nodeId(next) }),
  encodeHopData({ kind: "message", era: era(3) }),
  encodeHopData({ kind: "reply", era: era(3), replyId: random(16) }),
];

const peer = peerFor("anyone");
const addresses = ["ip4/10.0.0.1", "ip6/2001:db8::1", "dns4/relay.example.org"].map(
  (host) => `/${host}/tcp/4001/p2p/${peer}`,
);

const recipient = {
  ...{ packetKey: random(33), node: nodeId(bytesToHex(random(32))), untilEra: era(9) },
  lastRelays: [1, 2].map(() => relayId(bytesToHex(random(32)))),
};
const messages: readonly ClientMessage[] = [
  { kind: "fragment", messageId: random(16), index: 0, total: 1, data: random(20) },
  { kind: "query", messageId: random(16), surbs: [random(SURB_LENGTH)] },
  {
    kind: "report",
    ...{ messageId: random(16), state: "incomplete", received: 3, sha256: random(32) },
    address: encodeAddressBytes(recipient),
    missing: [
      { first: 1, count: 2 },
      { first: 5, count: 1 },
    ],
  },
];

const alpha = bytesOf("alpha");
const vrfKey = vrfPublicKey(bytesFor("vrf"));
const { proof: vrfProof } = vrfProve(bytesFor("vrf"), alpha);
const digest = bytesFor("digest");

export const targets: readonly Target[] = [
  {
    name: "frames",
    seeds: [
      ...someFrames(random),
      encodeAcks({ channel: undefined, indexes: [1], acks: [digest] }),
    ],
    read: (bytes) => {
      const frame = decodeFrame(bytes);
      if (frame !== undefined) assert.deepEqual(encodeAny(frame), bytes);
    },
  },
  {
    name: "streams of frames",
    seeds: frames.map((frame) => concatBytes(encodeFrame(frame), encodeFrame(frame))),
    read: (bytes) => {
      const reader = new FrameReader(STREAM_LIMIT);
      const half = bytes.length >> 1;
      const read = [...reader.push(bytes.subarray(0, half)), ...reader.push(bytes.subarray(half))];
      const again = concatBytes(...read.map(encodeFrame));
      assert.deepEqual(again, bytes.slice(0, again.length));
    },
  },
  {
    name: "packets",
    seeds: [packet],
    share: 0.1,
    read: (bytes) => void unwrap(backend, secretKey, bytes),
  },
  {
    name: "packets of a creator that writes anything under right MACs",
    seeds: hops.flatMap((hop) => [insideOf(hop, true), insideOf(hop, false)]),
    share: 0.1,
    read: (bytes) => {
      const step = unwrap(backend, secretKey, sealer.seal(bytes));
      assert.ok(step.kind !== "drop" || step.reason === "malformed-hop", "the MAC is right");
    },
  },
  {
    name: "hop data",
    seeds: hops,
    read: (bytes) => {
      const hop = decodeHopData(bytes);
      if (hop !== undefined) assert.deepEqual(Uint8Array.from(encodeHopData(hop)), bytes);
    },
  },
  {
    name: "reply blocks",
    refusal: "SPHINX_BAD_SURB",
    seeds: [random(SURB_LENGTH)],
    share: 0.1,
    read: (bytes) => void createReplyPacket(bytes, digest, random),
  },
  {
    name: "announced addresses",
    seeds: addresses.map(bytesOf),
    read: (bytes) => void isTcpAddress(text(bytes), peer),
  },
  {
    name: "peer ids",
    refusal: "PEER_ID_INVALID",
    seeds: [bytesOf(peer)],
    read: (bytes) => void nodeIdOfPeer(text(bytes) as PeerId),
  },
  {
    name: "questions for proofs",
    seeds: [encodeQuestion({ epoch: epoch(3), draw: 1, vrfProof })],
    read: (bytes) => {
      const question = decodeQuestion(bytes);
      if (question !== undefined) assert.deepEqual(encodeQuestion(question), bytes);
    },
  },
  {
    name: "answers with proofs",
    seeds: [
      encodeAnswer({ time: seconds(5), siblings: [random(20), random(20)] }),
      encodeAnswer("busy"),
    ],
    read: (bytes) => {
      const answer = decodeAnswer(bytes);
      if (answer !== undefined) assert.deepEqual(encodeAnswer(answer), bytes);
    },
  },
  {
    name: "proofs of drawn slots",
    seeds: [vrfProof],
    share: 0.02,
    read: (bytes) => {
      const beta = vrfVerify(vrfKey, alpha, bytes);
      if (beta !== undefined) assert.deepEqual(bytes, vrfProof);
    },
  },
  {
    name: "signatures of tickets",
    seeds: [backend.sign(digest, bytesFor("signer"))],
    share: 0.1,
    read: (bytes) => void recoverTicketSigner(backend, digest, bytes),
  },
  {
    name: "questions for high waters, and their answers",
    seeds: [concatBytes(Uint8Array.of(2), random(96)), encodeHighWater(77 as TicketIndex)],
    read: (bytes) => {
      const question = decodeHighWaterQuestion(bytes);
      if (question !== undefined) void channelId(question.channel);
      const index = decodeHighWater(bytes);
      if (index !== undefined) assert.deepEqual(encodeHighWater(index), bytes);
    },
  },
  {
    name: "messages, and fragments put together",
    // All that a packet has room for.
    longest: USABLE_PAYLOAD,
    seeds: messages.map(encodeMessage),
    read: (bytes) => {
      const message = decodeMessage(bytes);
      if (message === undefined) return;
      assert.deepEqual(encodeMessage(message), bytes);
      if (message.kind !== "fragment") return;
      const assembler = new Assembler();
      const { outcome } = assembler.accept(message, 0 as Millis);
      if (outcome !== "refused")
        assert.ok(assembler.report(message.messageId, digest).received > 0, "it was taken");
    },
  },
  {
    name: "files in envelopes",
    seeds: ["", "a.pdf", "Grüße.txt"].map((name) => encodeEnvelope({ name, content: random(9) })),
    read: (bytes) => {
      const file = decodeEnvelope(bytes);
      if (file === undefined) return;
      assert.ok(!/[/\\]/.test(file.name), "a name without folders");
      assert.deepEqual(decodeEnvelope(encodeEnvelope(file)), file);
    },
  },
  {
    name: "addresses of recipients",
    refusal: "ADDRESS_INVALID",
    seeds: [encodeAddressBytes(recipient)],
    read: (bytes) => {
      assert.deepEqual(encodeAddressBytes(decodeAddressBytes(bytes)), bytes);
    },
  },
  {
    name: "addresses of recipients as text",
    refusal: "ADDRESS_INVALID",
    seeds: [bytesOf(encodeAddress(recipient))],
    share: 0.1,
    read: (bytes) => {
      assert.equal(encodeAddress(decodeAddress(text(bytes))), text(bytes).trim().toLowerCase());
    },
  },
];
