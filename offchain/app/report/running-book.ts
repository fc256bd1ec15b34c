/**
 * The book of this relay's money as far as the chain has come, without reading the whole history at every question:
 * confirmed blocks are summed up once, and only what came after them is read again.
 */
import type { RelayId } from "../../core/units.ts";
import type { ChainStore, StoredEvent } from "../../ports/chain-store.ts";
import { MONEY_EVENTS, type MoneyEvent } from "../../settlement/own-money.ts";
import { fromStored } from "../../settlement/records.ts";
import type { IndexedView } from "../../settlement/view.ts";
import { EMPTY_BOOK, moneyBook, type MoneyBook } from "./earnings.ts";

/** Events read at once: neither the database nor the packets wait for more than these. */
const PIECE = 500;

export class RunningBook {
  readonly #store: Pick<ChainStore, "eventsFrom">;
  readonly #view: Seen;
  readonly #self: RelayId;
  readonly #piece: number;
  /** Of all blocks up to `#summed`. */
  #sums = EMPTY_BOOK;
  #summed = -1;
  /** Of confirmed blocks undone; `#sums` holds as long as there are no more. */
  #deepRollbacks: number;
  #reading: Promise<MoneyBook> | undefined;

  constructor(
    store: Pick<ChainStore, "eventsFrom">,
    view: Seen,
    self: RelayId,
    piece: number = PIECE,
  ) {
    this.#store = store;
    this.#view = view;
    this.#self = self;
    this.#piece = piece;
    this.#deepRollbacks = view.deepRollbacks;
  }

  /** Whoever asks while it is being read gets the same one. */
  async read(): Promise<MoneyBook> {
    this.#reading ??= this.#readOn().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async #readOn(): Promise<MoneyBook> {
    for (;;) {
      const { rollbacks, deepRollbacks } = this.#view;
      if (deepRollbacks !== this.#deepRollbacks) {
        this.#deepRollbacks = deepRollbacks;
        this.#sums = EMPTY_BOOK;
        this.#summed = -1;
      }
      const book = await this.#readAll();
      // Otherwise the pieces may be of two branches of the chain.
      if (rollbacks === this.#view.rollbacks) return book;
    }
  }

  async #readAll(): Promise<MoneyBook> {
    const sure = Math.max(this.#summed, this.#view.sureBlock?.number ?? -1);
    let book = this.#sums;
    for (let from = this.#summed + 1; ;) {
      const piece = await this.#store.eventsFrom(MONEY_EVENTS, from, this.#piece);
      const later = piece.findIndex(({ blockNumber }) => blockNumber > sure);
      const confirmed = later === -1 ? piece.length : later;
      if (confirmed > 0) book = this.#sums = this.#continued(book, piece.slice(0, confirmed));
      book = this.#continued(book, piece.slice(confirmed));
      const last = piece.at(-1)?.blockNumber;
      if (last === undefined || piece.length < this.#piece) {
        this.#summed = sure;
        return book;
      }
      this.#summed = Math.min(sure, last);
      from = last + 1;
    }
  }

  #continued(book: MoneyBook, stored: readonly StoredEvent[]): MoneyBook {
    const events = stored.map((one) => fromStored(one).event as MoneyEvent);
    return moneyBook(events, this.#view, this.#self, book);
  }
}

type Seen = Pick<IndexedView, "channel" | "sureBlock" | "rollbacks" | "deepRollbacks">;
