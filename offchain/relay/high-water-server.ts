/**
 * Tells payers that came back from a backup the highest index that this relay has taken on their channels. Each
 * question is signed by the channel's ticket signer for the very peer that asks, and the answer is what that
 * payer has signed itself: nobody learns anything of anybody else.
 */
import type { CurveBackend } from "../core/crypto/backend.ts";
import { HolderRates } from "../core/requests/holder-rates.ts";
import {
  decodeHighWaterQuestion,
  encodeHighWater,
  highWaterDigest,
} from "../core/tickets/high-water.ts";
import { recoverTicketSigner, ticketDomain, type TicketDomain } from "../core/tickets/index.ts";
import type { PeerId, RelayId } from "../core/units.ts";
import { nodeIdOfPeer } from "../core/wire/node-id.ts";
import type { Clock } from "../ports/clock.ts";
import type { NetworkView } from "../ports/network.ts";
import type { HighWaters } from "./high-waters.ts";
import * as limits from "./limits.ts";

const CHECKS = {
  each: { perSecond: limits.HIGH_WATER_CHECKS_PER_SECOND, burst: limits.HIGH_WATER_CHECK_BURST },
  strangers: {
    perSecond: limits.STRANGERS_HIGH_WATER_CHECKS_PER_SECOND,
    burst: limits.STRANGERS_HIGH_WATER_CHECK_BURST,
  },
  remembered: limits.HIGH_WATER_PEERS_LIMIT,
};

export interface HighWaterServerParts {
  readonly self: RelayId;
  readonly network: NetworkView;
  readonly backend: CurveBackend;
  readonly highWaters: HighWaters;
  readonly clock: Clock;
  /** Whether a relay of the layers announces this peer. */
  readonly isRelay: (peer: PeerId) => boolean;
}

export class HighWaterServer {
  readonly #parts: HighWaterServerParts;
  readonly #domain: TicketDomain;
  readonly #checks: HolderRates<PeerId>;

  constructor(parts: HighWaterServerParts) {
    this.#parts = parts;
    const { chainId, channels } = parts.network.params;
    this.#domain = ticketDomain(chainId, channels);
    this.#checks = new HolderRates(CHECKS, parts.clock.monotonic());
  }

  /** Whether the request is for this server. */
  static takes(request: Uint8Array): boolean {
    return decodeHighWaterQuestion(request) !== undefined;
  }

  /** The answer; undefined for a question that deserves none. */
  answer(peer: PeerId, request: Uint8Array): Uint8Array | undefined {
    const { self, network, backend, highWaters, clock, isRelay } = this.#parts;
    const question = decodeHighWaterQuestion(request);
    const channel = question && network.channel(question.channel);
    if (question === undefined || channel?.relay !== self) return undefined;
    if (!this.#checks.take(peer, !isRelay(peer), clock.monotonic())) return undefined;
    const digest = highWaterDigest(this.#domain, channel.id, nodeIdOfPeer(peer));
    const signer = recoverTicketSigner(backend, digest, question.signature);
    if (signer !== channel.ticketSigner) return undefined;
    return encodeHighWater(highWaters.of(channel.id));
  }
}
