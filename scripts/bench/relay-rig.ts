/**
 * One real relay in the middle layer, between two neighbours that cost next to nothing: the one before it
 * hands over frames made beforehand, the one after it answers each frame with acknowledgements made
 * beforehand. In between runs the whole path of docs/protocol.md §7, with the store in memory.
 */
import { WaybillError } from "../../offchain/core/errors.ts";
import { ManualClock } from "../../offchain/adapters/memory/clock.ts";
import { MemoryNetwork, SimpleGuard } from "../../offchain/adapters/memory/network.ts";
import { seededRandom } from "../../offchain/adapters/memory/random.ts";
import { memoryStore } from "../../offchain/adapters/memory/store.ts";
import { systemClock } from "../../offchain/adapters/system/clock.ts";
import { countingMetrics } from "../../offchain/adapters/system/counters.ts";
import { silentLog } from "../../offchain/adapters/system/log.ts";
import type { CurveBackend } from "../../offchain/core/crypto/index.ts";
import { createForwardPacket, unwrap, USABLE_PAYLOAD } from "../../offchain/core/sphinx/index.ts";
import type { ForwardPacketArgs } from "../../offchain/core/sphinx/index.ts";
import { era, millis, nodeId, winProb } from "../../offchain/core/units.ts";
import type { ChannelId } from "../../offchain/core/units.ts";
import { decodeFrame } from "../../offchain/core/wire/decode.ts";
import { encodeAcks } from "../../offchain/core/wire/encode.ts";
import { MAX_PACKETS_PER_FRAME } from "../../offchain/core/wire/layout.ts";
import type { QueuedPacket } from "../../offchain/link/framer.ts";
import { TicketFramer } from "../../offchain/link/ticket-framer.ts";
import { TicketIndexes } from "../../offchain/link/ticket-indexes.ts";
import type { Transport, TransportEvents } from "../../offchain/ports/transport.ts";
import { PacketSecrets } from "../../offchain/relay/packet-secrets.ts";
import type { RelayParts } from "../../offchain/relay/parts.ts";
import { Relay } from "../../offchain/relay/relay.ts";
import {
  addressFor,
  bytesFor,
  peerFor,
  relayIdFor,
} from "../../test/offchain/relay/support/identities.ts";
import { stopwatch } from "./stopwatch.ts";

const LABELS = ["before", "measured", "after"] as const;
const [BEFORE, MEASURED, AFTER] = LABELS;
/** One ticket in a thousand wins, as in production; every winner is written. */
const WIN_PROB = winProb(2n ** 64n / 1_000n);
/** Long enough for packets to pass through the mix, short enough not to be waited for. */
const MEAN_DELAY = millis(1);
const PEER_BEFORE = peerFor(BEFORE);
const PEER_AFTER = peerFor(AFTER);
const UNLIMITED = { perSecond: 1e9, burst: 1e9 };

const packetKeyOf = (label: string): Uint8Array => bytesFor(`packet key ${label}`);
const ticketKeyOf = (label: string): Uint8Array => bytesFor(`ticket key ${label}`);
const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("latin1");

/** A packet on its way into the measured relay. */
interface Prepared {
  readonly packet: Uint8Array;
  readonly challenge: Uint8Array;
}

