/** What transactions would do, before anything is sent: each call in words, and all of them played through. */
import type { Address, ChannelId, RelayId } from "../core/units.ts";
import type { Call, RevertReason } from "./chain.ts";

/** One argument of a call as the contract declares it; structs and lists as JSON, numbers in decimal. */
export interface CallArgument {
  readonly name: string;
  readonly type: string;
  readonly value: string;
}

/** A call as a person reads it. */
export interface CallDescription {
  /** Name of the contract, such as "RelayRegistry". */
  readonly contract: string;
  readonly function: string;
  readonly arguments: readonly CallArgument[];
}

/** A sum of tokens on chain. */
export type Sum =
  | { readonly kind: "tokens"; readonly account: Address }
  /** What `spender` may take of the owner's tokens. */
  | { readonly kind: "allowance"; readonly owner: Address; readonly spender: Address }
  | { readonly kind: "earnings"; readonly relay: RelayId }
  | { readonly kind: "rewards"; readonly relay: RelayId }
  /** What waits for an account out of its closed channels. */
  | { readonly kind: "refund"; readonly account: Address }
  | { readonly kind: "channel"; readonly channel: ChannelId };

export interface RehearsedCall {
  /** What the call itself used; the costs of a transaction come on top. */
  readonly gas: bigint;
  /** Undefined when it went well. */
  readonly failure: RevertReason | undefined;
}

export interface Rehearsal {
  /** In the order of the calls; one that fails does not stop the next. */
  readonly calls: readonly RehearsedCall[];
  /** In the order of the sums asked for, in the token's smallest unit. */
  readonly before: readonly bigint[];
  readonly after: readonly bigint[];
}

export interface Rehearsing {
  /** Never fails: a call to a contract that is none of the network's is "unknown", with its bytes. */
  describe(call: Call): CallDescription;
  /**
   * Plays `calls` of `from` one after the other on the pending state, each upon what the ones before it did, and
   * forgets it all. Undefined when the node has no means for that: then nothing is known. No more than some 16
   * million gas together.
   */
  rehearse(
    from: Address,
    calls: readonly Call[],
    sums: readonly Sum[],
  ): Promise<Rehearsal | undefined>;
}
