/** The packets of this relay's cover slots: what the VRF fixes of them, and the bytes that leave. */
import {
  coverAlpha,
  coverHops,
  coverRoute,
  coverSlot,
  outlastsSpan,
} from "../../core/cover/index.ts";
import type { CurveBackend } from "../../core/crypto/backend.ts";
import { inForce, startOf } from "../../core/epochs/epochs.ts";
import type { Route as Hops } from "../../core/layers/route.ts";
import { createForwardPacket } from "../../core/sphinx/index.ts";
import type { RouteNode } from "../../core/sphinx/index.ts";
import { millis, secondsToMillis } from "../../core/units.ts";
import type { Epoch, Era, Millis, NodeId, RelayId } from "../../core/units.ts";
import { vrfOutput } from "../../core/vrf/vrf.ts";
import type { EraView, LotteryParams, NetworkView } from "../../ports/network.ts";
import type { Random } from "../../ports/random.ts";
import type { UnsentReason } from "../../ports/store.ts";

/** A packet that will leave, and how it is known when it comes back. */
export interface PlannedPacket {
  readonly epoch: Epoch;
  readonly slot: number;
  readonly era: Era;
  /** In chain time. */
  readonly leavesAt: Millis;
  readonly sessionKey: Uint8Array;
  readonly hops: Hops;
  /** At this relay as its recipient, 16 bytes. */
  readonly tag: Uint8Array;
}

export interface SlotPacketsParts {
  readonly self: RelayId;
  /** Under which the last relay knows this one as a recipient. */
  readonly node: NodeId;
  readonly network: NetworkView;
  readonly lottery: LotteryParams;
  readonly backend: CurveBackend;
  readonly random: Random;
  /** 32-byte secret of the relay's VRF key. */
  readonly vrfKey: Uint8Array;
}

export class SlotPackets {
  readonly #parts: SlotPacketsParts;

  constructor(parts: SlotPacketsParts) {
    this.#parts = parts;
  }

  /**
   * What the slot fixes, out of the epoch's seed (32 bytes) and its era, which needs six relays; or why it has
   * no packet. Takes some milliseconds.
   */
  plan(epoch: Epoch, slot: number, seed: Uint8Array, view: EraView): PlannedPacket | UnsentReason {
    const { self, network, lottery, backend, vrfKey } = this.#parts;
    const { params } = network;
    const alpha = coverAlpha(params.chainId, lottery.address, { relay: self, epoch, slot }, seed);
    const timing = { epochLength: params.epochLength, routeSpan: lottery.routeSpan };
    const fixed = coverSlot(vrfOutput(vrfKey, alpha), timing);
    if (fixed === undefined) return "void";
    const { picks, sessionKey, sendSecond, sendMillis } = fixed;
    const hops = coverRoute(view.layers, picks, self);
    const keys = [...hops, self].flatMap((relay) => this.#packetKey(relay, epoch) ?? []);
    if (keys.length <= hops.length) return "no-key";
    const seen = coverHops(backend, sessionKey, keys, params.meanDelay);
    const own = seen.at(-1);
    if (own === undefined || outlastsSpan(seen.slice(0, -1), lottery.routeSpan)) return "void";
    const leavesAt = secondsToMillis(startOf(params, epoch)) + secondsToMillis(sendSecond);
    return {
      ...{ epoch, slot, sessionKey, hops },
      era: view.era,
      leavesAt: millis(leavesAt + sendMillis),
      tag: own.tag,
    };
  }

  /** The packet as it leaves; undefined when a key that was in force in its epoch is known no more. */
  make(planned: PlannedPacket): ReturnType<typeof createForwardPacket> | undefined {
    const { self, node, backend, random } = this.#parts;
    const { epoch, era, hops, sessionKey } = planned;
    const relays = hops.flatMap((id): RouteNode<RelayId>[] => {
      const packetKey = this.#packetKey(id, epoch);
      return packetKey === undefined ? [] : [{ id, packetKey }];
    });
    const packetKey = this.#packetKey(self, epoch);
    if (packetKey === undefined || relays.length < hops.length) return undefined;
    return createForwardPacket({
      backend,
      sessionKey,
      route: { relays, recipient: { id: node, packetKey }, trafficClass: "low-latency", era },
      data: new Uint8Array(0),
      random: (length) => random.bytes(length),
    });
  }

  #packetKey(relay: RelayId, epoch: Epoch): Uint8Array | undefined {
    const keys = this.#parts.network.relay(relay)?.packetKeys ?? [];
    return inForce(keys, epoch)?.key;
  }
}
