/** Starts the lone relay and plays its honest neighbours: one pays and sends, the other acknowledges. */
import { join, resolve } from "node:path";

import { libp2pTransport } from "../../../offchain/adapters/libp2p/transport.ts";
import { memoryStore } from "../../../offchain/adapters/memory/store.ts";
import { systemClock } from "../../../offchain/adapters/system/clock.ts";
import type { CounterSnapshot } from "../../../offchain/adapters/system/counters.ts";
import { silentLog } from "../../../offchain/adapters/system/log.ts";
import { systemRandom } from "../../../offchain/adapters/system/random.ts";
import { createForwardPacket, unwrap } from "../../../offchain/core/sphinx/index.ts";
import { era, nodeId } from "../../../offchain/core/units.ts";
import type { PeerId } from "../../../offchain/core/units.ts";
import { decodeFrame } from "../../../offchain/core/wire/decode.ts";
import { AckOutbox } from "../../../offchain/link/ack-outbox.ts";
import { LinkSender } from "../../../offchain/link/link-sender.ts";
import type { Settle } from "../../../offchain/link/unresolved.ts";
import type { Transport } from "../../../offchain/ports/transport.ts";
import { bundle } from "../../../scripts/bundle.ts";
import type { ChildGroup } from "../../../scripts/local-network/child.ts";
import { backend, relayIdFor } from "../../offchain/relay/support/identities.ts";
import {
  type Label,
  LABELS,
  loneNetwork,
  networkKeyOf,
  packetKeyOf,
  type Places,
  ticketKeyOf,
} from "./lone-network.ts";
import { pause } from "./wait.ts";

const LOOPBACK = "127.0.0.1";
const PROCESS = resolve(import.meta.dirname, "lone-relay.ts");
/** For the relay to find its neighbour of the next layer. */
const SETTLING = 1_500;

/** What the relay process says of itself four times a second. */
export type LoneStatus = CounterSnapshot & { readonly memory: number };

/** Where the relay runs, and in what; on this machine's loopback, as anything does, unless given. */
export interface LoneSurroundings {
  /** Address of the neighbours, and of the relay. */
  readonly near?: string;
  readonly far?: string;
  /** What starts the relay's Node, such as a command that enters a namespace. */
  readonly within?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Puts a line before an address that is dialled: the relay's, and that of the neighbour behind it. */
  readonly over?: (multiaddr: string) => Promise<string>;
}

const directly = (multiaddr: string): Promise<string> => Promise.resolve(multiaddr);

export interface LonePacket {
  readonly packet: Uint8Array;
  /** Of its ticket into the lone relay. */
  readonly challenge: Uint8Array;
  /** Of the ticket with which it will leave. */
  readonly nextChallenge: Uint8Array;
}

export class LoneRig {
  readonly places: Places;
  /** Where the relay listens. */
  readonly address: string;
  readonly #statuses: LoneStatus[];
  readonly #transports: readonly Transport[];
  readonly #links: LinkSender;
  readonly #incoming;

  private constructor(
    places: Places,
    address: string,
    statuses: LoneStatus[],
    transports: readonly Transport[],
    links: LinkSender,
  ) {
    this.places = places;
    this.address = address;
    this.#statuses = statuses;
    this.#transports = transports;
    this.#links = links;
    this.#incoming = loneNetwork(places).incoming.before;
  }

