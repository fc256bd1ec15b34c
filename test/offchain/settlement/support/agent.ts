/** One agent of the tests: the indexed view of a chain, a store, and an outbox for each account, stepped by hand. */
import { ManualClock } from "../../../../offchain/adapters/memory/clock.ts";
import { memoryStore } from "../../../../offchain/adapters/memory/store.ts";
import { millis } from "../../../../offchain/core/units.ts";
import type { Chain, TransactionSigner } from "../../../../offchain/ports/chain.ts";
import type { NetworkParams } from "../../../../offchain/ports/network.ts";
import type { Store } from "../../../../offchain/ports/store.ts";
import { Indexer } from "../../../../offchain/settlement/indexer.ts";
import { Outbox } from "../../../../offchain/settlement/outbox.ts";
import type { AccountActions } from "./actions.ts";
import { IndexedView } from "../../../../offchain/settlement/view.ts";
import { recordingLog } from "./simulation.ts";

export interface AgentOptions {
  readonly firstBlock?: number;
  readonly store?: Store;
  readonly window?: number;
  readonly blocksPerRead?: number;
  readonly confirmations?: number;
  readonly checkpointEvery?: number | undefined;
  /** VRF key of the relay whose redemptions its view keeps. */
  readonly redeemer?: Uint8Array | undefined;
}

export class Agent {
  readonly chain: Chain;
  readonly params: NetworkParams;
  readonly store: Store;
  readonly clock = new ManualClock();
  readonly log = recordingLog();
  readonly view: IndexedView;
  readonly indexer: Indexer;
  readonly confirmations: number;

  constructor(chain: Chain, params: NetworkParams, options: AgentOptions = {}) {
    this.chain = chain;
    this.params = params;
    this.confirmations = options.confirmations ?? 1;
    this.store = options.store ?? memoryStore();
    this.view = new IndexedView(params, this.clock, options.redeemer);
    this.indexer = new Indexer({
      chain,
      store: this.store.chain,
      view: this.view,
      clock: this.clock,
      log: this.log,
      firstBlock: options.firstBlock ?? 0,
      interval: millis(10),
      longestPause: millis(100),
      blocksPerRead: options.blocksPerRead ?? 1_000,
      window: options.window ?? 64,
      confirmations: this.confirmations,
      checkpointEvery: options.checkpointEvery,
    });
  }

  outbox(signer: TransactionSigner): Outbox {
    return new Outbox({
      chain: this.chain,
      store: this.store.outbox,
      signer,
      chainId: this.params.chainId,
      clock: this.clock,
      log: this.log,
      confirmations: this.confirmations,
      interval: millis(10),
      longestPause: millis(100),
      rebroadcastAfter: millis(0),
      bumpAfter: millis(60_000),
      maxFee: 10n ** 12n,
      undecided: "wait",
    });
  }

  /** Does `work` as `signer`, whose outbox is stepped until the work has come to its end. */
  async as<Result>(
    signer: TransactionSigner,
    work: (account: AccountActions) => Promise<Result>,
  ): Promise<Result> {
    const outbox = this.outbox(signer);
    const { chain, params } = this;
    const progress = { ended: false };
    const result = work({ chain, params, outbox }).finally(() => {
      progress.ended = true;
    });
    result.catch(() => undefined);
    while (!progress.ended) {
      await outbox.step();
      await new Promise((resolve) => setImmediate(resolve));
    }
    return result;
  }
}
