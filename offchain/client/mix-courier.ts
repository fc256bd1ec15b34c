/** Payloads across the real mixnet: a packet over a random route, a ticket to its first relay where it charges. */
import { bytesToHex } from "../core/bytes.ts";
import type { CurveBackend } from "../core/crypto/index.ts";
import {
  createForwardPacket,
  createReplyPacket,
  createSurb,
  openReply,
  type OutgoingPacket,
  type ReplyKeys,
  type RouteNode,
} from "../core/sphinx/index.ts";
import { WaybillError } from "../core/errors.ts";
import { millis, type Era, type NodeId, type RelayId } from "../core/units.ts";
import { awaitAck, type LinkOutcome } from "../link/outcome.ts";
import type { LinkSender, RelayRoute } from "../link/link-sender.ts";
import type { Settle } from "../link/unresolved.ts";
import type { Clock } from "../ports/clock.ts";
import type { Log } from "../ports/log.ts";
import type { Random } from "../ports/random.ts";
import type { RecipientAddress } from "./address.ts";
import type { Courier, PacketOutcome, ReplyBlock } from "./courier.ts";
import type { Routing } from "./routing.ts";

/** How often a sender without credit looks again, and how long it waits at most. */
const CREDIT_POLL = millis(20);
const CREDIT_PATIENCE = millis(15_000);

/** Reply blocks that may be open at a time; the oldest is forgotten first. */
const MAX_OPEN_REPLIES = 10_000;

interface Parts {
  readonly backend: CurveBackend;
  readonly random: Random;
  readonly clock: Clock;
  readonly links: LinkSender;
  readonly routing: Routing;
  readonly self: RouteNode<NodeId>;
  readonly log: Log;
  /** Last-layer relays that this node is connected to now. */
  lastRelays(): readonly RelayId[];
  isConnected(relay: RelayId): boolean;
}

interface OpenReply {
  readonly keys: ReplyKeys;
  readonly onReply: (payload: Uint8Array) => void;
}

/** Packets by what became of them on the first link; a closed list. */
export type CourierCounts = Record<LinkOutcome | "no-route", number>;

export class MixCourier implements Courier {
  readonly counts: CourierCounts = {
    acknowledged: 0,
    "no-route": 0,
    "no-channel": 0,
    "no-credit": 0,
    throttled: 0,
    "not-connected": 0,
    "peer-full": 0,
    "no-index": 0,
    "timed-out": 0,
    "passed-over": 0,
    "not-opened": 0,
  };
  readonly #parts: Parts;
  readonly #replies = new Map<string, OpenReply>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async send(to: RecipientAddress, payload: Uint8Array): Promise<PacketOutcome> {
    const { backend, random, routing } = this.#parts;
    const bytes = (length: number): Uint8Array => random.bytes(length);
    try {
      const answering = routing.reaches(to, this.#isAnswering);
      const route = routing.forward(to, answering ? this.#isAnswering : this.#isUsable);
      const { firstAck, ...packet } = createForwardPacket({
        backend,
        sessionKey: random.bytes(32),
        route,
        data: payload,
        random: bytes,
      });
      const { settle, outcome } = awaitAck(firstAck);
      return await this.#dispatch(packet, settle, outcome);
    } catch (error) {
      return this.#notMade(error);
    }
  }

  async reply(surb: Uint8Array, payload: Uint8Array): Promise<PacketOutcome> {
    try {
      const packet = createReplyPacket(surb, payload, (length) => this.#parts.random.bytes(length));
      const { promise, resolve } = Promise.withResolvers<LinkOutcome>();
      // The replier does not know the first relay's half: any answer will do.
      const settle: Settle = {
        acknowledged: () => {
          resolve("acknowledged");
          return true;
        },
        failed: resolve,
      };
      return await this.#dispatch(packet, settle, promise);
    } catch (error) {
      return this.#notMade(error);
    }
  }

  createReplyBlock(onReply: (payload: Uint8Array) => void): ReplyBlock {
    const { backend, random, routing, self } = this.#parts;
    const { surb, replyId, keys } = createSurb({
      backend,
      route: routing.back(self, this.#parts.lastRelays()),
      random: (length) => random.bytes(length),
    });
    const id = bytesToHex(replyId);
    this.#replies.set(id, { keys, onReply });
    const [oldest] = this.#replies.keys();
    if (this.#replies.size > MAX_OPEN_REPLIES && oldest !== undefined) this.#replies.delete(oldest);
    return { surb, forget: () => this.#replies.delete(id) };
  }

  era(): Era | undefined {
    return this.#parts.routing.eraNow();
  }

  reaches(to: RecipientAddress): boolean {
    return this.#parts.routing.reaches(to, this.#isUsable);
  }

  /** A reply came in under `replyId`; each block is used once. False when none is open under it. */
  replied(replyId: string, payload: Uint8Array): boolean {
    const open = this.#replies.get(replyId);
    if (open === undefined) return false;
    this.#replies.delete(replyId);
    const data = openReply(open.keys, payload);
    if (data === undefined) return false;
    open.onReply(data);
    return true;
  }

  address(): RecipientAddress {
    const { routing, self } = this.#parts;
    return {
      packetKey: self.packetKey,
      node: self.id,
      untilEra: routing.currentEra().era,
      lastRelays: this.#parts.lastRelays(),
    };
  }

  async #dispatch(
    { packet, firstRelay, firstChallenge }: OutgoingPacket,
    settle: Settle,
    outcome: Promise<LinkOutcome>,
  ): Promise<PacketOutcome> {
    const route = this.#parts.routing.wayTo(firstRelay);
    if (route === undefined) {
      this.counts["no-channel"] += 1;
      return "unanswered";
    }
    await this.#credit(route);
    this.#parts.links.send(route, packet, firstChallenge, settle);
    const result = await outcome;
    this.counts[result] += 1;
    return result === "acknowledged" ? "acknowledged" : "unanswered";
  }

  readonly #isUsable = (relay: RelayId): boolean =>
    this.#parts.routing.wayTo(relay) !== undefined && this.#parts.isConnected(relay);

  /** A first relay that acknowledges nothing is tried again later, or when all are like that. */
  readonly #isAnswering = (relay: RelayId): boolean => {
    const way = this.#parts.routing.wayTo(relay);
    return way !== undefined && this.#parts.isConnected(relay) && !this.#parts.links.isSilent(way);
  };

  async #credit(route: RelayRoute): Promise<void> {
    const { clock, links } = this.#parts;
    const deadline = clock.monotonic() + CREDIT_PATIENCE;
    while (links.credit(route) === 0 && clock.monotonic() < deadline)
      await new Promise<void>((resolve) => clock.after(CREDIT_POLL, resolve));
  }

  /** Known reasons are counted only: a line for each packet would tell when this node sends. */
  #notMade(error: unknown): PacketOutcome {
    this.counts["no-route"] += 1;
    if (!(error instanceof WaybillError))
      this.#parts.log.error("a packet could not be made", { error: String(error) });
    return "unanswered";
  }
}