  /** `onArrival` gets the challenge of every packet's ticket at the relay behind, as it arrives. */
  static async start(
    children: ChildGroup,
    folder: string,
    onArrival: (challenge: Uint8Array) => void,
    {
      near = LOOPBACK,
      far = LOOPBACK,
      within = [],
      env = {},
      over = directly,
    }: LoneSurroundings = {},
  ): Promise<LoneRig> {
    const listen = [`/ip4/${near}/tcp/0`];
    const before = await libp2pTransport({ seed: networkKeyOf("before"), listen });
    const after = await libp2pTransport({ seed: networkKeyOf("after"), listen });
    await acknowledgeAll(after, onArrival);
    const [afterAddress = ""] = after.addresses();
    const places = { peers: await allPeers(), afterAddress: await over(afterAddress) };

    const address = Promise.withResolvers<string>();
    const statuses: LoneStatus[] = [];
    const [command, ...args] = [...within, process.execPath, await bundle(PROCESS)];
    children.start({
      ...{ name: "lone", command, args },
      cwd: folder,
      env: {
        ...{ LONE_PLACES: JSON.stringify(places), LONE_STORE: join(folder, "relay.db") },
        ...{ LONE_LISTEN: `/ip4/${far}/tcp/0`, ...env },
      },
      logFile: join(folder, "relay.log"),
      onLine: (line) => {
        const said = JSON.parse(line) as LoneStatus | { readonly listening: string };
        if ("listening" in said) address.resolve(said.listening);
        else statuses.push(said);
      },
    });

    const links = new LinkSender({
      ...{ transport: before, clock: systemClock(), network: loneNetwork(places).network },
      ...{ indexes: memoryStore().indexes, random: systemRandom(), backend, log: silentLog() },
      signingKey: ticketKeyOf("before"),
    });
    await before.start({
      frame: (peer, bytes) => {
        const frame = decodeFrame(bytes);
        if (frame?.kind === "acknowledgements") links.acknowledged(peer, frame);
      },
    });
    const multiaddr = await over(await address.promise);
    await before.connect({ peer: places.peers.lone, multiaddr });
    await pause(SETTLING);
    return new LoneRig(places, multiaddr, statuses, [before, after], links);
  }

  /** Connects the neighbour in front again, when it is not. */
  async reconnect(): Promise<void> {
    const [before] = this.#transports;
    const { lone } = this.places.peers;
    if (before?.isConnected(lone) === false)
      await before.connect({ peer: lone, multiaddr: this.address }).catch(() => undefined);
  }

  /** The relay's latest words. */
  get status(): LoneStatus | undefined {
    return this.#statuses.at(-1);
  }

  get mostMemory(): number {
    return Math.max(...this.#statuses.map(({ memory }) => memory));
  }

  send({ packet, challenge }: LonePacket, settle: Settle): void {
    const route = { relay: relayIdFor("lone"), channel: this.#incoming, layer: 1 as const };
    this.#links.send(route, packet, challenge, settle);
  }

  async stop(): Promise<void> {
    await Promise.all(this.#transports.map((transport) => transport.stop()));
  }
}

/** A packet as it enters the lone relay. */
export function makePacket(): LonePacket {
  const random = systemRandom();
  const node = (label: Label) => ({
    id: relayIdFor(label),
    packetKey: backend.publicKey(packetKeyOf(label)),
  });
  const { packet } = createForwardPacket({
    backend,
    sessionKey: random.bytes(32),
    route: {
      relays: [node("before"), node("lone"), node("after")],
      // Nobody: the relay behind is played, and delivers nothing.
      recipient: { id: nodeId(`0x${"00".repeat(32)}`), packetKey: node("before").packetKey },
      trafficClass: "low-latency",
      era: era(0),
    },
    data: new Uint8Array(0),
    random: (length) => random.bytes(length),
  });
  const first = unwrap(backend, packetKeyOf("before"), packet);
  if (first.kind !== "forward") throw new Error("the first relay cannot read its packet");
  const second = unwrap(backend, packetKeyOf("lone"), first.packet);
  if (second.kind !== "forward") throw new Error("the lone relay cannot read its packet");
  const { nextChallenge } = second.hop;
  return { packet: first.packet, challenge: first.hop.nextChallenge, nextChallenge };
}

/** Their names on the network follow from their keys. */
export async function allPeers(): Promise<Record<Label, PeerId>> {
  const peers = LABELS.map(async (label): Promise<[Label, PeerId]> => {
    const { self } = await libp2pTransport({ seed: networkKeyOf(label), listen: [] });
    return [label, self];
  });
  return Object.fromEntries(await Promise.all(peers)) as Record<Label, PeerId>;
}

async function acknowledgeAll(
  transport: Transport,
  onArrival: (challenge: Uint8Array) => void,
): Promise<void> {
  const acks = new AckOutbox(transport, systemClock());
  await transport.start({
    frame: (peer, bytes) => {
      const frame = decodeFrame(bytes);
      if (frame?.kind !== "packets") return;
      for (const challenge of frame.challenges) onArrival(challenge);
      frame.packets.forEach((packet, i) => {
        const step = unwrap(backend, packetKeyOf("after"), packet);
        const index = frame.indexes[i];
        if (step.kind !== "deliver" || index === undefined)
          throw new Error("the relay behind cannot read its packet");
        acks.acknowledge(peer, frame.channel, index, step.ack);
      });
    },
  });
}
