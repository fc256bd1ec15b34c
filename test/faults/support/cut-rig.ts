/**
 * A relay process on a disk whose power is cut, among neighbours that remember everything: what it was brought,
 * what it acknowledged, what it forwarded, under which ticket indexes, and how many winners it told of.
 */
import { join, resolve } from "node:path";

import { libp2pTransport } from "../../../offchain/adapters/libp2p/transport.ts";
import { memoryStore } from "../../../offchain/adapters/memory/store.ts";
import { openSqliteStore } from "../../../offchain/adapters/sqlite/store.ts";
import { systemClock } from "../../../offchain/adapters/system/clock.ts";
import { silentLog } from "../../../offchain/adapters/system/log.ts";
import { systemRandom } from "../../../offchain/adapters/system/random.ts";
import { bytesToHex, type Hex } from "../../../offchain/core/bytes.ts";
import { epochAt } from "../../../offchain/core/epochs/epochs.ts";
import { unwrap } from "../../../offchain/core/sphinx/index.ts";
import { epoch, ticketIndex } from "../../../offchain/core/units.ts";
import { decodeFrame } from "../../../offchain/core/wire/decode.ts";
import { AckOutbox } from "../../../offchain/link/ack-outbox.ts";
import { LinkSender } from "../../../offchain/link/link-sender.ts";
import type { Store } from "../../../offchain/ports/store.ts";
import type { Transport } from "../../../offchain/ports/transport.ts";
import type { Child, ChildGroup } from "../../../scripts/local-network/child.ts";
import {
  loneNetwork,
  networkKeyOf,
  packetKeyOf,
  ticketKeyOf,
  type LoneNetwork,
  type Places,
} from "../../e2e/support/lone-network.ts";
import { allPeers, makePacket } from "../../e2e/support/lone-rig.ts";
import { pause, until } from "../../e2e/support/wait.ts";
import { backend, relayIdFor } from "../../offchain/relay/support/identities.ts";
import { LoopDisk } from "./loop-disk.ts";

const LISTEN = ["/ip4/127.0.0.1/tcp/0"];
const PROCESS = resolve(import.meta.dirname, "../../e2e/support/lone-relay.ts");
const WEAK_SYNC = resolve(import.meta.dirname, "weak-sync.ts");
const PACKETS_AT_ONCE = 4;
const SEND_EVERY = 20;
/** Frames that have left the relay are in the sockets of this machine; this long without one, and all have come. */
const QUIET = 40;

/** What the neighbours know that the relay has done. */
interface Known {
  /** Replay tags of packets that were acknowledged, or that came out again. */
  readonly tags: Set<Hex>;
  /** Ticket indexes that it has signed. */
  readonly indexes: number[];
  /** Winners that it has said to have stored. */
  winners: number;
}

/** Where the database after a cut contradicts what had left the node before. */
export interface Contradictions {
  readonly lostTags: number;
  readonly reissuedIndexes: number;
  readonly lostWinners: number;
  /** Code of the error, when the database does not even open. */
  readonly refused: string | undefined;
}

interface Status {
  readonly winners: number;
  readonly drops: Readonly<Record<string, number>>;
}

export class CutRig {
  readonly known: Known = { tags: new Set(), indexes: [], winners: 0 };
  /** Packets that came out of the relay a second time. */
  forwardedTwice = 0;
  /** Packets that were brought a second time and refused. */
  refusedReplays = 0;
  readonly #children: ChildGroup;
  readonly #folder: string;
  readonly #disk: LoopDisk;
  readonly #weakened: boolean;
  readonly #before: Transport;
  readonly #after: Transport;
  readonly #places: Places;
  readonly #network: LoneNetwork;
  /** Of the neighbour in front, which never loses power. */
  readonly #indexes = memoryStore().indexes;
  #links: LinkSender | undefined;
  /** Tags by what the neighbours see of a packet. */
  readonly #tagOfIndex = new Map<number, Hex>();
  readonly #tagOfChallenge = new Map<Hex, Hex>();
  readonly #arrived = new Set<Hex>();
  /** Frames whose packets were all acknowledged, to be brought again. */
  #brought: { readonly bytes: Uint8Array; readonly indexes: readonly number[] }[] = [];
  #lastFrame = 0;
  #child: Child | undefined;
  #status: Status | undefined;
  #sending: NodeJS.Timeout | undefined;
  #cuts = 0;

  private constructor(
    children: ChildGroup,
    folder: string,
    weakened: boolean,
    before: Transport,
    after: Transport,
    places: Places,
  ) {
    this.#children = children;
    this.#folder = folder;
    this.#weakened = weakened;
    this.#disk = new LoopDisk(join(folder, "relay"));
    this.#before = before;
    this.#after = after;
    this.#places = places;
    this.#network = loneNetwork(places);
  }

