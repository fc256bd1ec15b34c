/** The tickets of one frame, kept until their packets are acknowledged: about 2 kB for sixteen. */
import { merkleProof, merkleRoot } from "../core/merkle/merkle.ts";
import { ticketLeaf } from "../core/tickets/batch.ts";
import type { PacketsFrame } from "../core/wire/frames.ts";
import type { WinningTicket } from "../ports/store.ts";

const CHALLENGE_LENGTH = 32;
const NO_CHALLENGE = new Uint8Array(CHALLENGE_LENGTH);

/** What all tickets of a batch have in common, and their indexes. */
type Tickets = Omit<PacketsFrame, "kind" | "packets" | "challenges">;

export class IncomingBatch {
  readonly tickets: Tickets;
  /** All challenges in one buffer. */
  readonly #challenges: Uint8Array;
  readonly #leaves: readonly Uint8Array[];

  /** Copies what it keeps: the frame's bytes, packets included, are free to go. */
  constructor(frame: PacketsFrame) {
    const { channel, generation, epoch, amount, winProb, indexes } = frame;
    const signature = frame.signature.slice();
    this.tickets = { channel, generation, epoch, amount, winProb, indexes, signature };
    this.#challenges = new Uint8Array(CHALLENGE_LENGTH * indexes.length);
    this.#leaves = indexes.map((index, i) => {
      const challenge = frame.challenges[i] ?? NO_CHALLENGE;
      this.#challenges.set(challenge, CHALLENGE_LENGTH * i);
      return ticketLeaf(index, challenge);
    });
  }

  get root(): Uint8Array {
    return merkleRoot(this.#leaves);
  }

  /** Whether the ticket at `position` was issued over `challenge`. */
  hasChallenge(position: number, challenge: Uint8Array): boolean {
    const at = CHALLENGE_LENGTH * position;
    if (challenge.length !== CHALLENGE_LENGTH || position >= this.#leaves.length) return false;
    for (let i = 0; i < CHALLENGE_LENGTH; i++)
      if (challenge[i] !== this.#challenges[at + i]) return false;
    return true;
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
