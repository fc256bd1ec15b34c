/**
 * Six relays and their lottery on a simulated chain: cover of whole epochs is played, as far as the relays' stores
 * know of it, and the relays then commit, ask each other and claim. What the simulated lottery pays is checked
 * against the roots that were committed.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { systemClock } from "../../../../../offchain/adapters/system/clock.ts";
import { MemoryHub } from "../../../../../offchain/adapters/memory/hub.ts";
import { memoryStore } from "../../../../../offchain/adapters/memory/store.ts";
import { seededRandom } from "../../../../../offchain/adapters/memory/random.ts";
import type {
  SimulatedChain,
  SimulatedChainOptions,
} from "../../../../../offchain/adapters/simulated-chain/chain.ts";
import { readCall } from "../../../../../offchain/adapters/simulated-chain/calls.ts";
import {
  simulatedSigner,
  type SimulatedTransaction,
} from "../../../../../offchain/adapters/simulated-chain/signer.ts";
import { bytesToHex, hexToBytes, type Hex } from "../../../../../offchain/core/bytes.ts";
import {
  coverAlpha,
  coverHops,
  coverRoute,
  coverSlot,
  drawnPairs,
  outlastsSpan,
} from "../../../../../offchain/core/cover/index.ts";
import { keccak256 } from "../../../../../offchain/core/crypto/hashes.ts";
import { createBackend } from "../../../../../offchain/core/crypto/index.ts";
import { eraOf, startOf } from "../../../../../offchain/core/epochs/epochs.ts";
import {
  address,
  amount,
  epoch as toEpoch,
  era,
  seconds,
  type Epoch,
  type PeerId,
  type RelayId,
} from "../../../../../offchain/core/units.ts";
import { vrfProve, vrfPublicKey } from "../../../../../offchain/core/vrf/vrf.ts";
import type { Store } from "../../../../../offchain/ports/store.ts";
import type { ChainEvent } from "../../../../../offchain/ports/events.ts";
import type { LotteryParams, NetworkParams } from "../../../../../offchain/ports/network.ts";
import { PARAMS, relayNumber, simulatedChain } from "../../support/simulation.ts";
import { provesWay } from "./claims.ts";
import { LotteryRelay, type RelayPlace } from "./relay.ts";

export const LOTTERY: LotteryParams = {
  address: address(`0x${"5".repeat(40)}`),
  rewards: address(`0x${"6".repeat(40)}`),
  slots: 2,
  draws: 8,
  claimWindow: 2,
  routeSpan: seconds(8),
  timeTolerance: seconds(2),
  senderReward: amount(100n),
  hopReward: amount(50n),
  missesAllowed: 2,
  firstEpoch: toEpoch(0),
};

type Execution = ReturnType<SimulatedChainOptions["execute"]>;

const RELAYS = 6;
const ACCOUNT = address(`0x${"7".repeat(40)}`);

/** A cover packet that left, and where it got to. */
export interface PlayedPacket {
  readonly sender: RelayId;
  readonly slot: number;
  readonly route: readonly [RelayId, RelayId, RelayId];
  /** 16 bytes for each hop. */
  readonly tags: readonly Uint8Array[];
  /** Relays that took it. */
  readonly reached: number;
}

export interface DrawnPlay extends PlayedPacket {
  readonly draw: number;
}

export class LotteryScene {
  readonly params: NetworkParams = { ...PARAMS, epochLength: seconds(30), lottery: LOTTERY };
  readonly backend = createBackend();
  readonly hub = new MemoryHub({ clock: systemClock(), random: seededRandom("lottery") });
  readonly chain: SimulatedChain;
  readonly relays: LotteryRelay[] = [];
  /** While true, claims are refused because the rewards run short. */
  short = false;
  /** While true, commitments are refused. */
  refusesCommitments = false;
  readonly #roots = new Map<string, Hex>();
  readonly #played = new Map<Epoch, PlayedPacket[]>();
  /** Beacons that are never told. */
  readonly silent = new Set<number>();
  #beacons = 0;

  private constructor() {
    this.chain = simulatedChain({
      params: this.params,
      execute: (transaction) => this.#execute(transaction),
    });
  }

