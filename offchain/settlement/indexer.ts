/**
 * Follows the chain. Every pass asks for the newest block, goes back to the last block that both sides agree
 * on, reads the events since then in bounded pieces, makes them durable together with the cursor, and only
 * then shows them to the view. So the view is always a function of what is stored, also after a crash.
 */
import { WaybillError, hasCode } from "../core/errors.ts";
import type { Millis } from "../core/units.ts";
import type { Block, Chain } from "../ports/chain.ts";
import type { Clock } from "../ports/clock.ts";
import type { Log } from "../ports/log.ts";
import type { ChainRecord } from "../ports/events.ts";
import type { ChainCursor, ChainStore } from "../ports/chain-store.ts";
import { Checkpoints, type Base } from "./checkpoints.ts";
import { storedHistory } from "./history.ts";
import { toStored } from "./records.ts";
import { repeat, type Repeating } from "./repeat.ts";
import { reduce, type NetworkState } from "./state.ts";
import type { IndexedView } from "./view.ts";

export interface IndexerOptions {
  readonly chain: Chain;
  readonly store: ChainStore;
  readonly view: IndexedView;
  readonly clock: Clock;
  readonly log: Log;
  /** First block that can hold an event of the contracts. */
  readonly firstBlock: number;
  /** Pause between two looks at the chain. */
  readonly interval: Millis;
  readonly longestPause: Millis;
  /** Blocks asked for at once; endpoints bound how much one answer may hold. */
  readonly blocksPerRead: number;
  /** Block hashes remembered, which bounds how deep a reorg is undone without reading all again. */
  readonly window: number;
  /** Blocks, its own included, after which a block is confirmed; less than the window. */
  readonly confirmations: number;
  /** Confirmed events after which a checkpoint takes their place; undefined: none is made here. */
  readonly checkpointEvery: number | undefined;
}

/** What the endpoints are asked to agree on. */
const TOPIC = "events";

/** Without a hash: nothing is stored, and reading starts after that number. */
type Agreed = Pick<ChainCursor, "blockNumber"> & Partial<ChainCursor>;

export class Indexer {
  readonly #options: IndexerOptions;
  readonly #checkpoints: Checkpoints;
  #repeating: Repeating | undefined;
  #answeredAt: Millis | undefined;
  /** Whether the view shows what is stored. */
  #begun = false;
  #hasShown = false;
  /** Number of the newest confirmed block. */
  #sure: number;
  /** Events of later blocks, in chain order. */
  #unsure: readonly ChainRecord[] = [];

  constructor(options: IndexerOptions) {
    this.#options = options;
    const { store, view, log, checkpointEvery: every } = options;
    this.#checkpoints = new Checkpoints({ store, log, every, emptyState: view.emptyState });
    this.#sure = options.firstBlock - 1;
  }

  /** When the chain last told its newest block, by the monotonic clock; undefined before the first time. */
  get answeredAt(): Millis | undefined {
    return this.#answeredAt;
  }

