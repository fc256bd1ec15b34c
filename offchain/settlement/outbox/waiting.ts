/**
 * What this process knows of transactions that are in no block: when each was handed in, what the node said to it,
 * when its fee rises next, and which alarms follow. It starts anew with each run.
 */
import type { Millis } from "../../core/units.ts";
import type { BroadcastResult } from "../../ports/chain.ts";
import type { OutboxOptions } from "./options.ts";

/** Pauses between rises of the fee stop growing here: an hour, when the first is a minute. */
const MOST_DOUBLINGS = 6;
/** A transaction that has waited for so many first pauses is called stuck. */
const STUCK_AFTER = 10;

interface Waiting {
  readonly since: Millis;
  broadcastAt: Millis | undefined;
  /** When the newest version was first handed in. */
  bumpFrom: Millis;
  /** The node wants more before it takes the newest version. */
  underpriced: boolean;
  /** The chain asks for more than is allowed. */
  capped: boolean;
  /** Why the newest version was not taken, as last told. */
  told: string | undefined;
}

export type WaitingAlarm = "coin-low" | "transaction-stuck" | "fee-cap-reached";

export class WaitingTransactions {
  readonly #options: Pick<OutboxOptions, "clock" | "log" | "rebroadcastAfter" | "bumpAfter">;
  readonly #waiting = new Map<string, Waiting>();

  constructor(options: Pick<OutboxOptions, "clock" | "log" | "rebroadcastAfter" | "bumpAfter">) {
    this.#options = options;
  }

  /** They end with what they are about. */
  get alarms(): readonly WaitingAlarm[] {
    const { clock, bumpAfter } = this.#options;
    const all = [...this.#waiting.values()];
    const stuckSince = clock.monotonic() - STUCK_AFTER * bumpAfter;
    return [
      ...(all.some(({ told }) => told === NEWS.unfunded) ? (["coin-low"] as const) : []),
      ...(all.some(({ since }) => since <= stuckSince) ? (["transaction-stuck"] as const) : []),
      ...(all.some(({ capped }) => capped) ? (["fee-cap-reached"] as const) : []),
    ];
  }

  /** It is in a block, has come to its end, or begins anew. */
  forget(key: string): void {
    this.#waiting.delete(key);
  }

  /** @param versions how many were signed so far */
  isRiseDue(key: string, versions: number): boolean {
    const { clock, bumpAfter, rebroadcastAfter } = this.#options;
    const waiting = this.#of(key);
    const pause = waiting.underpriced
      ? rebroadcastAfter
      : bumpAfter * 2 ** Math.min(versions - 1, MOST_DOUBLINGS);
    return clock.monotonic() >= waiting.bumpFrom + pause;
  }

  /** The pause before the next rise begins now. */
  considered(key: string): void {
    this.#of(key).bumpFrom = this.#options.clock.monotonic();
  }

  /** A new version was signed; `capped` when the chain asks for more than it may offer. */
  signed(key: string, capped: boolean): void {
    const bumpFrom = this.#options.clock.monotonic();
    Object.assign(this.#of(key), { bumpFrom, capped, told: undefined });
  }

  /** No version may offer more; `capped` when that is less than the chain asks for now. */
  cannotRise(key: string, capped: boolean): void {
    this.#of(key).capped = capped;
  }

  isHandingInDue(key: string): boolean {
    const { clock, rebroadcastAfter } = this.#options;
    const { broadcastAt } = this.#of(key);
    return broadcastAt === undefined || clock.monotonic() >= broadcastAt + rebroadcastAfter;
  }

  handedIn(key: string, result: BroadcastResult): void {
    const waiting = this.#of(key);
    waiting.broadcastAt = this.#options.clock.monotonic();
    waiting.underpriced = result.status === "underpriced";
    // Those before it go out again, too.
    if (result.status === "gap")
      for (const other of this.#waiting.values()) other.broadcastAt = undefined;
    this.#say(key, waiting, result);
  }

  #of(key: string): Waiting {
    const now = this.#options.clock.monotonic();
    const known = this.#waiting.get(key);
    if (known !== undefined) return known;
    const fresh: Waiting = {
      since: now,
      broadcastAt: undefined,
      bumpFrom: now,
      underpriced: false,
      capped: false,
      told: undefined,
    };
    this.#waiting.set(key, fresh);
    return fresh;
  }

  /** Once for each reason: the same bytes are handed in again and again. */
  #say(key: string, waiting: Waiting, result: BroadcastResult): void {
    const reason = result.status === "refused" ? result.reason : NEWS[result.status];
    if (reason === undefined || reason === waiting.told) return;
    waiting.told = reason;
    this.#options.log.warn("the chain's node does not take a transaction for now; trying again", {
      intent: key,
      reason,
    });
  }
}

/** What is worth a word about an answer to handing in. */
const NEWS: Readonly<Partial<Record<BroadcastResult["status"], string>>> = {
  underpriced: "it offers too little; the fee rises",
  unfunded: "the account does not hold enough of the chain's coin to pay for it",
  gap: "the node waits for a transaction with a lower nonce",
};
