/** What a person or a start-up asks for once: sends it, waits for the end, and finishes what a crash interrupted. */
import type { Hex } from "../core/bytes.ts";
import { WaybillError } from "../core/errors.ts";
import type { Call, Chain } from "../ports/chain.ts";
import type { ChainEvent } from "../ports/events.ts";
import type { Outbox } from "./outbox.ts";

/**
 * Sends `call` and resolves with the hash of its confirmed transaction. When an earlier run started the same
 * thing (`name` says what) and did not see its end, that one is waited for instead, and nothing new is sent.
 * Rejects with CHAIN_REVERTED when the contracts refuse. The outbox must have been started.
 */
export async function perform(outbox: Outbox, name: string, call: Call): Promise<Hex> {
  for (let attempt = await outbox.firstAttempt(name); ; attempt++) {
    const key = `${name}:${attempt}`;
    const known = await outbox.outcome(key);
    if (known !== undefined && known !== "pending") continue;
    const outcome = await outbox.submit(key, call);
    if (outcome.state === "failed") throw outcome.error;
    return outcome.hash;
  }
}

/**
 * Like `perform`, and resolves with the event of that kind which the transaction made.
 * Rejects with CHAIN_UNREACHABLE when the node no longer knows a transaction that it has just confirmed.
 */
export async function performAndTell<Kind extends ChainEvent["kind"]>(
  { outbox, chain }: { readonly outbox: Outbox; readonly chain: Pick<Chain, "receipt"> },
  name: string,
  call: Call,
  kind: Kind,
): Promise<Extract<ChainEvent, { readonly kind: Kind }>> {
  const hash = await perform(outbox, name, call);
  const records = (await chain.receipt(hash))?.records ?? [];
  const found = records.map(({ event }) => event).find((event) => event.kind === kind);
  if (found === undefined)
    throw new WaybillError("CHAIN_UNREACHABLE", { what: `receipt of ${hash}` });
  return found as Extract<ChainEvent, { readonly kind: Kind }>;
}