  /** `weakened`: the relay's database never flushes. */
  static async create(children: ChildGroup, folder: string, weakened = false): Promise<CutRig> {
    const before = await libp2pTransport({ seed: networkKeyOf("before"), listen: LISTEN });
    const after = await libp2pTransport({ seed: networkKeyOf("after"), listen: LISTEN });
    // The relay behind must listen before the relay can be told where.
    const told: { forwarded?: CutRig["sawForwarded"] } = {};
    const acks = new AckOutbox(after, systemClock());
    await after.start({
      frame: (peer, bytes) => {
        const frame = decodeFrame(bytes);
        if (frame?.kind !== "packets") return;
        told.forwarded?.(frame.indexes, frame.challenges);
        frame.packets.forEach((packet, i) => {
          const step = unwrap(backend, packetKeyOf("after"), packet);
          const index = frame.indexes[i];
          if (step.kind === "deliver" && index !== undefined)
            acks.acknowledge(peer, frame.channel, index, step.ack);
        });
      },
    });
    const places = { peers: await allPeers(), afterAddress: after.addresses()[0] ?? "" };
    const rig = new CutRig(children, folder, weakened, before, after, places);
    told.forwarded = rig.sawForwarded;
    await before.start({
      frame: (_, bytes) => {
        rig.#sawAcknowledged(bytes);
      },
    });
    rig.#disk.format();
    rig.#disk.mount();
    return rig;
  }

  /** Starts the relay on its disk, brings it again all that it has ever acknowledged, then new packets. */
  async live(): Promise<void> {
    const address = Promise.withResolvers<string>();
    this.#status = undefined;
    this.#child = this.#children.start({
      name: "relay",
      args: [...(this.#weakened ? ["--import", WEAK_SYNC] : []), PROCESS],
      cwd: this.#folder,
      env: {
        LONE_PLACES: JSON.stringify(this.#places),
        LONE_STORE: join(this.#disk.folder, "relay.db"),
      },
      logFile: join(this.#folder, "relay.log"),
      onLine: (line) => {
        const said = JSON.parse(line) as Status | { readonly listening: string };
        if ("listening" in said) address.resolve(said.listening);
        else {
          this.#status = said;
          this.known.winners = Math.max(this.known.winners, said.winners);
        }
      },
    });
    void this.#child.exited.then(() => {
      address.reject(new Error("the relay ended; see its log"));
    });
    const { lone } = this.#places.peers;
    await this.#before.connect({ peer: lone, multiaddr: await address.promise });
    await this.#bringAgain();
    // One that still waits for what the cut took would hold back new packets.
    this.#links = new LinkSender({
      ...{ transport: this.#recordingBefore(), clock: systemClock(), backend },
      ...{ network: this.#network.network, random: systemRandom(), log: silentLog() },
      ...{ indexes: this.#indexes, signingKey: ticketKeyOf("before") },
    });
    this.#sending = setInterval(() => {
      for (let i = 0; i < PACKETS_AT_ONCE; i++) this.#sendOne();
    }, SEND_EVERY);
  }

  /** Waits until the relay forwards: its disk is then written all the time. */
  async flows(): Promise<void> {
    const { length } = this.known.indexes;
    await until(60, "the relay forwards packets", () => this.known.indexes.length > length + 20);
  }

