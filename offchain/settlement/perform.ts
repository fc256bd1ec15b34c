/** Takes steps: sends each, waits for its end, and finishes what an interrupted run began. */
import type { Hex } from "../core/bytes.ts";
import { WaybillError } from "../core/errors.ts";
import type { Chain, Receipt } from "../ports/chain.ts";
import type { ChainEvent } from "../ports/events.ts";
import type { Outbox, Outcome } from "./outbox.ts";
import type { Step } from "./steps.ts";

/** What an earlier run had begun and this one saw the end of, by the step's name. */
export type Finished = ReadonlyMap<string, Outcome>;

/** The step's name in the key of one of its attempts. */
export const stepOf = (key: string): string => key.replace(/:\d+$/, "");

/** What became of the latest attempt at a step, whose failed ones may have been repeated; undefined before the first. */
export async function latestOutcome(
  outbox: Pick<Outbox, "firstAttempt" | "outcome">,
  step: string,
): Promise<Outcome | "pending" | undefined> {
  let latest: Outcome | "pending" | undefined;
  for (let attempt = await outbox.firstAttempt(step); ; attempt++) {
    const outcome = await outbox.outcome(`${step}:${attempt}`);
    if (outcome === undefined) return latest;
    latest = outcome;
  }
}

/** Waits for the end of what an earlier run of this account began. The outbox must have been started. */
export async function finishEarlier(outbox: Outbox): Promise<Finished> {
  const finished = new Map<string, Outcome>();
  for (const key of await outbox.unfinished()) finished.set(stepOf(key), await outbox.ended(key));
  return finished;
}

/**
 * Takes one step and resolves with the receipt of its confirmed transaction. A step that `finished` shows as done
 * is not taken again, nor is one that is still under way.
 * Rejects with CHAIN_REVERTED when the contracts refuse, with CHAIN_UNDECIDED when the node says neither that the
 * step works nor that it fails, and with CHAIN_UNREACHABLE when it no longer knows a transaction that it has just
 * confirmed. The outbox must have been started.
 */
export async function perform(
  { outbox, chain }: { readonly outbox: Outbox; readonly chain: Pick<Chain, "receipt"> },
  step: Step,
  finished: Finished = new Map(),
): Promise<Receipt> {
  const earlier = finished.get(step.name);
  const hash = earlier?.state === "confirmed" ? earlier.hash : await send(outbox, step);
  const receipt = await chain.receipt(hash);
  if (receipt === undefined)
    throw new WaybillError("CHAIN_UNREACHABLE", { what: `receipt of ${hash}` });
  return receipt;
}

async function send(outbox: Outbox, { name, call }: Step): Promise<Hex> {
  for (let attempt = await outbox.firstAttempt(name); ; attempt++) {
    const key = `${name}:${attempt}`;
    const known = await outbox.outcome(key);
    if (known !== undefined && known !== "pending") continue;
    const outcome = await outbox.submit(key, call);
    if (outcome.state === "failed") throw outcome.error;
    return outcome.hash;
  }
}

/** The event of that kind in a receipt; a contract of the network's that made none is another version. */
export function eventOf<Kind extends ChainEvent["kind"]>(
  receipt: Receipt,
  kind: Kind,
): Extract<ChainEvent, { readonly kind: Kind }> {
  const found = receipt.records.map(({ event }) => event).find((event) => event.kind === kind);
  if (found === undefined)
    throw new WaybillError("CHAIN_ABI_MISMATCH", { what: `${kind} in ${receipt.hash}` });
  return found as Extract<ChainEvent, { readonly kind: Kind }>;
}
