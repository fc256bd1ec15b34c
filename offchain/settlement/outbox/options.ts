import type { Millis } from "../../core/units.ts";
import type { Chain, TransactionSigner } from "../../ports/chain.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Log } from "../../ports/log.ts";
import type { OutboxStore } from "../../ports/store.ts";

export interface OutboxOptions {
  readonly chain: Chain;
  readonly store: OutboxStore;
  readonly signer: TransactionSigner;
  readonly chainId: bigint;
  readonly clock: Clock;
  readonly log: Log;
  /** Blocks, its own included, before a transaction counts as done. */
  readonly confirmations: number;
  readonly interval: Millis;
  readonly longestPause: Millis;
  /** Bytes that are in no block yet are handed in again after this long. */
  readonly rebroadcastAfter: Millis;
  /** After this long in no block the fee rises; twice as long after each rise. */
  readonly bumpAfter: Millis;
  /**
   * What becomes of an intent of which the chain's node says neither that it works nor that it fails. Where somebody
   * waits for its end it is given up, unsent.
   */
  readonly undecided: "wait" | "give-up";
  /** Most that is offered for a unit of gas, in wei. */
  readonly maxFee: bigint;
}

/** Before the names of intents: several accounts share one store. */
export const prefixOf = ({ signer }: Pick<OutboxOptions, "signer">): string => `${signer.address}/`;
