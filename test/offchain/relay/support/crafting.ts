/** Frames and packets with whatever a hostile peer might put into them. */
import { bytesToHex } from "../../../../offchain/core/bytes.ts";
import { epochAt } from "../../../../offchain/core/epochs/epochs.ts";
import { merkleRoot } from "../../../../offchain/core/merkle/merkle.ts";
import { ackHalf, challenge, ownHalf, response } from "../../../../offchain/core/puzzle/puzzle.ts";
import {
  createOnion,
  deriveHopSecrets,
  encodeHopData,
  type HopData,
  PAYLOAD_LENGTH,
} from "../../../../offchain/core/sphinx/index.ts";
import { WAYBILL_ONION } from "../../../../offchain/core/sphinx/format.ts";
import { joinPacket } from "../../../../offchain/core/sphinx/packet.ts";
import {
  signTicketBatch,
  ticketBatchDigest,
  ticketDomain,
  ticketLeaf,
} from "../../../../offchain/core/tickets/index.ts";
import { epoch, era, generation, ticketIndex } from "../../../../offchain/core/units.ts";
import type { ChannelId } from "../../../../offchain/core/units.ts";
import { encodePackets } from "../../../../offchain/core/wire/encode.ts";
import type { PacketsFrame } from "../../../../offchain/core/wire/frames.ts";
import { nodeIdOfPeer } from "../../../../offchain/core/wire/node-id.ts";
import { backend } from "./identities.ts";
import type { Recipient } from "./ends.ts";
import type { Mixnet, RelayNode } from "./mixnet.ts";

export interface CraftedPacket {
  readonly packet: Uint8Array;
  readonly firstChallenge: Uint8Array;
}

/** A frame of `made` over `channel`, signed with `key`; right in everything that `change` does not change. */
export function craftFrame(
  net: Mixnet,
  channel: ChannelId,
  key: Uint8Array,
  made: readonly CraftedPacket[],
  change: Partial<Omit<PacketsFrame, "kind">> = {},
): Uint8Array {
  const { params } = net.network;
  const fields = {
    channel,
    generation: generation(0),
    epoch: epochAt(params, net.network.chainTime()) ?? epoch(0),
    amount: params.ticketAmounts[0],
    winProb: params.winProb,
    indexes: made.map((_, i) => ticketIndex(i + 1)),
    challenges: made.map((one) => one.firstChallenge),
    packets: made.map((one) => one.packet),
    ...change,
  };
  const root = merkleRoot(
    fields.indexes.map((index, i) => ticketLeaf(index, fields.challenges[i] ?? new Uint8Array(32))),
  );
  const domain = ticketDomain(params.chainId, params.channels);
  const digest = ticketBatchDigest(domain, { ...fields, channelId: fields.channel, root });
  return encodePackets({ signature: signTicketBatch(backend, digest, key), ...fields });
}

export interface Lie {
  /** The relay, counted from 0, whose puzzle nothing opens. */
  readonly deadPuzzleAt?: number;
  /** Changes the hop data of relay `at`. */
  readonly at?: number;
  readonly hop?: (honest: HopData) => HopData;
}

/** A packet whose header lies as told and is otherwise what an honest sender makes. */
export function craftPacket(
  net: Mixnet,
  route: readonly RelayNode[],
  to: Recipient,
  lie: Lie = {},
): CraftedPacket {
  const sessionKey = net.random.bytes(32);
  const keys = [...route.map((node) => node.packetKey), to.packetKey].map((key) =>
    backend.publicKey(key),
  );
  const secrets = deriveHopSecrets(backend, sessionKey, keys);
  const shared = secrets.map((secret) => secret.sharedSecret);
  const challenges = shared
    .slice(1)
    .map((next, i) =>
      i === lie.deadPuzzleAt
        ? net.random.bytes(32)
        : challenge(response(ownHalf(shared[i] ?? next), ackHalf(next))),
    );
  const hops = challenges.map((own, i): HopData => {
    const common = { trafficClass: "low-latency" as const, era: era(0), challenge: own };
    const next = route[i + 1];
    const honest: HopData =
      next === undefined
        ? { kind: "deliver", ...common, next: nodeIdOfPeer(to.peer) }
        : { kind: "forward", ...common, next: next.id, nextChallenge: challenges[i + 1] ?? own };
    return i === lie.at && lie.hop !== undefined ? lie.hop(honest) : honest;
  });
  const data = [...hops, { kind: "message", era: era(0) } as const].map(encodeHopData);
  const header = createOnion(WAYBILL_ONION, sessionKey, secrets, data, new Uint8Array(0));
  const [firstChallenge] = challenges;
  if (firstChallenge === undefined) throw new Error("a route has a relay");
  return { packet: joinPacket(header, net.random.bytes(PAYLOAD_LENGTH)), firstChallenge };
}

/** For comparing byte strings in sets and messages. */
export const hex = (bytes: Uint8Array): string => bytesToHex(bytes);
