/** The tickets of one frame, kept until their packets are acknowledged: about 1.3 kB for sixteen. */
import { merkleProof, merkleRoot } from "../core/merkle/merkle.ts";
import { ticketLeaf } from "../core/tickets/batch.ts";
import type { PacketsFrame } from "../core/wire/frames.ts";
import type { WinningTicket } from "../ports/store.ts";

type Tickets = Omit<PacketsFrame, "kind" | "packets">;

export class IncomingBatch {
  readonly tickets: Tickets;
  readonly #leaves: readonly Uint8Array[];

  /** Copies what it keeps: the frame's bytes, packets included, are free to go. */
  constructor(frame: PacketsFrame) {
    const { channel, generation, epoch, amount, winProb, indexes } = frame;
    const challenges = frame.challenges.map((challenge) => challenge.slice());
    const signature = frame.signature.slice();
    this.tickets = { channel, generation, epoch, amount, winProb, indexes, challenges, signature };
    this.#leaves = indexes.map((index, i) => ticketLeaf(index, challenges[i] ?? signature));
  }

  get root(): Uint8Array {
    return merkleRoot(this.#leaves);
  }

  /** 32 bytes, or undefined when there is no such ticket. */
  challenge(position: number): Uint8Array | undefined {
    return this.tickets.challenges[position];
  }

  leaf(position: number): Uint8Array | undefined {
    return this.#leaves[position];
  }

  /** The ticket as redemption needs it; `response` is 32 bytes. */
  winning(position: number, response: Uint8Array): WinningTicket | undefined {
    const { channel, generation, epoch, amount, winProb, signature, indexes } = this.tickets;
    const index = indexes[position];
    if (index === undefined) return undefined;
    const proof = merkleProof(this.#leaves, position);
    return { channel, generation, epoch, index, amount, winProb, response, signature, proof };
  }
}