  /** Returns at once; a chain that is down is a warning, and tried again for ever. */
  start(): void {
    const { clock, log, interval, longestPause } = this.#options;
    this.#repeating ??= repeat(
      { clock, log, interval, longestPause, what: "following the chain" },
      () => this.step(),
    );
  }

  /** Looks at once: there is a new block. */
  hurry(): void {
    this.#repeating?.hurry();
  }

  async stop(): Promise<void> {
    await this.#repeating?.stop();
    this.#repeating = undefined;
  }

  /** One pass: afterwards the view shows the newest block that the chain named, or nothing has changed. */
  async step(): Promise<void> {
    const head = await this.#options.chain.head();
    this.#answeredAt = this.#options.clock.monotonic();
    await this.#begin(head);
    const agreed = await this.#agree(head);
    if (agreed === undefined) return;
    try {
      if ((await this.#readOn(agreed, head)) && (await this.#confirm(head, head.number)))
        this.#options.view.sawBlock(head);
    } catch (error) {
      if (hasCode(error, "CHAIN_HISTORY_GAP") || hasCode(error, "STORE_CONFLICT"))
        await this.#startOver(error);
      throw error;
    }
  }

  /**
   * Shows what is stored; once in a process, and again after a rollback that could not be brought to its end. Whatever a
   * reorg within the window could undo is confirmed anew.
   */
  async #begin(head: Block): Promise<void> {
    if (this.#begun) return;
    const { store, view, firstBlock, confirmations } = this.#options;
    // Events that no remembered block vouches for are read again.
    if ((await store.cursors()).length === 0) await store.rollback(firstBlock - 1);
    // It may drop all that is stored, the remembered blocks with it.
    const base = await this.#checkpoints.base();
    const numbers = (await store.cursors()).map(({ blockNumber }) => blockNumber);
    const deep = Math.min(
      ...numbers.map((number) => number - 1),
      Math.max(...numbers, head.number) - confirmations,
      (await store.confirmed()) ?? Infinity,
    );
    const sure = numbers.length === 0 ? firstBlock - 1 : Math.max(-1, deep);
    const state = await this.#load(base, sure);
    if (this.#hasShown) view.goBack(state, true);
    else view.show(state);
    this.#begun = this.#hasShown = true;
  }

  /**
   * Takes what is stored of blocks up to `last` for confirmed, and what the checkpoint holds in any case: it was, though
   * the store is told only with the next events. Returns the state of all that is stored.
   */
  async #load(base: Base, last: number): Promise<NetworkState> {
    const { store, view } = this.#options;
    const sure = Math.max(last, base.blockNumber);
    let sureState = base.state;
    let confirmed = 0;
    const unsure: ChainRecord[] = [];
    for await (const records of storedHistory(store, base.blockNumber)) {
      const first = records.filter(({ blockNumber }) => blockNumber <= sure);
      sureState = reduce(sureState, first);
      confirmed += first.length;
      unsure.push(...records.slice(first.length));
    }
    this.#checkpoints.begin(confirmed);
    this.#sure = sure;
    this.#unsure = unsure;
    view.confirm(undefined, sureState);
    return reduce(sureState, unsure);
  }

  /** The last block that store and chain agree on, after undoing what they do not agree on. */
  async #agree(head: Block): Promise<Agreed | undefined> {
    const { store, log, firstBlock } = this.#options;
    const cursors = [...(await store.cursors())].sort((a, b) => b.blockNumber - a.blockNumber);
    const newest = cursors[0];
    if (newest === undefined) {
      if (this.#sure >= firstBlock) await this.#rollBack(firstBlock - 1);
      return { blockNumber: firstBlock - 1 };
    }
    const agreed = await this.#newestOf(cursors, head);
    if (agreed === newest) return newest;
    if (isBehind(cursors, agreed, head)) {
      log.warn("the chain's node is behind what was read before; waiting for it", {
        node: head.number,
        read: newest.blockNumber,
      });
      return undefined;
    }
    if (agreed === undefined)
      log.warn("none of the remembered blocks is in the chain any more; reading all of it again", {
        newest: newest.blockNumber,
      });
    const to = agreed ?? { blockNumber: firstBlock - 1 };
    await this.#undo(to.blockNumber, newest.blockNumber);
    return to;
  }

  /** The first of the remembered blocks, given newest first, that is in the chain. */
  async #newestOf(cursors: readonly ChainCursor[], head: Block): Promise<ChainCursor | undefined> {
    for (const cursor of cursors) {
      if (cursor.blockNumber > head.number) continue;
      const block =
        cursor.blockNumber === head.number
          ? head
          : await this.#options.chain.block(cursor.blockNumber);
      if (block?.hash === cursor.blockHash) return cursor;
    }
    return undefined;
  }

  async #undo(to: number, from: number): Promise<void> {
    this.#options.log.warn("blocks were replaced; going back", { from, to });
    await this.#rollBack(to);
  }

  async #rollBack(to: number): Promise<void> {
    const { store, view, log, confirmations } = this.#options;
    // What an earlier run had seen counts too: it may have confirmed more than this one has.
    const seen = Math.max(...(await store.cursors()).map(({ blockNumber }) => blockNumber));
    const isDeep = to < Math.max(this.#sure, seen - confirmations + 1);
    this.#begun = false;
    await store.rollback(to);
    if (to < this.#sure)
      log.warn("blocks that counted as confirmed were replaced", { from: this.#sure, to });
    view.goBack(await this.#stateUpTo(to), isDeep);
    this.#begun = true;
  }

  /** After what is stored of later blocks has gone. */
  async #stateUpTo(last: number): Promise<NetworkState> {
    if (last < this.#sure) return this.#load(await this.#checkpoints.base(), last);
    this.#unsure = this.#unsure.filter(({ blockNumber }) => blockNumber <= last);
    return reduce(this.#options.view.sureState, this.#unsure);
  }

  /** False when the chain changed under the reading; what was applied until then still holds. */
  async #readOn(agreed: Agreed, head: Block): Promise<boolean> {
    const { chain, store, view, blocksPerRead, window } = this.#options;
    let last = agreed;
    while (last.blockNumber < head.number) {
      const from = last.blockNumber + 1;
      const to = Math.min(from + blocksPerRead - 1, head.number);
      const end = to === head.number ? head : await this.#block(to);
      const records = await chain.events(from, to);
      // These events continue what is stored only while the blocks at both ends are still the same ones.
      if ((await this.#block(to)).hash !== end.hash || !(await this.#isThere(last))) return false;
      const cursors = new Map<number, ChainCursor>();
      for (const { blockNumber, blockHash } of records)
        cursors.set(blockNumber, { blockNumber, blockHash });
      last = { blockNumber: to, blockHash: end.hash };
      cursors.set(to, { blockNumber: to, blockHash: end.hash });
      // Before the store: what cannot follow is not kept.
      const next = reduce(view.state, records);
      this.#begun = false;
      await store.append(records.map(toStored), [...cursors.values()], window, this.#sure);
      this.#begun = true;
      this.#unsure = [...this.#unsure, ...records];
      view.show(next);
      if (to < head.number && !(await this.#confirm(head, to))) return false;
    }
    return true;
  }

  /**
   * Confirms blocks up to `last` that are deep enough. Where there are several endpoints, they must agree on the
   * block and on all events up to it; until they do, nothing more is confirmed. False when what was read from one of
   * them is not what they agree on: then it is read again.
   */
  async #confirm(head: Block, last: number): Promise<boolean> {
    const { confirmations, blocksPerRead } = this.#options;
    const target = Math.min(head.number - confirmations + 1, last);
    while (this.#sure < target) {
      const to = Math.min(this.#sure + blocksPerRead, target);
      const told = await this.#agreedUpon(head, this.#sure + 1, to);
      if (told === undefined) break;
      if (!this.#confirmWith(told, to)) {
        await this.#rollBack(this.#sure);
        return false;
      }
    }
    await this.#fold();
    return true;
  }

  async #agreedUpon(head: Block, from: number, to: number): Promise<Told | undefined> {
    const { chain } = this.#options;
    // A single endpoint was asked already.
    if (chain.health().endpoints.length === 1)
      return { block: to === head.number ? head : await this.#block(to) };
    const agreement = await chain.agreed(TOPIC, async (endpoint) => {
      if ((await endpoint.block(to)) === undefined) return undefined;
      const records = await endpoint.events(from, to);
      // Afterwards: it is the block that the events were of.
      const block = await endpoint.block(to);
      return block === undefined ? undefined : { block, records };
    });
    return agreement.state === "agreed" ? agreement.value : undefined;
  }

  #confirmWith({ block, records }: Told, to: number): boolean {
    const { view, log } = this.#options;
    const own = this.#unsure.filter(({ blockNumber }) => blockNumber <= to);
    if (records !== undefined && textOf(records) !== textOf(own)) {
      log.warn("an endpoint told other events than all endpoints agree on; reading them again", {
        ...{ from: this.#sure + 1, to },
      });
      return false;
    }
    this.#unsure = this.#unsure.slice(own.length);
    this.#sure = to;
    this.#checkpoints.confirm(own.length);
    const state = this.#unsure.length === 0 ? view.state : reduce(view.sureState, own);
    view.confirm(block, state);
    return true;
  }

  /** What is confirmed, and older than any block that a reorg within the window could go back to, is folded up. */
  async #fold(): Promise<void> {
    if (!this.#checkpoints.isDue) return;
    const cursors = await this.#options.store.cursors();
    const oldest = Math.min(...cursors.map(({ blockNumber }) => blockNumber));
    await this.#checkpoints.make(Math.min(oldest - 1, this.#sure));
  }

  async #isThere(block: Agreed): Promise<boolean> {
    if (block.blockHash === undefined) return true;
    return (await this.#options.chain.block(block.blockNumber))?.hash === block.blockHash;
  }

  async #block(number: number): Promise<Block> {
    const block = await this.#options.chain.block(number);
    if (block === undefined)
      throw new WaybillError("CHAIN_UNREACHABLE", { what: `block ${number} has gone` });
    return block;
  }

  async #startOver(why: WaybillError): Promise<void> {
    this.#options.log.warn(`${why.message} Reading the whole chain again.`);
    await this.#rollBack(this.#options.firstBlock - 1);
  }
}

/** The newest block that is confirmed, and what it and those before it told; undefined: as was read. */
interface Told {
  readonly block: Block;
  readonly records?: readonly ChainRecord[];
}

const textOf = (records: readonly ChainRecord[]): string => JSON.stringify(records.map(toStored));

/** True when the node merely has not come as far: no remembered block that it should know is another there. */
function isBehind(
  cursors: readonly ChainCursor[],
  agreed: ChainCursor | undefined,
  head: Block,
): boolean {
  const later = cursors.filter(({ blockNumber }) => blockNumber > (agreed?.blockNumber ?? -1));
  return later.every(({ blockNumber }) => blockNumber > head.number);
}