  static async create(): Promise<LotteryScene> {
    const scene = new LotteryScene();
    for (let n = 1; n <= RELAYS; n++) scene.relays.push(await LotteryRelay.create(scene.#place(n)));
    scene.chain.mine(scene.relays.flatMap((relay) => scene.#joining(relay)));
    return scene;
  }

  async stop(): Promise<void> {
    await Promise.all(this.relays.map((relay) => relay.stop()));
  }

  relay(id: RelayId): LotteryRelay {
    const found = this.relays.find((relay) => relay.id === id);
    if (found === undefined) throw new Error("no such relay");
    return found;
  }

  beacon(epoch: number): Uint8Array {
    return keccak256(new TextEncoder().encode(`beacon ${epoch}`));
  }

  /** What a relay's VRF is asked for a slot. */
  alpha(epoch: Epoch, relay: RelayId, slot: number): Uint8Array {
    const name = { relay, epoch, slot };
    return coverAlpha(this.params.chainId, LOTTERY.address, name, this.beacon(epoch - 1));
  }

  /** Somebody with the relay's agent key has committed to something else. */
  overrule(relay: RelayId, epoch: Epoch): void {
    const root = bytesToHex(keccak256(new Uint8Array(1)));
    this.chain.mine([{ kind: "replay-committed", relay, epoch, root }]);
  }

  /** To a second of an epoch; beacons of all epochs up to it come as they begin. */
  async goTo(epoch: number, second = 0): Promise<void> {
    const target = startOf(this.params, toEpoch(epoch)) + second;
    for (;;) {
      const { timestamp } = await this.chain.head();
      const next = startOf(this.params, toEpoch(this.#beacons));
      if (timestamp >= target && next > target) return;
      const told = this.#beacons;
      const due = timestamp + 1 >= next;
      if (due) this.#beacons += 1;
      this.chain.mine(
        due && !this.silent.has(told)
          ? [{ kind: "beacon-final", epoch: toEpoch(told), value: bytesToHex(this.beacon(told)) }]
          : [],
      );
    }
  }

  /** One pass of everything that the relays do, and a block with what they sent. */
  async round(relays: readonly LotteryRelay[] = this.relays): Promise<void> {
    for (const relay of relays) await relay.look();
    for (const relay of relays) await relay.step();
    this.chain.mine();
    for (const relay of relays) await relay.look();
  }

  /**
   * Cover of an epoch, into the stores of all that it reached. `stopsAt` says how many relays take a packet: three
   * unless given, and then it comes back.
   */
  async play(
    epoch: Epoch,
    stopsAt: (packet: Pick<PlayedPacket, "sender" | "slot" | "route">) => number = () => 3,
  ): Promise<PlayedPacket[]> {
    const played: PlayedPacket[] = [];
    for (const { id } of this.relays)
      for (let slot = 0; slot < LOTTERY.slots; slot++) {
        const packet = await this.#send(epoch, id, slot, stopsAt);
        if (packet !== undefined) played.push(packet);
      }
    this.#played.set(epoch, played);
    return played;
  }

  /** Those of the packets that the lottery draws, by draw. */
  drawn(epoch: Epoch, packets: readonly PlayedPacket[]): DrawnPlay[] {
    return drawnPairs(this.beacon(epoch + 2), RELAYS, LOTTERY).flatMap(
      ({ draw, position, slot }) => {
        const sender = this.relays[position]?.id;
        const found = packets.find((one) => one.sender === sender && one.slot === slot);
        return found === undefined ? [] : [{ ...found, draw }];
      },
    );
  }

  async #send(
    epoch: Epoch,
    sender: RelayId,
    slot: number,
    stopsAt: (packet: Pick<PlayedPacket, "sender" | "slot" | "route">) => number,
  ): Promise<PlayedPacket | undefined> {
    const { epochLength, meanDelay } = this.params;
    const { vrfSecret, agent } = this.relay(sender);
    const { beta } = vrfProve(vrfSecret, this.alpha(epoch, sender, slot));
    const made = coverSlot(beta, { epochLength, routeSpan: LOTTERY.routeSpan });
    await agent.indexer.step();
    const layers = agent.view.era(eraOf(this.params, epoch))?.layers;
    if (made === undefined || layers === undefined) return undefined;
    const route = coverRoute(layers, made.picks, sender);
    const keys = route.map((id) => this.#packetKey(id));
    const hops = coverHops(this.backend, made.sessionKey, keys, meanDelay);
    if (outlastsSpan(hops, LOTTERY.routeSpan)) return undefined;

    const reached = stopsAt({ sender, slot, route });
    const { cover } = this.relay(sender).store;
    await cover.begin(epoch, slot);
    let time = startOf(this.params, epoch) + made.sendSecond;
    for (const [hop, { tag, delay }] of hops.slice(0, reached).entries()) {
      const id = route[hop];
      if (id === undefined) break;
      const packet = { tag, epoch, receivedAt: seconds(time), bringer: new Uint8Array(8) };
      await this.relay(id).store.replay.accept([packet], []);
      time += Math.floor(delay / 1_000);
    }
    if (reached === 3) await cover.settle(epoch, [{ slot, state: "returned" }]);
    return { sender, slot, route, tags: hops.map(({ tag }) => tag), reached };
  }

  #place(number: number): RelayPlace {
    return {
      chain: this.chain,
      params: this.params,
      backend: this.backend,
      clock: this.hub.clock,
      firstBlock: 0,
      id: relayNumber(number),
      signer: simulatedSigner(`relay ${number}`),
      vrfSecret: secretOf("vrf", relayNumber(number)),
      store: slowStore(),
      transport: () => Promise.resolve(this.hub.transport(`peer${number}` as PeerId)),
    };
  }

  #packetKey(relay: RelayId): Uint8Array {
    return this.backend.publicKey(secretOf("packet", relay));
  }

  #joining({ id, vrfSecret, multiaddr }: LotteryRelay): ChainEvent[] {
    return [
      {
        kind: "relay-joined",
        relay: id,
        owner: ACCOUNT,
        agent: ACCOUNT,
        recipient: ACCOUNT,
        vrfKey: bytesToHex(vrfPublicKey(vrfSecret)),
        activeFrom: era(0),
      },
      { kind: "relay-announced", relay: id, multiaddr },
      {
        kind: "packet-key-changed",
        relay: id,
        packetKey: bytesToHex(this.#packetKey(id)),
        effectiveFrom: toEpoch(0),
      },
    ];
  }

  #execute(transaction: SimulatedTransaction): Execution {
    const { name, args } = readCall(transaction);
    if (name === "commitReplay") {
      const [relay, epoch, root] = args as [RelayId, Epoch, Hex];
      if (this.refusesCommitments)
        return { revert: { name: "CoverLottery_NotOwnerOrAgent", args: [] } };
      this.#roots.set(`${epoch} ${relay}`, root);
      return { events: [{ kind: "replay-committed", relay, epoch, root }] };
    }
    if (name !== "claimCover") return { events: [] };
    if (this.short) return { revert: { name: "RewardSource_Short", args: ["0", "250"] } };
    const [epoch, draw, claim] = args as [Epoch, number, Hex];
    const packet = this.drawn(epoch, this.#played.get(epoch) ?? []).find(
      (one) => one.draw === draw,
    );
    const roots = packet?.route.map((relay) => this.#roots.get(`${epoch} ${relay}`)) ?? [];
    if (packet === undefined || !provesWay(packet, epoch, hexToBytes(claim), roots))
      return { revert: { name: "CoverLottery_NotInTree", args: [] } };
    const { sender, route } = packet;
    return { events: [{ kind: "draw-claimed", sender, epoch, draw, hops: route }] };
  }
}

const secretOf = (what: string, relay: RelayId): Uint8Array =>
  keccak256(new TextEncoder().encode(`${what} ${relay}`));

/** Writes down drawn packets as slowly as a disk would, so that others are written meanwhile. */
function slowStore(): Store {
  const store = memoryStore();
  const put: Store["drawn"]["put"] = async (packet) => {
    await sleep(2);
    await store.drawn.put(packet);
  };
  return { ...store, drawn: { ...store.drawn, put } };
}
