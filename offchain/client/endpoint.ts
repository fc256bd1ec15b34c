/**
 * A node at the edge of the mixnet: sends packets, through its channels where relays charge, takes deliveries, keeps the
 * connections that both need. Senders and recipients are the same thing.
 */
import { bytesToHex, hexToBytes } from "../core/bytes.ts";
import { sha256, type CurveBackend } from "../core/crypto/index.ts";
import { LAYERS, type Layer, type NodeId, type PeerId, type RelayId } from "../core/units.ts";
import { decodeFrame } from "../core/wire/decode.ts";
import { nodeIdOfPeer } from "../core/wire/node-id.ts";
import { Acceptance } from "../link/acceptance.ts";
import { AckOutbox } from "../link/ack-outbox.ts";
import { Connections } from "../link/connections.ts";
import { IndexReconciler } from "../link/index-reconciler.ts";
import { LinkSender } from "../link/link-sender.ts";
import type { Clock } from "../ports/clock.ts";
import type { Log } from "../ports/log.ts";
import type { NetworkView } from "../ports/network.ts";
import type { Random } from "../ports/random.ts";
import type { Store } from "../ports/store.ts";
import type { Transport } from "../ports/transport.ts";
import { MAX_LAST_RELAYS } from "./address.ts";
import { Inbox } from "./inbox.ts";
import { MixCourier } from "./mix-courier.ts";
import { Routing, type Payer } from "./routing.ts";

const LAST_LAYER = (LAYERS - 1) as Layer;

export interface EndpointParts {
  readonly transport: Transport;
  readonly network: NetworkView;
  readonly store: Store;
  /** False where the store is a relay's, too, which forgets by rules of its own. */
  readonly forgetsTags: boolean;
  readonly clock: Clock;
  readonly random: Random;
  readonly backend: CurveBackend;
  readonly log: Log;
  /** 32-byte secrets: of this node's packets, and of the ticket signer of its channels. */
  readonly packetSecret: Uint8Array;
  readonly ticketSecret: Uint8Array;
  readonly payer: Payer;
}

export class Endpoint {
  readonly courier: MixCourier;
  readonly inbox: Inbox;
  readonly routing: Routing;
  readonly #parts: EndpointParts;
  readonly #links: LinkSender;
  readonly #acks: AckOutbox;
  readonly #connections: Connections;
  readonly #reconciler: IndexReconciler;
  readonly #self: NodeId;
  #malformed = 0;

  /** `onMessage` gets the data of each packet addressed to this node that is not a reply. */
  constructor(parts: EndpointParts, onMessage: (data: Uint8Array) => void) {
    const { backend, transport, network, clock, random, store, log } = parts;
    this.#parts = parts;
    this.#self = nodeIdOfPeer(transport.self);
    this.routing = new Routing(network, random, parts.payer);
    this.#acks = new AckOutbox(transport, clock);
    this.#links = new LinkSender({
      transport,
      clock,
      network,
      indexes: store.indexes,
      random,
      backend,
      log: log.child("link"),
      signingKey: parts.ticketSecret,
    });
    this.#reconciler = new IndexReconciler({
      ...{ ...parts.payer, network, backend, transport, store, clock, log: log.child("link") },
      signingKey: parts.ticketSecret,
    });
    this.#connections = new Connections({
      transport,
      network,
      clock,
      log: log.child("connections"),
      wanted: () => this.#wanted(),
    });
    this.courier = new MixCourier({
      backend,
      random,
      clock,
      links: this.#links,
      routing: this.routing,
      log: log.child("courier"),
      self: {
        id: this.#self,
        packetKey: backend.publicKey(parts.packetSecret),
      },
      lastRelays: () => this.connectedLastRelays(),
      isConnected: (relay) => this.#connections.isConnected(relay),
    });
    this.inbox = new Inbox(
      {
        backend,
        ...{ network, log, replay: store.replay, forgetsTags: parts.forgetsTags },
        packetSecret: parts.packetSecret,
        acceptance: new Acceptance(network, store.replay, this.#acks),
      },
      {
        message: onMessage,
        reply: (replyId, payload) => {
          this.courier.replied(replyId, payload);
        },
      },
    );
  }

  async start(): Promise<void> {
    await this.#parts.transport.start({
      frame: (peer, bytes) => this.#frame(peer, bytes),
      disconnected: (peer) => {
        this.#links.disconnected(peer);
      },
    });
    this.#connections.start();
    await this.#reconciler.start();
  }

  async stop(): Promise<void> {
    this.#connections.stop();
    await this.#reconciler.stop();
    this.#acks.flush();
    await this.#parts.transport.stop();
  }

  /** Last-layer relays of this era that this node is connected to, at most 8. */
  connectedLastRelays(): readonly RelayId[] {
    return this.#preferred(this.routing.relaysOf(LAST_LAYER)).filter((relay) =>
      this.#connections.isConnected(relay),
    );
  }

  /** First-layer relays that are connected and, where relays charge, paid for. */
  usableFirstRelays(): readonly RelayId[] {
    return this.routing
      .relaysOf(0)
      .filter(
        (relay) => this.routing.wayTo(relay) !== undefined && this.#connections.isConnected(relay),
      );
  }

  /** Frames that were none, or none for this kind of node. */
  get malformedFrames(): number {
    return this.#malformed;
  }

  /** Of this era, and of the next one shortly before it comes. */
  #wanted(): readonly RelayId[] {
    const { routing } = this;
    const paid = [...routing.relaysOf(0), ...routing.comingRelaysOf(0)].filter(
      (relay) => routing.wayTo(relay) !== undefined,
    );
    const last = [routing.relaysOf(LAST_LAYER), routing.comingRelaysOf(LAST_LAYER)];
    return [...new Set([...paid, ...last.flatMap((relays) => this.#preferred(relays))])];
  }

  /** Every node prefers others, so that recipients spread over the layer. */
  #preferred(relays: readonly RelayId[]): readonly RelayId[] {
    const preference = (relay: RelayId): string =>
      bytesToHex(sha256(hexToBytes(this.#self), hexToBytes(relay)));
    return relays
      .map((relay) => ({ relay, preference: preference(relay) }))
      .sort((a, b) => (a.preference < b.preference ? -1 : 1))
      .slice(0, MAX_LAST_RELAYS)
      .map(({ relay }) => relay);
  }

  async #frame(peer: PeerId, bytes: Uint8Array): Promise<void> {
    const frame = decodeFrame(bytes);
    if (frame?.kind === "acknowledgements") this.#links.acknowledged(peer, frame);
    else if (frame?.kind === "delivery") await this.inbox.take(peer, frame);
    else {
      this.#malformed += 1;
      await this.#parts.transport.disconnect(peer);
    }
  }
}
