/** Transactions that redeem winning tickets, each as large as the gas cap allows. */
import { encodeClaims, splitClaims, type ClaimGroup } from "../core/tickets/index.ts";
import type { Epoch, RelayId } from "../core/units.ts";
import type { Call, Chain } from "../ports/chain.ts";
import type { WinningTicket } from "../ports/store.ts";
import { withMargin, type Intents } from "./outbox.ts";
import type { Selection } from "./selection.ts";

export interface BatchOptions {
  readonly relay: RelayId;
  readonly chain: Pick<Chain, "calls" | "estimateGas">;
  readonly outbox: Pick<Intents, "account">;
  /** 64 bytes x ‖ y. */
  readonly vrfKey: Uint8Array;
  /** The relay's VRF proof for an epoch's tickets, with witnesses for the chain. Asked only after the epoch. */
  readonly prove: (epoch: Epoch) => Uint8Array;
  /** Highest gas limit of one transaction (EIP-7825 allows 2^24). */
  readonly gasCap: bigint;
}

/** One transaction. */
export interface Batch {
  readonly call: Call;
  readonly gas: bigint;
  readonly tickets: readonly WinningTicket[];
}

export class RedemptionBatches {
  readonly #options: BatchOptions;
  readonly #proofs = new Map<Epoch, Uint8Array>();
  /** Each is estimated once, however often it is asked whether it is worth it. */
  readonly #made = new WeakMap<Selection, Promise<Batch>>();

  constructor(options: BatchOptions) {
    this.#options = options;
  }

  /** As much of what is chosen as fits into one transaction. Rejects as estimating does. */
  next(epoch: Epoch, selection: Selection): Promise<Batch> {
    const made = this.#made.get(selection) ?? this.#make(epoch, selection);
    this.#made.set(selection, made);
    return made;
  }

  forgetBefore(oldest: Epoch): void {
    for (const epoch of this.#proofs.keys()) if (epoch < oldest) this.#proofs.delete(epoch);
  }

  async #make(epoch: Epoch, { groups: all, chosen }: Selection): Promise<Batch> {
    const { chain, outbox, gasCap } = this.#options;
    let groups: readonly ClaimGroup[] = splitClaims(all)[0] ?? [];
    for (;;) {
      const call = this.#call(epoch, groups);
      const gas = withMargin(await chain.estimateGas(outbox.account, call));
      // Groups hold the chosen winners in their order, so a batch is a prefix of them.
      if (gas <= gasCap || count(groups) <= 1)
        return { call, gas, tickets: chosen.slice(0, count(groups)) };
      groups = firstHalf(groups);
    }
  }

  #call(epoch: Epoch, groups: readonly ClaimGroup[]): Call {
    const { chain, relay, vrfKey, prove } = this.#options;
    const vrfProof = this.#proofs.get(epoch) ?? prove(epoch);
    this.#proofs.set(epoch, vrfProof);
    return chain.calls.redeem({ relay, epoch, vrfKey, vrfProof, claims: encodeClaims(groups) });
  }
}

const count = (groups: readonly ClaimGroup[]): number =>
  groups.reduce((total, { tickets }) => total + tickets.length, 0);

/** The first half of the tickets, at least one, in the same order. */
function firstHalf(groups: readonly ClaimGroup[]): readonly ClaimGroup[] {
  let room = Math.max(1, Math.floor(count(groups) / 2));
  const half: ClaimGroup[] = [];
  for (const group of groups) {
    if (room === 0) break;
    const tickets = group.tickets.slice(0, room);
    half.push({ ...group, tickets });
    room -= tickets.length;
  }
  return half;
}
