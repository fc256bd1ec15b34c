/** What a person or a start-up asks for once: sends it, waits for the end, and finishes what a crash interrupted. */
import type { Hex } from "../core/bytes.ts";
import type { Call } from "../ports/chain.ts";
import type { Outbox } from "./outbox.ts";

/**
 * Sends `call` and resolves with the hash of its confirmed transaction. When an earlier run started the same
 * thing (`name` says what) and did not see its end, that one is waited for instead, and nothing new is sent.
 * Rejects with CHAIN_REVERTED when the contracts refuse. The outbox must have been started.
 */
export async function perform(outbox: Outbox, name: string, call: Call): Promise<Hex> {
  for (let attempt = 0; ; attempt++) {
    const key = `${name}:${attempt}`;
    const known = await outbox.outcome(key);
    if (known !== undefined && known !== "pending") continue;
    const outcome = await outbox.submit(key, call);
    if (outcome.state === "failed") throw outcome.error;
    return outcome.hash;
  }
}
