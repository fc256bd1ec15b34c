/**
 * Puts one stored state in the place of the events that led to it, again and again, so that neither the database nor a
 * start grows with the network's history. Only blocks that are confirmed and older than any remembered one are folded in:
 * no reorg goes back into them but one that has everything read again.
 */
import { equalBytes } from "../core/bytes.ts";
import { hasCode } from "../core/errors.ts";
import type { ChainRecord } from "../ports/events.ts";
import type { Log } from "../ports/log.ts";
import type { ChainStore } from "../ports/chain-store.ts";
import { checkpointState, checkpointText } from "./checkpoint-text.ts";
import { EVENTS_PAGE, storedHistory } from "./history.ts";
import { ownMoney } from "./own-money.ts";
import { reduce, type NetworkState } from "./state.ts";

/** Confirmed events after which a checkpoint takes their place: as many as are read at once. */
export const CHECKPOINT_EVENTS = EVENTS_PAGE;

/** What the stored events continue. */
export interface Base {
  /** The newest of its blocks; −1 when there is no checkpoint. */
  readonly blockNumber: number;
  readonly state: NetworkState;
}

export interface CheckpointsOptions {
  readonly store: ChainStore;
  /** What every state begins with; its redeemer is the one that redeems here, if any does. */
  readonly emptyState: NetworkState;
  readonly log: Log;
  /** Confirmed events after which one is made; undefined: none is made, those of others are read. */
  readonly every: number | undefined;
}

export class Checkpoints {
  readonly #options: CheckpointsOptions;
  /** Confirmed events that are stored since the checkpoint. */
  #confirmed = 0;
  /** Of which there must be so many before it is tried again, after a try that folded few. */
  #notBefore = 0;

  constructor(options: CheckpointsOptions) {
    this.#options = options;
  }

  /** Where the stored events begin. A checkpoint that this node cannot go on from is dropped, and all events with it. */
  async base(): Promise<Base> {
    const { store, emptyState, log } = this.#options;
    const none: Base = { blockNumber: -1, state: emptyState };
    const stored = await store.checkpoint();
    if (stored === undefined) return none;
    const state = checkpointState(stored.state);
    if (state !== undefined && isFor(state.redeemer, emptyState.redeemer))
      return { blockNumber: stored.blockNumber, state };
    log.warn(
      "what is stored of the chain is another version's or another relay's, or damaged; reading all of it again",
    );
    await store.rollback(-1);
    return none;
  }

  /** So many are stored since the checkpoint. */
  begin(confirmed: number): void {
    this.#confirmed = confirmed;
    this.#notBefore = 0;
  }

  /** So many more are confirmed. */
  confirm(more: number): void {
    this.#confirmed += more;
  }

  get isDue(): boolean {
    const { every } = this.#options;
    return every !== undefined && this.#confirmed >= Math.max(every, this.#notBefore);
  }

  /** Makes the next one, of blocks up to `last`, which no reorg undoes: of `every` events or fewer, if any. */
  async make(last: number): Promise<void> {
    const { store, every = CHECKPOINT_EVENTS } = this.#options;
    // Where most events are too young, or the disk is full, it is not tried again for each block.
    this.#notBefore = this.#confirmed + every / 2;
    const { blockNumber, state } = await this.base();
    for await (const records of storedHistory(store, blockNumber, every)) {
      if (records.length === 0) continue;
      const folded = records.filter((record) => record.blockNumber <= last);
      const newest = folded.at(-1);
      if (newest === undefined || !(await this.#fold(newest.blockNumber, state, folded))) return;
      this.#confirmed -= folded.length;
      if (folded.length >= every / 2) this.#notBefore = 0;
      return;
    }
  }

  /** False where the disk has no room to spare: the events stay until the next time. */
  async #fold(
    blockNumber: number,
    before: NetworkState,
    records: readonly ChainRecord[],
  ): Promise<boolean> {
    const state = reduce(before, records);
    const checkpoint = { blockNumber, state: checkpointText(state) };
    try {
      await this.#options.store.setCheckpoint(checkpoint, ownMoney(records, state));
      return true;
    } catch (error) {
      if (hasCode(error, "STORE_FULL")) return false;
      throw error;
    }
  }
}

/** Whoever redeems nothing can go on from anybody's; it keeps what that redeemer's state keeps. */
const isFor = (stored: Uint8Array | undefined, own: Uint8Array | undefined): boolean =>
  own === undefined || (stored !== undefined && equalBytes(stored, own));
