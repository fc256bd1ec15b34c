/** What is stored of the chain: where it was read up to, what it came to, and the events since then. */

/** How far the chain has been read: last block whose events are applied, with its hash (reorg detection). */
export interface ChainCursor {
  readonly blockNumber: number;
  readonly blockHash: string;
}

/** One indexed contract event, kept so that a reorg can be rolled back and a restart need not re-read the chain. */
export interface StoredEvent {
  readonly blockNumber: number;
  readonly blockHash: string;
  readonly logIndex: number;
  readonly contract: string;
  readonly name: string;
  /** JSON of the decoded arguments; bigints as decimal strings. */
  readonly args: string;
}

/** Where an event is in the chain. */
export type EventPlace = Pick<StoredEvent, "blockNumber" | "logIndex">;

export interface EventPage {
  readonly after: EventPlace | undefined;
  readonly limit: number;
}

/** What all events of blocks up to one came to: a start needs none of them. */
export interface Checkpoint {
  readonly blockNumber: number;
  /** As settlement/checkpoint-text.ts writes it. */
  readonly state: string;
}

export interface ChainStore {
  /** Ascending by block number. */
  cursors(): Promise<readonly ChainCursor[]>;
  /**
   * Appends events of new blocks and moves the cursor in one transaction; keeps the last `keepCursors` block
   * hashes. An event stored before is passed over when it is the same, and STORE_CONFLICT when it is not.
   * @param confirmed block up to which all that was stored before is confirmed; as before unless given
   */
  append(
    events: readonly StoredEvent[],
    cursors: readonly ChainCursor[],
    keepCursors: number,
    confirmed?: number,
  ): Promise<void>;
  /** As the latest `append` said, but no block above a later `rollback`; undefined when none ever said it. */
  confirmed(): Promise<number | undefined>;
  /** Removes everything above `blockNumber` (reorg): a checkpoint above it with all that it was to stand for. */
  rollback(blockNumber: number): Promise<void>;
  /** Undefined while the stored events go back to the first one. */
  checkpoint(): Promise<Checkpoint | undefined>;
  /**
   * In one transaction, takes the place of the checkpoint before, and of the events after that one and up to this
   * one's block, but for those that are kept.
   */
  setCheckpoint(checkpoint: Checkpoint, kept: readonly EventPlace[]): Promise<void>;
  /** The first `limit` events after a place, or of all of them, in chain order. */
  events(page: EventPage): Promise<readonly StoredEvent[]>;
  /**
   * Events of these names from block `from` on, in chain order, and none further than the block in which `enough` of
   * them are reached: whole blocks, of which fewer than `enough` are the last ones.
   */
  eventsFrom(
    names: readonly string[],
    from: number,
    enough: number,
  ): Promise<readonly StoredEvent[]>;
}
