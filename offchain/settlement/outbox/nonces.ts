/**
 * Which nonce comes next, and what becomes of those that nobody used. A stranger's transaction of this account can
 * take a nonce, let ours follow it, and be dropped: then nothing of ours is ever taken. A transaction that does
 * nothing takes each such nonce.
 */
import type { Call, Chain } from "../../ports/chain.ts";
import type { Address } from "../../core/units.ts";
import type { EndedTransactions } from "./ended.ts";
import type { Outcome } from "./outcome.ts";

export interface NoncesOptions {
  readonly chain: Pick<Chain, "nonce">;
  readonly account: Address;
  readonly ended: Pick<EndedTransactions, "reach">;
  /** Nonces of this account's transactions that were sent and have no end. */
  readonly sent: () => Promise<ReadonlySet<number | undefined>>;
  readonly intend: (key: string, call: Call) => Promise<unknown>;
  readonly outcome: (key: string) => Promise<Outcome | "pending" | undefined>;
  readonly firstAttempt: (prefix: string) => Promise<number>;
}

export class Nonces {
  readonly #options: NoncesOptions;

  constructor(options: NoncesOptions) {
    this.#options = options;
  }

  /** The lowest one that nothing of ours has. Undefined while the chain does not show all that has ended. */
  async next(): Promise<number | undefined> {
    const { ended, sent } = this.#options;
    let nonce = await this.#pending();
    if (await ended.reach(nonce)) return undefined;
    const ours = await sent();
    while (ours.has(nonce)) nonce += 1;
    return nonce;
  }

  /** Intends a filling for each unused nonce below `nonce`. True when there was such a one. */
  async fillBelow(nonce: number): Promise<boolean> {
    const { ended, intend, account } = this.#options;
    const next = await this.#pending();
    if (next >= nonce) return false;
    // Those that have ended go out again; what they were for must not be lost.
    if (await ended.reach(next)) return true;
    for (let unused = next; unused < nonce; unused++) {
      const key = await this.#fillingOf(unused);
      if (key !== undefined) await intend(key, { to: account, data: "0x" });
    }
    return true;
  }

  #pending(): Promise<number> {
    const { chain, account } = this.#options;
    return chain.nonce(account, "pending");
  }

  /** A reorg can leave a nonce unused again, and a filling can fail: each has a key of its own. Undefined: under way. */
  async #fillingOf(nonce: number): Promise<string | undefined> {
    const { firstAttempt, outcome } = this.#options;
    for (let n = await firstAttempt(`gap:${nonce}`); ; n++) {
      const known = await outcome(`gap:${nonce}:${n}`);
      if (known === undefined) return `gap:${nonce}:${n}`;
      if (known === "pending") return undefined;
    }
  }
}
