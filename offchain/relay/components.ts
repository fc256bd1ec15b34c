/** Puts a relay together from its parts. */
import { isFree } from "../core/tickets/draw.ts";
import { relayPayerId } from "../core/tickets/ids.ts";
import { Acceptance } from "../link/acceptance.ts";
import { AckOutbox } from "../link/ack-outbox.ts";
import { IndexReconciler } from "../link/index-reconciler.ts";
import { LinkSender } from "../link/link-sender.ts";
import { Admission } from "./admission.ts";
import { Cover } from "./cover/cover.ts";
import { Deliveries } from "./deliveries.ts";
import { Draws } from "./draws.ts";
import { Forwarding } from "./forwarding.ts";
import { HighWaterServer } from "./high-water-server.ts";
import { HighWaters } from "./high-waters.ts";
import { PEER_PACKETS_PER_SECOND, PEER_PACKET_BURST } from "./limits.ts";
import { Mix } from "./mix.ts";
import { Neighbours } from "./neighbours.ts";
import { OutgoingChannels } from "./outgoing-channels.ts";
import { PacketKeys } from "./packet-keys.ts";
import { PaidFrames } from "./paid-frames.ts";
import type { RelayParts } from "./parts.ts";
import { PeerBooks } from "./peer-books.ts";
import { Recipients } from "./recipients.ts";
import { SenderPolicing } from "./sender-policing.ts";
import type { TakenPacket } from "./taken.ts";
import { Topology } from "./topology.ts";

/** What relay.ts passes packets between. */
export interface Components {
  /** Whether the network works without tickets and channels. */
  readonly free: boolean;
  readonly topology: Topology;
  readonly peers: PeerBooks;
  readonly keys: PacketKeys;
  readonly highWaters: HighWaters;
  readonly paidFrames: PaidFrames;
  readonly deliveries: Deliveries;
  readonly acks: AckOutbox;
  readonly mix: Mix<TakenPacket>;
  readonly links: LinkSender;
  readonly draws: Draws;
  readonly recipients: Recipients;
  readonly neighbours: Neighbours;
  /** Undefined in a free network, where no tickets are. */
  readonly tickets:
    { readonly server: HighWaterServer; readonly reconciler: IndexReconciler } | undefined;
  /** Undefined in a network without a lottery. */
  readonly cover: Cover | undefined;
}

export function assemble(parts: RelayParts): Components {
  const { self, secrets, backend, transport, store, network, clock, metrics, log } = parts;
  const free = isFree(network.params.ticketAmounts);
  const highWaters = new HighWaters();
  const policing = new SenderPolicing(clock);
  const topology = new Topology(self, network);
  const keys = new PacketKeys(backend, self, network, secrets.packetKeys);
  const acks = new AckOutbox(transport, clock);
  const acceptance = new Acceptance(network, store.replay, acks);
  const links = new LinkSender({
    ...{ transport, clock, network, backend, log },
    ...{ random: parts.random, indexes: store.indexes, signingKey: secrets.ticketSigningKey },
  });
  const draws = new Draws({
    ...{ self, network, clock, metrics, log },
    ...{ guard: parts.guard, winners: store.winners, vrfKey: secrets.vrfKey },
  });
  const channels = new OutgoingChannels(self, network, parts.ticketSigner);
  const { lottery } = network.params;
  const cover =
    lottery &&
    new Cover({
      ...{ self, lottery, network, backend, transport, links, channels, store, clock, log },
      ...{ random: parts.random, vrfKey: secrets.vrfKey },
    });
  const recipients = new Recipients();
  const forwarding = new Forwarding({
    free,
    links,
    channels,
    recipients,
    draws,
    policing,
    metrics,
  });
  const payer = relayPayerId(self);
  const tickets = free
    ? undefined
    : {
        server: new HighWaterServer({
          ...{ self, network, backend, highWaters, clock },
          isRelay: (peer) => topology.isRelay(peer),
        }),
        reconciler: new IndexReconciler({
          ...{ payer, network, backend, transport, store, clock, log },
          ...{ ticketSigner: parts.ticketSigner, signingKey: secrets.ticketSigningKey },
        }),
      };
  const rate = { perSecond: PEER_PACKETS_PER_SECOND, burst: PEER_PACKET_BURST };
  return {
    free,
    topology,
    peers: new PeerBooks(clock, parts.peerRate ?? rate),
    keys,
    highWaters,
    paidFrames: new PaidFrames({
      ...{ backend, network, keys, highWaters, acceptance, metrics, guard: parts.guard },
      admission: new Admission(self, network, topology, highWaters, policing),
    }),
    deliveries: new Deliveries({
      ...{ free, keys, topology, acceptance, metrics, ownLoops: parts.ownLoops ?? cover },
    }),
    acks,
    mix: new Mix(clock, (taken) => {
      forwarding.release(taken);
    }),
    links,
    draws,
    recipients,
    tickets,
    cover,
    neighbours: new Neighbours({ free, self, network, transport, channels, clock, log }),
  };
}
