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
import type { ChainCursor, ChainStore } from "../ports/store.ts";
import { BOOK_EVENTS, BookKeeping } from "./lottery/book-keeping.ts";
import { fromStored, toStored } from "./records.ts";
import { repeat, type Repeating } from "./repeat.ts";
import { emptyState, reduce, type NetworkState } from "./state.ts";
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
}

/** Without a hash: nothing is stored, and reading starts after that number. */
type Agreed = Pick<ChainCursor, "blockNumber"> & Partial<ChainCursor>;

export class Indexer {
  readonly #options: IndexerOptions;
  readonly #books = new BookKeeping();
  #repeating: Repeating | undefined;
  #loaded = false;
  #answeredAt: Millis | undefined;

  constructor(options: IndexerOptions) {
    this.#options = options;
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

  async stop(): Promise<void> {
    await this.#repeating?.stop();
    this.#repeating = undefined;
  }

  /** One pass: afterwards the view shows the newest block that the chain named, or nothing has changed. */
  async step(): Promise<void> {
    await this.#load();
    const head = await this.#options.chain.head();
    this.#answeredAt = this.#options.clock.monotonic();
    const agreed = await this.#agree(head);
    if (agreed === undefined) return;
    try {
      if (await this.#readOn(agreed, head)) this.#options.view.sawBlock(head);
      await this.#forget();
    } catch (error) {
      if (hasCode(error, "CHAIN_HISTORY_GAP") || hasCode(error, "STORE_CONFLICT"))
        await this.#startOver(error);
      throw error;
    }
  }

  async #load(): Promise<void> {
    if (this.#loaded) return;
    this.#options.view.show(await this.#stored());
    this.#loaded = true;
  }

  async #stored(): Promise<NetworkState> {
    const events = await this.#options.store.events();
    return reduce(emptyState(this.#options.view.params), events.map(fromStored));
  }

  /** The last block that store and chain agree on, after undoing what they do not agree on. */
  async #agree(head: Block): Promise<Agreed | undefined> {
    const { chain, store, log, firstBlock } = this.#options;
    const cursors = [...(await store.cursors())].sort((a, b) => b.blockNumber - a.blockNumber);
    const newest = cursors[0];
    if (newest === undefined) return { blockNumber: firstBlock - 1 };
    for (const cursor of cursors) {
      if (cursor.blockNumber > head.number) continue;
      const block =
        cursor.blockNumber === head.number ? head : await chain.block(cursor.blockNumber);
      if (block?.hash !== cursor.blockHash) continue;
      if (cursor === newest) return newest;
      if (newest.blockNumber > head.number && noneContradicted(cursors, cursor, head)) {
        log.warn("the chain's node is behind what was read before; waiting for it", {
          node: head.number,
          read: newest.blockNumber,
        });
        return undefined;
      }
      await this.#undo(cursor.blockNumber, newest.blockNumber);
      return cursor;
    }
    log.warn("none of the remembered blocks is in the chain any more; reading all of it again", {
      newest: newest.blockNumber,
    });
    await this.#undo(firstBlock - 1, newest.blockNumber);
    return { blockNumber: firstBlock - 1 };
  }

  async #undo(to: number, from: number): Promise<void> {
    this.#options.log.warn("blocks were replaced; going back", { from, to });
    await this.#options.store.rollback(to);
    this.#books.undo(to);
    this.#options.view.goBack(await this.#stored());
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
      await store.append(records.map(toStored), [...cursors.values()], window);
      view.show(next);
      this.#books.saw(next.books, to);
    }
    return true;
  }

  /** What no reorg within the window can bring back leaves the store, which would grow with every epoch. */
  async #forget(): Promise<void> {
    const { store } = this.#options;
    const oldest = Math.min(...(await store.cursors()).map(({ blockNumber }) => blockNumber));
    const below = this.#books.forgettable(oldest);
    if (below !== undefined) await store.forget(BOOK_EVENTS, below);
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
    await this.#options.store.rollback(this.#options.firstBlock - 1);
    this.#books.undo(this.#options.firstBlock - 1);
    this.#options.view.goBack(emptyState(this.#options.view.params));
  }
}

/** True when the node merely has not come as far: no remembered block that it should know is another there. */
function noneContradicted(
  cursors: readonly ChainCursor[],
  agreed: ChainCursor,
  head: Block,
): boolean {
  return !cursors.some(
    (cursor) => cursor.blockNumber > agreed.blockNumber && cursor.blockNumber <= head.number,
  );
}
