import { equalBytes } from "../core/bytes.ts";
import type { LinkFailure, Settle } from "./unresolved.ts";

export type LinkOutcome = "acknowledged" | LinkFailure;

/**
 * For a sender, which knows the acknowledgement that its first relay must give (`ackHalf` of that hop's
 * shared secret, 32 bytes): a `Settle` for the link, and a promise of the outcome that never rejects.
 */
export function awaitAck(expected: Uint8Array): {
  readonly settle: Settle;
  readonly outcome: Promise<LinkOutcome>;
} {
  const { promise, resolve } = Promise.withResolvers<LinkOutcome>();
  const settle: Settle = {
    acknowledged: (ack) => {
      const right = equalBytes(ack, expected);
      if (right) resolve("acknowledged");
      return right;
    },
    failed: resolve,
  };
  return { settle, outcome: promise };
}
