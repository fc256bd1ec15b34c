/** What every running node stands on: clock, log, database, chain, and the indexed state of the network. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";

import { openEndpoints } from "../adapters/endpoints/chain.ts";
import { connectChain } from "../adapters/ethers/chain.ts";
import { bindToDeployment } from "../adapters/sqlite/deployment.ts";
import { openSqliteStore, type SqliteStore } from "../adapters/sqlite/store.ts";
import { systemClock } from "../adapters/system/clock.ts";
import { freeBytes } from "../adapters/system/disk.ts";
import { lineLog } from "../adapters/system/log.ts";
import { systemRandom } from "../adapters/system/random.ts";
import type { Deployment } from "../core/deployment.ts";
import { WaybillError, hasCode } from "../core/errors.ts";
import { millis, type Millis } from "../core/units.ts";
import type { Chain, TransactionSigner } from "../ports/chain.ts";
import type { Clock } from "../ports/clock.ts";
import type { Log } from "../ports/log.ts";
import type { Random } from "../ports/random.ts";
import { CHECKPOINT_EVENTS } from "../settlement/checkpoints.ts";
import { Indexer } from "../settlement/indexer.ts";
import { Outbox, type OutboxOptions } from "../settlement/outbox.ts";
import { IndexedView } from "../settlement/view.ts";
import { requireFinished } from "./backup/placing.ts";
import { firstView } from "./first-view.ts";
import { SILENT, unchangedOutbox, type IdleOutbox } from "./idle.ts";
import { Lifetime } from "./lifetime.ts";
import { readNetwork, requireNetwork } from "./networks.ts";
import type { Stage } from "./report/health.ts";
import type { CommonOptions } from "./settings.ts";
import { endsWithin, wait } from "./wait.ts";

const RPC_TIMEOUT = millis(20_000);
const CHAIN_RETRY = millis(2_000);
/** For which a command that a person or a script waits for tries to reach the chain. */
const PATIENCE = millis(30_000);
/** How often endpoints are looked at that are not in use, and from how far behind one is left out. */
const PROBE_EVERY = millis(5_000);
const ENDPOINT_LAG = millis(60_000);
const LONGEST_PAUSE = millis(30_000);
const REBROADCAST = millis(15_000);
const BUMP = millis(45_000);
/** Wei per gas, unless `--max-fee` says otherwise. */
const MAX_FEE = 500n * 10n ** 9n;
/** For calls to the chain that are under way when the node is closed. */
const CALLS_PATIENCE = millis(1_000);
/** For a database that another process has open, and between two tries. */
const LOCK_PATIENCE = millis(10_000);
const LOCK_RETRY = millis(250);
/** Deeper reorgs than this make the indexer read everything again. */
const REORG_WINDOW = 256;
const BLOCKS_PER_READ = 2_000;

/** Chain id of a chain of one's own, whose blocks nobody replaces. */
const LOCAL_CHAIN = 31337n;
const USUAL_CONFIRMATIONS = 12;
/** What is not confirmed must lie within the window of reorgs that are undone. */
const MOST_CONFIRMATIONS = REORG_WINDOW / 2;

/** One process at a time has a database open, and commands must work beside a running agent. */
export const DATABASES = {
  /** Of the running relay, sender or recipient. */
  agent: "waybill.db",
  /** The same, for commands that need what is in it while the agent is stopped. */
  visit: "waybill.db",
  /** Of commands that send a transaction: an interrupted one is finished by the next, not sent twice. */
  commands: "commands.db",
  /** Of who watches for a relay on another machine. */
  watch: "watch.db",
} as const;
type Database = keyof typeof DATABASES;

/** What is told of a node while it opens. */
export interface Opening {
  readonly log: Log;
  reached(stage: Stage): void;
}

export interface Node extends Opening {
  readonly clock: Clock;
  readonly random: Random;
  readonly store: SqliteStore;
  readonly chain: Chain;
  readonly view: IndexedView;
  readonly interval: Millis;
  /** Most that a transaction of this node offers for a unit of gas, in wei. */
  readonly maxFee: bigint;
  /** How long the chain has not told its newest block. */
  chainSilence(): Millis;
  /** Aborted as soon as the node is to stop. */
  readonly over: AbortSignal;
  /** Bytes left on the disk of the data folder. */
  freeBytes(): number;
  /** One for each account; it sends as soon as it is there. */
  outbox(signer: TransactionSigner): Outbox;
  /** One that only tells what became of transactions, and writes nothing. */
  idleOutbox(signer: TransactionSigner): IdleOutbox;
  /** Closes it once, however often it is called. */
  close(): Promise<void>;
}

/** How a node is opened where not as usual. */
export interface Manner {
  readonly opening?: Opening;
  readonly lifetime?: Lifetime;
  /** VRF key (64 bytes x ‖ y) of the relay whose tickets are redeemed here. */
  readonly redeemer?: Uint8Array;
}

/**
 * Opens `database` in the folder `options.data`, waits for the chain, and follows it. Resolves once the view
 * shows the chain; rejects with the reason of `lifetime.over` when the node is to stop before. A disk that fails
 * later ends the lifetime.
 */
