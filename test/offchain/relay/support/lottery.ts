/** A mixnet whose relays send cover: its parameters, its beacons, and what each relay's slots ought to be. */
import {
  coverAlpha,
  coverHops,
  coverRoute,
  coverSlot,
  outlastsSpan,
} from "../../../../offchain/core/cover/index.ts";
import { sha256 } from "../../../../offchain/core/crypto/index.ts";
import { startOf } from "../../../../offchain/core/epochs/epochs.ts";
import { address, amount, epoch, seconds } from "../../../../offchain/core/units.ts";
import type { Epoch, RelayId } from "../../../../offchain/core/units.ts";
import { vrfProve } from "../../../../offchain/core/vrf/vrf.ts";
import type { LotteryParams } from "../../../../offchain/ports/network.ts";
import { addressFor, backend, bytesFor } from "./identities.ts";
import { hex } from "./crafting.ts";
import { Mixnet, type MixnetOptions, type RelayNode } from "./mixnet.ts";

/** Seconds. */
export const EPOCH = 60;

export const LOTTERY: LotteryParams = {
  address: address(`0x${"5".repeat(40)}`),
  rewards: address(`0x${"6".repeat(40)}`),
  slots: 12,
  draws: 4,
  claimWindow: 4,
  routeSpan: seconds(10),
  timeTolerance: seconds(5),
  senderReward: amount(10n),
  hopReward: amount(10n),
  missesAllowed: 2,
  firstEpoch: epoch(0),
};

/** The beacon of every epoch in a test. */
export const beaconOf = (at: number): Uint8Array =>
  sha256(new TextEncoder().encode(`beacon ${at}`));

/** One cover packet as it ought to be. */
export interface ExpectedSlot {
  readonly slot: number;
  /** Milliseconds of chain time. */
  readonly leavesAt: number;
  readonly route: readonly RelayId[];
  /** At the three relays and at the sender, in hexadecimal. */
  readonly tags: readonly string[];
}

export class CoverNet extends Mixnet {
  constructor(options: MixnetOptions = {}, lottery: Partial<LotteryParams> = {}) {
    super({
      perLayer: 2,
      ...options,
      params: {
        epochLength: seconds(EPOCH),
        eraLength: 100,
        lottery: { ...LOTTERY, ...lottery },
        ...options.params,
      },
    });
    if (this.free) return;
    for (const from of this.relays)
      for (const to of this.layers[0])
        if (from !== to) this.network.openFromRelay(from.id, addressFor(from.ticketKey), to.id);
  }

  /** The slots of `node` that have a packet, by the time at which it leaves. */
  expected(node: RelayNode, at: number, seed = beaconOf(at - 1)): readonly ExpectedSlot[] {
    const { slots } = this.network.params.lottery ?? LOTTERY;
    return Array.from({ length: slots }, (_, slot) => this.#slot(node, epoch(at), slot, seed))
      .filter((slot) => slot !== undefined)
      .sort((a, b) => a.leavesAt - b.leavesAt);
  }

  /** Lets the beacons of these epochs come. */
  beacons(...epochs: readonly number[]): void {
    for (const at of epochs) this.network.setBeacon(at, beaconOf(at));
  }

  /** Runs until this many seconds of chain time. */
  async until(second: number): Promise<void> {
    await this.run(second * 1_000 - this.network.chainMillis());
    this.network.changed();
    await this.run(0);
  }

  #slot(node: RelayNode, at: Epoch, slot: number, seed: Uint8Array): ExpectedSlot | undefined {
    const { params } = this.network;
    const lottery = params.lottery ?? LOTTERY;
    const name = { relay: node.id, epoch: at, slot };
    const alpha = coverAlpha(params.chainId, lottery.address, name, seed);
    const timing = { epochLength: params.epochLength, routeSpan: lottery.routeSpan };
    const fixed = coverSlot(vrfProve(bytesFor(`vrf key ${node.label}`), alpha).beta, timing);
    const view = this.network.era(0 as never);
    if (fixed === undefined || view === undefined) return undefined;
    const route = coverRoute(view.layers, fixed.picks, node.id);
    const nodes = [...route, node.id].map((id) => this.relays.find((relay) => relay.id === id));
    const keys = nodes.map((one) => backend.publicKey((one ?? node).packetKey));
    const hops = coverHops(backend, fixed.sessionKey, keys, params.meanDelay);
    if (outlastsSpan(hops.slice(0, 3), lottery.routeSpan)) return undefined;
    const leavesAt = (startOf(params, at) + fixed.sendSecond) * 1_000 + fixed.sendMillis;
    return { slot, leavesAt, route, tags: hops.map(({ tag }) => hex(tag)) };
  }
}
