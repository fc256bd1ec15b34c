/** An entry of the outbox as the rest of the agent reads it: what it calls, and what it came to. */
import type { Hex } from "../../core/bytes.ts";
import type { WaybillError } from "../../core/errors.ts";
import type { Call } from "../../ports/chain.ts";
import type { OutboxEntry } from "../../ports/store.ts";
import { decodeFailure } from "../failure.ts";

export type Outcome =
  | { readonly state: "confirmed"; readonly hash: Hex }
  | { readonly state: "failed"; readonly error: WaybillError };

/** Undefined while it has no end. */
export function outcomeOf(entry: OutboxEntry): Outcome | undefined {
  if (entry.state === "confirmed" && entry.hash !== undefined)
    return { state: "confirmed", hash: entry.hash as Hex };
  if (entry.state === "failed")
    return { state: "failed", error: decodeFailure(entry.key, entry.error ?? "") };
  return undefined;
}

export const callOf = (entry: Pick<OutboxEntry, "to" | "data" | "value">): Call => ({
  to: entry.to as Call["to"],
  data: entry.data as Call["data"],
  value: entry.value,
});