export async function openNode(
  options: CommonOptions,
  database: Database,
  { opening = unwatched(options), lifetime = new Lifetime(), redeemer }: Manner = {},
): Promise<Node> {
  const { over } = lifetime;
  const { deployment } = readNetwork(options.network);
  const clock = systemClock();
  const { log } = opening;
  const reached = (stage: Stage): void => {
    opening.reached(stage);
  };
  const interval = millis(options.poll);
  const maxFee = options.maxFee ?? MAX_FEE;
  const confirmations = confirmationsOf(options, deployment.chainId);
  const store = await openStore(options.data, database, clock, lifetime);
  const opened = new AsyncDisposableStack();
  let closing: Promise<void> | undefined;
  opened.defer(() => store.close());
  reached("reaching-chain");
  const patience = database === "agent" ? undefined : PATIENCE;
  try {
    const chain = await reachChain(options.rpcUrl, deployment, { clock, log, over, patience });
    const followers: { stop(): Promise<void> }[] = [];
    opened.defer(async () => {
      const settled = Promise.all(followers.map((one) => one.stop()));
      await endsWithin(clock, CALLS_PATIENCE, settled);
      // Ends the calls that are still under way; what they were for is in the database.
      await chain.close();
      await settled;
    });
    const params = await chain.params();
    reached("reading-chain");
    await bindToDeployment(store, params);
    const view = new IndexedView(params, clock, redeemer);
    const indexer = new Indexer({
      chain,
      store: store.chain,
      view,
      clock,
      log: log.child("indexer"),
      firstBlock: deployment.block,
      interval,
      longestPause: LONGEST_PAUSE,
      blocksPerRead: BLOCKS_PER_READ,
      window: REORG_WINDOW,
      confirmations,
      // A visitor does not know whose redemptions are to be kept.
      checkpointEvery: database === "visit" ? undefined : CHECKPOINT_EVENTS,
    });
    const openedAt = clock.monotonic();
    const createOutbox = (signer: TransactionSigner, change?: Partial<OutboxOptions>): Outbox =>
      new Outbox({
        chain,
        store: store.outbox,
        signer,
        chainId: params.chainId,
        clock,
        log: log.child("outbox"),
        confirmations,
        interval,
        longestPause: LONGEST_PAUSE,
        rebroadcastAfter: REBROADCAST,
        bumpAfter: BUMP,
        maxFee,
        undecided: database === "agent" || database === "watch" ? "wait" : "give-up",
        ...change,
      });
    chain.onHead(() => {
      indexer.hurry();
    });
    followers.push(indexer);
    indexer.start();
    await firstView(view, clock, over, patience);
    return {
      clock,
      random: systemRandom(),
      log,
      store,
      chain,
      view,
      interval,
      maxFee,
      reached,
      chainSilence: () => millis(clock.monotonic() - (indexer.answeredAt ?? openedAt)),
      over,
      freeBytes: () => freeBytes(options.data),
      outbox(signer) {
        const outbox = createOutbox(signer);
        followers.push(outbox);
        outbox.start();
        return outbox;
      },
      idleOutbox: (signer) =>
        createOutbox(signer, { store: unchangedOutbox(store.outbox), log: SILENT }),
      close: () => (closing ??= opened.disposeAsync()),
    };
  } catch (error) {
    // What was wrong first is what is told.
    await opened.disposeAsync().catch(() => undefined);
    throw error;
  }
}

const unwatched = ({ json, logLevel }: CommonOptions): Opening => ({
  log: lineLog({ format: json ? "json" : "pretty", level: logLevel, clock: systemClock() }),
  reached: () => undefined,
});

/** Opens a node for `task` and closes it whatever becomes of it. */
export async function withNode(
  options: CommonOptions,
  database: Database,
  task: (node: Node) => Promise<void>,
  manner?: Manner,
): Promise<void> {
  const node = await openNode(options, database, manner);
  try {
    await task(node);
  } finally {
    await node.close();
  }
}

function confirmationsOf({ confirmations }: CommonOptions, chainId: bigint): number {
  if (confirmations === undefined) return chainId === LOCAL_CHAIN ? 1 : USUAL_CONFIRMATIONS;
  if (confirmations <= MOST_CONFIRMATIONS) return confirmations;
  throw new WaybillError("OPTION_INVALID", {
    what: "--confirmations",
    got: confirmations,
    allowed: `1 to ${MOST_CONFIRMATIONS}`,
  });
}

/** A command that only looks has the database for a moment: an agent that starts meanwhile waits for it. */
async function openStore(
  folder: string,
  database: Database,
  clock: Clock,
  lifetime: Lifetime,
): Promise<SqliteStore> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  requireFinished(folder);
  const deadline = clock.monotonic() + LOCK_PATIENCE;
  for (;;)
    try {
      return await openSqliteStore({
        path: join(folder, DATABASES[database]),
        onBroken: (error) => {
          lifetime.fail(error);
        },
      });
    } catch (error) {
      if (!hasCode(error, "STORE_LOCKED") || clock.monotonic() > deadline) throw error;
      await wait(clock, LOCK_RETRY, lifetime.over);
    }
}

/** A chain that is down at start is a warning, and tried again until it answers, or until patience ends. */
async function reachChain(
  urls: readonly string[],
  deployment: Deployment,
  {
    clock,
    log,
    over,
    patience,
  }: Pick<Node, "clock" | "log" | "over"> & { readonly patience: Millis | undefined },
): Promise<Chain> {
  const started = clock.monotonic();
  const open = urls.map((url) => async () => {
    const { channels } = deployment;
    const chain = await connectChain({ url, timeout: RPC_TIMEOUT, channels });
    try {
      requireNetwork(deployment, await chain.params());
    } catch (error) {
      await chain.close();
      throw error;
    }
    return chain;
  });
  for (let tries = 1; ; tries++) {
    try {
      return await openEndpoints({
        ...{ open, clock, log: log.child("chain"), probeEvery: PROBE_EVERY, lag: ENDPOINT_LAG },
      });
    } catch (error) {
      if (!hasCode(error, "CHAIN_UNREACHABLE")) throw error;
      if (patience !== undefined && clock.monotonic() - started > patience) throw error;
      if (tries === 1)
        log.warn("the chain cannot be reached; trying again until it can", {
          error: error.message,
        });
      await wait(clock, CHAIN_RETRY, over);
    }
  }
}
