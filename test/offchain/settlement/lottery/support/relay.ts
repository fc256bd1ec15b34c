/** What of a relay belongs to the lottery, over a store that outlives it. */
import { ManualClock } from "../../../../../offchain/adapters/memory/clock.ts";
import type { CurveBackend } from "../../../../../offchain/core/crypto/backend.ts";
import { millis, type PeerId, type RelayId } from "../../../../../offchain/core/units.ts";
import { vrfProve, vrfPublicKey } from "../../../../../offchain/core/vrf/vrf.ts";
import type { Chain, TransactionSigner } from "../../../../../offchain/ports/chain.ts";
import type { Clock } from "../../../../../offchain/ports/clock.ts";
import type { LotteryParams, NetworkParams } from "../../../../../offchain/ports/network.ts";
import type { Store } from "../../../../../offchain/ports/store.ts";
import type { Transport } from "../../../../../offchain/ports/transport.ts";
import { Asker } from "../../../../../offchain/settlement/lottery/asker.ts";
import { Claimer } from "../../../../../offchain/settlement/lottery/claimer.ts";
import { Committer } from "../../../../../offchain/settlement/lottery/committer.ts";
import { Draws } from "../../../../../offchain/settlement/lottery/draws.ts";
import { TREE_PACKETS } from "../../../../../offchain/settlement/lottery/limits.ts";
import { OwnDraws } from "../../../../../offchain/settlement/lottery/own-draws.ts";
import { ProofServer } from "../../../../../offchain/settlement/lottery/proof-server.ts";
import {
  ReplayTrees,
  type ReplayTreesOptions,
} from "../../../../../offchain/settlement/lottery/replay-trees.ts";
import type { Outbox } from "../../../../../offchain/settlement/outbox.ts";
import { Agent } from "../../support/agent.ts";

/** Stands between a peer's question and the relay's answer. */
export type Answering = (
  peer: PeerId,
  request: Uint8Array,
  honest: () => Promise<Uint8Array | undefined>,
) => Promise<Uint8Array | undefined>;

/** Where a relay is, and who it is. */
export interface RelayPlace {
  readonly chain: Chain;
  readonly params: NetworkParams;
  readonly backend: CurveBackend;
  /** Of its connections. */
  readonly clock: Clock;
  readonly firstBlock: number;
  readonly id: RelayId;
  readonly signer: TransactionSigner;
  readonly vrfSecret: Uint8Array;
  readonly store: Store;
  /** A new one at every start, always under the same peer id. */
  readonly transport: () => Promise<Transport>;
}

export class LotteryRelay {
  readonly id: RelayId;
  readonly peer: PeerId;
  readonly vrfSecret: Uint8Array;
  readonly store: Store;
  /** Questions that were asked of this relay. */
  asked = 0;
  /** Of the next start. */
  tokenPrice: bigint | undefined;
  answering: Answering = (_peer, _request, honest) => honest();
  readonly #place: RelayPlace;
  #parts: Parts;

  private constructor(place: RelayPlace, transport: Transport) {
    this.#place = place;
    this.id = place.id;
    this.peer = transport.self;
    this.vrfSecret = place.vrfSecret;
    this.store = place.store;
    this.#parts = this.#assemble(transport);
  }

  static async create(place: RelayPlace): Promise<LotteryRelay> {
    const relay = new LotteryRelay(place, await place.transport());
    await relay.#start();
    return relay;
  }

  /** Where it can be dialled. */
  get multiaddr(): string {
    return this.#parts.transport.addresses()[0] ?? "";
  }

  get agent(): Agent {
    return this.#parts.agent;
  }

  get committer(): Committer {
    return this.#parts.committer;
  }

  get claimer(): Claimer {
    return this.#parts.claimer;
  }

  get server(): ProofServer {
    return this.#parts.server;
  }

  get trees(): ReplayTrees {
    return this.#parts.trees;
  }

  get draws(): Draws {
    return this.#parts.draws;
  }

  /** Trees of its packets as `store` gives them, `kept` packets of which stay ready. */
  treesOver(store: ReplayTreesOptions["store"], kept = TREE_PACKETS): ReplayTrees {
    const { clock, params } = this.#place;
    return new ReplayTrees({
      ...{ relay: this.id, lottery: lotteryOf(params), store, clock, keptPackets: kept },
    });
  }

  /** Its lines, for tests that look for what must not be there. */
  get lines(): Agent["log"]["lines"] {
    return this.#parts.agent.log.lines;
  }

  /** As after a crash: nothing is left but the store. */
  async restart(): Promise<void> {
    await this.stop();
    this.#parts = this.#assemble(await this.#place.transport());
    await this.#start();
    await this.look();
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

  #start(): Promise<void> {
    return this.#parts.transport.start({
      request: (peer, request) => {
        this.asked += 1;
        return this.answering(peer, request, () => this.#parts.server.answer(peer, request));
      },
    });
  }

  #assemble(transport: Transport): Parts {
    const { chain, params, backend, signer, firstBlock } = this.#place;
    const lottery = lotteryOf(params);
    const agent = new Agent(chain, params, { store: this.store, firstBlock });
    const { view, log } = agent;
    // Not the view's: that one is the chain's time between blocks.
    const clock = new ManualClock();
    const outbox = agent.outbox(signer);
    const draws = new Draws(view, lottery, backend);
    const trees = this.treesOver(this.store.replay);
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
      vrfKey: vrfPublicKey(this.vrfSecret),
      tokenPrice: this.tokenPrice,
    });
    const committer = new Committer({ relay: this.id, view, chain, outbox, trees, log });
    return { agent, clock, transport, outbox, draws, trees, server, claimer, committer };
  }
}

function lotteryOf({ lottery }: NetworkParams): LotteryParams {
  if (lottery === undefined) throw new Error("the network has a lottery");
  return lottery;
}

interface Parts {
  readonly agent: Agent;
  readonly clock: ManualClock;
  readonly transport: Transport;
  readonly outbox: Outbox;
  readonly draws: Draws;
  readonly trees: ReplayTrees;
  readonly server: ProofServer;
  readonly claimer: Claimer;
  readonly committer: Committer;
}