export class RelayRig {
  readonly #backend: CurveBackend;
  readonly #random = seededRandom("bench");
  /** Stands still, so that frames made once stay in their epoch. */
  readonly #network = new MemoryNetwork(new ManualClock(millis(30_000)), MEAN_DELAY, {
    winProb: WIN_PROB,
  });
  readonly #incoming: ChannelId;
  readonly #prepared: Prepared[] = [];
  readonly #frames: Uint8Array[] = [];
  /** What the relay after the measured one answers, by the challenge of the ticket that it gets. */
  readonly #acks = new Map<string, Uint8Array>();

  private constructor(backend: CurveBackend) {
    this.#backend = backend;
    for (const label of LABELS) {
      const key = backend.publicKey(packetKeyOf(label));
      this.#network.addRelay(relayIdFor(label), peerFor(label), [{ key, from: 0 }]);
    }
    this.#network.setEra(0, [[relayIdFor(BEFORE)], [relayIdFor(MEASURED)], [relayIdFor(AFTER)]]);
    this.#incoming = this.#open(BEFORE, MEASURED);
    this.#open(MEASURED, AFTER);
  }

  /** Makes `packets` packets, in frames of sixteen. Takes about a millisecond each. */
  static async prepare(backend: CurveBackend, packets: number): Promise<RelayRig> {
    const rig = new RelayRig(backend);
    for (let i = 0; i < packets; i++) rig.#prepared.push(rig.#makePacket());
    await rig.#makeFrames();
    return rig;
  }

  /** Arguments for one more packet with a full payload over the same route. */
  packetArgs(): ForwardPacketArgs {
    return {
      backend: this.#backend,
      sessionKey: this.#random.bytes(32),
      route: {
        relays: LABELS.map((label) => ({
          id: relayIdFor(label),
          packetKey: this.#backend.publicKey(packetKeyOf(label)),
        })),
        recipient: {
          id: nodeId(`0x${"00".repeat(32)}`),
          packetKey: this.#backend.publicKey(packetKeyOf("recipient")),
        },
        trafficClass: "low-latency",
        era: era(0),
      },
      data: new Uint8Array(USABLE_PAYLOAD),
      random: (length) => this.#random.bytes(length),
    };
  }

  /** Unwraps every packet once and nothing else; packets per second. */
  unwrapRound(): number {
    const secretKey = packetKeyOf(MEASURED);
    const rate = stopwatch(this.#prepared.length);
    for (const { packet } of this.#prepared) {
      const { kind } = unwrap(this.#backend, secretKey, packet);
      if (kind !== "forward") throw new Error(`a prepared packet turned out to be "${kind}"`);
    }
    return rate();
  }

  /**
   * Sends every packet through a fresh relay, from its frame to the draw of the ticket that it brought;
   * packets per second. Throws when a single packet was dropped.
   */
  async relayRound(): Promise<number> {
    const neighbours = new Neighbours(this.#acks);
    const metrics = countingMetrics();
    const relay = new Relay(this.#parts(neighbours, metrics));
    await relay.start();
    const rate = stopwatch(this.#prepared.length);
    for (const frame of this.#frames) {
      await neighbours.handOver(frame.slice());
      await turn();
    }
    const wanted = this.#prepared.length;
    const forwarded = (): number => metrics.snapshot().counts["packets-forwarded"];
    const deadline = performance.now() + 5_000;
    while (forwarded() < wanted && performance.now() < deadline) await turn();
    const result = rate();
    if (forwarded() !== wanted) {
      throw new Error(`${String(forwarded())} of ${String(wanted)} packets went through`);
    }
    await relay.stop(millis(0));
    return result;
  }

  #open(from: string, to: string): ChannelId {
    const signer = addressFor(ticketKeyOf(from));
    return this.#network.openFromRelay(relayIdFor(from), signer, relayIdFor(to));
  }

  #makePacket(): Prepared {
    const { packet } = createForwardPacket(this.packetArgs());
    const first = unwrap(this.#backend, packetKeyOf(BEFORE), packet);
    if (first.kind !== "forward") throw new Error(`the first relay sees "${first.kind}"`);
    const second = unwrap(this.#backend, packetKeyOf(MEASURED), first.packet);
    if (second.kind !== "forward") throw new Error(`the second relay sees "${second.kind}"`);
    const third = unwrap(this.#backend, packetKeyOf(AFTER), second.packet);
    if (third.kind !== "deliver") throw new Error(`the third relay sees "${third.kind}"`);
    this.#acks.set(latin1(second.hop.nextChallenge), third.ack);
    return { packet: first.packet, challenge: first.hop.nextChallenge };
  }

  async #makeFrames(): Promise<void> {
    const indexes = new TicketIndexes(memoryStore().indexes, this.#random, this.#incoming);
    const framer = new TicketFramer(
      this.#backend,
      this.#network,
      this.#incoming,
      indexes,
      ticketKeyOf(BEFORE),
    );
    const amount = this.#network.params.ticketAmounts[1];
    const settle = { acknowledged: () => true, failed: () => undefined };
    for (let at = 0; at < this.#prepared.length; at += MAX_PACKETS_PER_FRAME) {
      const batch: QueuedPacket[] = this.#prepared
        .slice(at, at + MAX_PACKETS_PER_FRAME)
        .map((prepared) => ({ ...prepared, amount, settle }));
      const framed = await framer.frame(batch);
      if (typeof framed === "string") throw new Error(`no frame: ${framed}`);
      this.#frames.push(framed.bytes);
    }
  }

  #parts(transport: Transport, metrics: RelayParts["metrics"]): RelayParts {
    return {
      self: relayIdFor(MEASURED),
      secrets: {
        vrfKey: bytesFor("vrf key"),
        packetKeys: new PacketSecrets(this.#backend, [packetKeyOf(MEASURED)]),
        ticketSigningKey: ticketKeyOf(MEASURED),
      },
      ticketSigner: addressFor(ticketKeyOf(MEASURED)),
      backend: this.#backend,
      transport,
      store: memoryStore(),
      network: this.#network,
      guard: new SimpleGuard(),
      clock: systemClock(),
      random: this.#random,
      metrics,
      log: silentLog(),
      peerRate: UNLIMITED,
    };
  }
}

/** Both neighbours at once, as the relay's transport. */
class Neighbours implements Transport {
  readonly self = peerFor(MEASURED);
  readonly #acks: ReadonlyMap<string, Uint8Array>;
  #events: TransportEvents = {};

  constructor(acks: ReadonlyMap<string, Uint8Array>) {
    this.#acks = acks;
  }

  /** As a transport does: waits while the relay wants this peer to be read from more slowly. */
  async handOver(frame: Uint8Array): Promise<void> {
    await this.#events.frame?.(PEER_BEFORE, frame);
  }

  send(_peer: string, bytes: Uint8Array): "queued" {
    const frame = decodeFrame(bytes);
    if (frame?.kind === "packets") {
      const acks = frame.challenges.map((one) => this.#acks.get(latin1(one)) ?? new Uint8Array(32));
      const answer = encodeAcks({ channel: frame.channel, indexes: frame.indexes, acks });
      queueMicrotask(() => void this.#events.frame?.(PEER_AFTER, answer));
    }
    return "queued";
  }

  start(events: TransportEvents): Promise<void> {
    this.#events = events;
    return Promise.resolve();
  }

  stop = (): Promise<void> => Promise.resolve();
  connect = (): Promise<void> => Promise.resolve();
  request = (): Promise<Uint8Array> => Promise.reject(new WaybillError("TRANSPORT_NO_ANSWER"));
  disconnect = (): Promise<void> => Promise.resolve();
  addresses = (): readonly string[] => [];
  isConnected = (): boolean => true;
  peers = () => [peerFor(BEFORE), peerFor(AFTER)];
}

/** Lets timers and promises have their turn. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
