/**
 * What the lottery has told about each epoch: who committed to what, which draws were paid. An epoch's book is
 * opened by its first commitment; the oldest is dropped once nothing can refer to it, so that there are never
 * more than `booksKept`.
 */
import type { Hex } from "../../core/bytes.ts";
import type { Epoch, RelayId } from "../../core/units.ts";
import type { DrawClaimed, ReplayCommitted } from "../../ports/events.ts";
import type { NetworkParams } from "../../ports/network.ts";

export type Claim = Pick<DrawClaimed, "sender" | "hops">;

export interface EpochBook {
  /** Roots, 32 bytes each. */
  readonly commitments: ReadonlyMap<RelayId, Hex>;
  /** Draws that were paid, and to whom. */
  readonly claims: ReadonlyMap<number, Claim>;
}

/** In ascending order of epochs. */
export type EpochBooks = ReadonlyMap<Epoch, EpochBook>;

/** As many epochs as the contract's ring holds: an era's misses are reported, and draws claimed, within them. */
export function booksKept({
  eraLength,
  lottery,
}: Pick<NetworkParams, "eraLength" | "lottery">): number {
  return lottery === undefined ? 0 : eraLength + lottery.claimWindow + 2;
}

interface OpenBook extends EpochBook {
  readonly commitments: Map<RelayId, Hex>;
  readonly claims: Map<number, Claim>;
}

/** Books being written: those given are never changed, and each is copied once, when it is first written. */
export class BooksDraft {
  readonly #before: EpochBooks;
  readonly #kept: number;
  readonly #open = new Map<Epoch, OpenBook>();
  #books: Map<Epoch, EpochBook> | undefined;

  constructor(before: EpochBooks, kept: number) {
    this.#before = before;
    this.#kept = kept;
  }

  /** The same object as before when nothing was written. */
  done(): EpochBooks {
    return this.#books ?? this.#before;
  }

  /** Commitments come in ascending order of epochs: one for e can be made in e + 1 alone. */
  commit({ epoch, relay, root }: ReplayCommitted): void {
    this.#bookOf(epoch).commitments.set(relay, root);
    const books = this.#write();
    for (const old of books.keys()) {
      if (old > epoch - this.#kept) break;
      books.delete(old);
      this.#open.delete(old);
    }
  }

  /** A claim of an epoch whose book is gone is of no use to anyone any more. */
  claim({ epoch, draw, sender, hops }: DrawClaimed): void {
    if (this.done().has(epoch)) this.#bookOf(epoch).claims.set(draw, { sender, hops });
  }

  #bookOf(epoch: Epoch): OpenBook {
    const open = this.#open.get(epoch);
    if (open !== undefined) return open;
    const books = this.#write();
    const before = books.get(epoch);
    const book = {
      commitments: new Map(before?.commitments),
      claims: new Map(before?.claims),
    };
    books.set(epoch, book);
    this.#open.set(epoch, book);
    return book;
  }

  #write(): Map<Epoch, EpochBook> {
    this.#books ??= new Map(this.#before);
    return this.#books;
  }
}