  /** The power is cut; with `forGood` false it was the power of a copy, and the relay goes on. */
  async cut(forGood: boolean): Promise<Contradictions> {
    const child = this.#child;
    if (child === undefined) throw new Error("the relay does not run");
    child.kill("SIGSTOP");
    const image = this.#disk.read();
    if (forGood) {
      clearInterval(this.#sending);
      child.kill("SIGKILL");
      await child.exited;
    }
    await this.#quiet();
    const contradictions = await this.#compare(image);
    if (forGood) {
      this.#disk.unmount();
      this.#disk.replace(image);
      this.#disk.mount();
    } else child.kill("SIGCONT");
    return contradictions;
  }

  async stop(): Promise<void> {
    clearInterval(this.#sending);
    this.#child?.kill("SIGKILL");
    await this.#child?.exited;
    await Promise.all([this.#before.stop(), this.#after.stop()]);
    this.#disk.unmount();
  }

  private readonly sawForwarded = (
    indexes: readonly number[],
    challenges: readonly Uint8Array[],
  ): void => {
    this.#lastFrame = performance.now();
    this.known.indexes.push(...indexes);
    for (const challenge of challenges.map(bytesToHex)) {
      if (this.#arrived.has(challenge)) this.forwardedTwice += 1;
      this.#arrived.add(challenge);
      const tag = this.#tagOfChallenge.get(challenge);
      if (tag !== undefined) this.known.tags.add(tag);
    }
  };

  #sawAcknowledged(bytes: Uint8Array): void {
    const frame = decodeFrame(bytes);
    if (frame?.kind !== "acknowledgements") return;
    this.#lastFrame = performance.now();
    this.#links?.acknowledged(this.#places.peers.lone, frame);
    for (const index of frame.indexes) {
      const tag = this.#tagOfIndex.get(index);
      if (tag !== undefined) this.known.tags.add(tag);
    }
  }

  #sendOne(): void {
    const { packet, challenge, nextChallenge } = makePacket();
    const step = unwrap(backend, packetKeyOf("lone"), packet);
    if (step.kind === "drop") throw new Error("the relay cannot read its packet");
    this.#tagOfChallenge.set(bytesToHex(nextChallenge), bytesToHex(step.tag));
    const settle = { acknowledged: () => true, failed: () => undefined };
    const route = {
      relay: relayIdFor("lone"),
      channel: this.#network.incoming.before,
      layer: 1 as const,
    };
    this.#links?.send(route, packet, challenge, settle);
  }

  /** The neighbour's transport, with a memory of every frame of packets. */
  #recordingBefore(): Transport {
    const inner = this.#before;
    return {
      ...{ self: inner.self, addresses: () => inner.addresses(), stop: () => inner.stop() },
      ...{ start: (events) => inner.start(events), peers: () => inner.peers() },
      connect: (address) => inner.connect(address),
      disconnect: (peer) => inner.disconnect(peer),
      isConnected: (peer) => inner.isConnected(peer),
      request: (address, request, options) => inner.request(address, request, options),
      send: (peer, bytes) => {
        const frame = decodeFrame(bytes);
        if (frame?.kind === "packets") {
          this.#brought.push({ bytes: Uint8Array.from(bytes), indexes: frame.indexes });
          frame.packets.forEach((packet, i) => {
            const step = unwrap(backend, packetKeyOf("lone"), packet);
            if (step.kind !== "drop")
              this.#tagOfIndex.set(frame.indexes[i] ?? 0, bytesToHex(step.tag));
          });
        }
        return inner.send(peer, bytes);
      },
    };
  }

  /** What was acknowledged before, byte for byte: a relay that forgot it would take it and forward it again. */
  async #bringAgain(): Promise<void> {
    const all = this.#brought.filter(({ indexes }) =>
      indexes.every((index) => this.known.tags.has(this.#tagOfIndex.get(index) ?? "0x")),
    );
    this.#brought = [];
    let packets = 0;
    for (const { bytes, indexes } of all)
      if (this.#before.send(this.#places.peers.lone, bytes) === "queued") packets += indexes.length;
    await until(30, "the relay has refused what it had taken before", () => {
      return packets === 0 || (this.#status?.drops.replay ?? 0) >= packets;
    });
    this.refusedReplays += packets;
  }

  async #quiet(): Promise<void> {
    do await pause(QUIET);
    while (performance.now() - this.#lastFrame < QUIET);
  }

  async #compare(image: Buffer): Promise<Contradictions> {
    const disk = new LoopDisk(join(this.#folder, `cut-${++this.#cuts % 2}`));
    disk.replace(image);
    disk.mount();
    try {
      const store = await openSqliteStore({ path: join(disk.folder, "relay.db"), reserveBytes: 0 });
      try {
        return await this.#contradictions(store);
      } finally {
        await store.close();
      }
    } catch (error) {
      const refused = error instanceof Error && "code" in error ? String(error.code) : "unknown";
      return { lostTags: 0, reissuedIndexes: 0, lostWinners: 0, refused };
    } finally {
      disk.unmount();
    }
  }

  async #contradictions({ replay, indexes, winners }: Store): Promise<Contradictions> {
    const { network, outgoing } = this.#network;
    const today = epochAt(network.params, network.chainTime()) ?? 0;
    const entries = [
      ...(await replay.entries(epoch(today - 1))),
      ...(await replay.entries(epoch(today))),
    ];
    const stored = new Set(entries.map(({ tag }) => bytesToHex(tag)));
    const next = await indexes.reserve(outgoing, 1, ticketIndex(0));
    const counts = Object.values(await winners.totals()).map(({ count }) => count);
    return {
      lostTags: [...this.known.tags].filter((tag) => !stored.has(tag)).length,
      reissuedIndexes: this.known.indexes.filter((index) => index >= next).length,
      lostWinners: Math.max(0, this.known.winners - counts.reduce((sum, one) => sum + one, 0)),
      refused: undefined,
    };
  }
}
