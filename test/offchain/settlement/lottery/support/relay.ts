/** What of a relay belongs to the lottery, over a store that outlives it. */
import { ManualClock } from "../../../../../offchain/adapters/memory/clock.ts";
import { memoryStore } from "../../../../../offchain/adapters/memory/store.ts";
import { simulatedSigner } from "../../../../../offchain/adapters/simulated-chain/signer.ts";
import { keccak256 } from "../../../../../offchain/core/crypto/hashes.ts";
import { millis, type PeerId, type RelayId } from "../../../../../offchain/core/units.ts";
import { vrfProve, vrfPublicKey } from "../../../../../offchain/core/vrf/vrf.ts";
import type { Store } from "../../../../../offchain/ports/store.ts";
import type { Transport } from "../../../../../offchain/ports/transport.ts";
import { Asker } from "../../../../../offchain/settlement/lottery/asker.ts";
import { Claimer } from "../../../../../offchain/settlement/lottery/claimer.ts";
import { Committer } from "../../../../../offchain/settlement/lottery/committer.ts";
import { Draws } from "../../../../../offchain/settlement/lottery/draws.ts";
import { OwnDraws } from "../../../../../offchain/settlement/lottery/own-draws.ts";
import { ProofServer } from "../../../../../offchain/settlement/lottery/proof-server.ts";
import {
  ReplayTrees,
  type ReplayTreesOptions,
} from "../../../../../offchain/settlement/lottery/replay-trees.ts";
import type { Outbox } from "../../../../../offchain/settlement/outbox.ts";
import { Agent } from "../../support/agent.ts";
import { relayNumber } from "../../support/simulation.ts";
import type { LotteryScene } from "./scene.ts";

/** Stands between a peer's question and the relay's answer. */
export type Answering = (
  peer: PeerId,
  request: Uint8Array,
  honest: () => Promise<Uint8Array | undefined>,
) => Promise<Uint8Array | undefined>;

export class LotteryRelay {
  readonly id: RelayId;
  readonly peer: PeerId;
  readonly vrfSecret: Uint8Array;
  /** 64 bytes x ‖ y. */
  readonly vrfKey: Uint8Array;
  /** 33 bytes. */
  readonly packetKey: Uint8Array;
  readonly store: Store;
  /** Questions that were asked of this relay. */
  asked = 0;
  leastReward = 0n;
  answering: Answering = (_peer, _request, honest) => honest();
  readonly #scene: LotteryScene;
  readonly #number: number;
  #parts: Parts;

  private constructor(scene: LotteryScene, number: number, store: Store) {
    const secret = (what: string): Uint8Array =>
      keccak256(new TextEncoder().encode(`${what} of relay ${number}`));
    this.#scene = scene;
    this.#number = number;
    this.id = relayNumber(number);
    this.peer = `peer${number}` as PeerId;
    this.vrfSecret = secret("vrf");
    this.vrfKey = vrfPublicKey(this.vrfSecret);
    this.packetKey = scene.backend.publicKey(secret("packet"));
    this.store = store;
    this.#parts = this.#assemble();
  }

  static async create(
    scene: LotteryScene,
    number: number,
    store: Store = memoryStore(),
  ): Promise<LotteryRelay> {
    const relay = new LotteryRelay(scene, number, store);
    await relay.start();
    return relay;
  }

  get agent(): Agent {
    return this.#parts.agent;
  }

  get committer(): Committer {
    return this.#parts.committer;
  }

  get server(): ProofServer {
    return this.#parts.server;
  }

  get trees(): ReplayTrees {
    return this.#parts.trees;
  }

  /** Trees of its packets as `store` gives them, `kept` packets of which stay ready. */
  treesOver(store: ReplayTreesOptions["store"], kept: number): ReplayTrees {
    return new ReplayTrees({
      relay: this.id,
      store,
      clock: this.#scene.hub.clock,
      keptPackets: kept,
    });
  }

  /** Its lines, for tests that look for what must not be there. */
  get lines(): Agent["log"]["lines"] {
    return this.#parts.agent.log.lines;
  }

  /** As after a crash: nothing is left but the store. */
  async restart(): Promise<void> {
    await this.stop();
    this.#parts = this.#assemble();
    await this.start();
    await this.look();
  }

  async start(): Promise<void> {
    await this.#parts.transport.start({
      request: (peer, request) => {
        this.asked += 1;
        return this.answering(peer, request, () => this.#parts.server.answer(peer, request));
      },
    });
  }

  stop(): Promise<void> {
    return this.#parts.transport.stop();
  }

  /** Reads the chain. */
  look(): Promise<void> {
    return this.#parts.agent.indexer.step();
  }

  /** One pass of all loops. */
  async step(): Promise<void> {
    const { agent, committer, claimer, outbox } = this.#parts;
    await agent.indexer.step();
    await committer.step();
    await claimer.step();
    await outbox.step();
  }

  /** What rests, has rested. */
  rest(): void {
    this.#parts.clock.advance(millis(60_000));
  }

  #assemble(): Parts {
    const scene = this.#scene;
    const { chain, params, lottery } = scene;
    const agent = new Agent(chain, params, { store: this.store });
    const { view, log } = agent;
    // Not the view's: that one is the chain's time between blocks.
    const clock = new ManualClock();
    const transport = scene.hub.transport(this.peer);
    const outbox = agent.outbox(simulatedSigner(`relay ${this.#number}`));
    const draws = new Draws(view, lottery, scene.backend);
    const trees = new ReplayTrees({
      relay: this.id,
      store: this.store.replay,
      clock: scene.hub.clock,
    });
    const server = new ProofServer({ relay: this.id, network: view, draws, trees, clock });
    const own = new OwnDraws({
      relay: this.id,
      view,
      lottery,
      draws,
      store: this.store,
      prove: (alpha) => vrfProve(this.vrfSecret, alpha),
    });
    const claimer = new Claimer({
      relay: this.id,
      view,
      lottery,
      chain,
      outbox,
      draws: own,
      asker: new Asker({ network: view, transport, draws: own, clock }),
      clock,
      log,
      vrfKey: this.vrfKey,
      leastReward: this.leastReward,
    });
    const committer = new Committer({ relay: this.id, view, chain, outbox, trees, log });
    return { agent, clock, transport, outbox, trees, server, claimer, committer };
  }
}

interface Parts {
  readonly agent: Agent;
  readonly clock: ManualClock;
  readonly transport: Transport;
  readonly outbox: Outbox;
  readonly trees: ReplayTrees;
  readonly server: ProofServer;
  readonly claimer: Claimer;
  readonly committer: Committer;
}
