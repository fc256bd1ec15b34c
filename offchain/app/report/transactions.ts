import { purposeOf, wordOf } from "../../core/costs.ts";
import type { OutboxLine } from "../../ports/store.ts";
import { decodeFailure, failureOf } from "../../settlement/failure.ts";
import type { Schemas } from "./schemas.ts";

/** Of an intent's key its first word alone: the rest can name other relays. */
export function transactionsReport(lines: readonly OutboxLine[]): Schemas["Transactions"] {
  return {
    transactions: lines.map(({ key, state, hash, error, settledAt, cost, versions }) => {
      const action = wordOf(key);
      return {
        ...{ purpose: purposeOf(action), action, state, offers: versions },
        hash: hash ?? null,
        at: settledAt ?? null,
        gas: cost?.gas.toString() ?? null,
        coin: cost?.coin.toString() ?? null,
        failure: state === "failed" ? failureOf(decodeFailure(action, error ?? "")).name : null,
      };
    }),
  };
}
