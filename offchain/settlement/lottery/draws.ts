/** What was drawn of an epoch, and what the VRF output of a drawn slot reveals of its packet (docs/protocol.md §10). */
import { bytesToHex } from "../../core/bytes.ts";
import {
  coverAlpha,
  coverHops,
  coverRoute,
  coverSlot,
  drawnPairs,
  lastClaimEpoch,
  LEAST_COVER_RELAYS,
  oldestClaimable,
  outlastsSpan,
  type DrawnPair,
  type PerHop,
} from "../../core/cover/index.ts";
import type { CurveBackend } from "../../core/crypto/backend.ts";
import { epochAt, eraOf, startOf } from "../../core/epochs/epochs.ts";
import type { Route } from "../../core/layers/route.ts";
import {
  epoch as toEpoch,
  seconds,
  type Epoch,
  type RelayId,
  type Seconds,
} from "../../core/units.ts";
import type { EraView, LotteryParams, NetworkView } from "../../ports/network.ts";

/** A pair that was drawn, and whose it is. */
export interface OwnedPair extends DrawnPair {
  readonly sender: RelayId;
}

export interface EpochDraws {
  readonly epoch: Epoch;
  readonly seed: Uint8Array;
  readonly era: EraView;
  /** In the order of their draws. */
  readonly pairs: readonly OwnedPair[];
}

/** The packet of a drawn slot. */
export interface RevealedPacket {
  /** 32 bytes. */
  readonly sessionKey: Uint8Array;
  readonly send: Seconds;
  readonly route: Route;
  /** The relays' keys in force in the epoch, 33 bytes each. */
  readonly packetKeys: PerHop<Uint8Array>;
  /** What each relay's replay database holds of the packet, 16 bytes each. */
  readonly tags: PerHop<Uint8Array>;
}

export class Draws {
  readonly #network: NetworkView;
  readonly #lottery: LotteryParams;
  readonly #backend: CurveBackend;
  readonly #known = new Map<Epoch, { readonly beacon: string; readonly draws: EpochDraws }>();

  constructor(network: NetworkView, lottery: LotteryParams, backend: CurveBackend) {
    this.#network = network;
    this.#lottery = lottery;
    this.#backend = backend;
  }

  /** Epochs whose draws are kept. */
  get epochs(): readonly Epoch[] {
    return [...this.#known.keys()];
  }

  /** Undefined while nothing is drawn of `epoch`, and when nothing of it can be claimed any more. */
  of(epoch: Epoch): EpochDraws | undefined {
    const { params } = this.#network;
    const current = epochAt(params, this.#network.chainTime()) ?? toEpoch(0);
    if (current > lastClaimEpoch(this.#lottery, epoch)) return undefined;
    const beacon = this.#network.draw(epoch);
    if (beacon === undefined) return undefined;
    const name = bytesToHex(beacon);
    const known = this.#known.get(epoch);
    if (known?.beacon === name) return known.draws;
    const draws = this.#make(epoch, beacon);
    this.#forgetBefore(oldestClaimable(this.#lottery, current));
    if (draws !== undefined) this.#known.set(epoch, { beacon: name, draws });
    return draws;
  }

  /** What the sender's VRF is asked for a drawn slot. */
  alpha({ epoch, seed }: EpochDraws, { sender, slot }: OwnedPair): Uint8Array {
    const { chainId } = this.#network.params;
    return coverAlpha(chainId, this.#lottery.address, { relay: sender, epoch, slot }, seed);
  }

  /** The packet that VRF output `beta` stands for; undefined for a void slot. */
  reveal(
    { epoch, era }: EpochDraws,
    { sender }: OwnedPair,
    beta: Uint8Array,
  ): RevealedPacket | undefined {
    const { params } = this.#network;
    const { routeSpan } = this.#lottery;
    const slot = coverSlot(beta, { epochLength: params.epochLength, routeSpan });
    if (slot === undefined) return undefined;
    const route = coverRoute(era.layers, slot.picks, sender);
    const packetKeys = route.map((relay) => this.#keyInForce(relay, epoch));
    if (!packetKeys.every((key) => key !== undefined)) return undefined;
    const hops = coverHops(this.#backend, slot.sessionKey, packetKeys, params.meanDelay);
    if (outlastsSpan(hops, routeSpan)) return undefined;
    return {
      sessionKey: slot.sessionKey,
      send: seconds(startOf(params, epoch) + slot.sendSecond),
      route,
      packetKeys: packetKeys as unknown as PerHop<Uint8Array>,
      tags: hops.map(({ tag }) => tag) as unknown as PerHop<Uint8Array>,
    };
  }

  #forgetBefore(oldest: Epoch): void {
    for (const epoch of this.#known.keys()) if (epoch < oldest) this.#known.delete(epoch);
  }

  #make(epoch: Epoch, beacon: Uint8Array): EpochDraws | undefined {
    const seed = this.#network.seed(epoch);
    const era = this.#network.era(eraOf(this.#network.params, epoch));
    if (seed === undefined || era === undefined || era.order.length < LEAST_COVER_RELAYS)
      return undefined;
    const pairs = drawnPairs(beacon, era.order.length, this.#lottery).flatMap((pair) => {
      const sender = era.order[pair.position];
      return sender === undefined ? [] : [{ ...pair, sender }];
    });
    return { epoch, seed, era, pairs };
  }

  #keyInForce(relay: RelayId, epoch: Epoch): Uint8Array | undefined {
    const keys = this.#network.relay(relay)?.packetKeys ?? [];
    return keys.findLast(({ effectiveFrom }) => effectiveFrom <= epoch)?.key;
  }
}
