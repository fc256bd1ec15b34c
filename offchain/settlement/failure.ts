/** How a refused call is kept in the outbox: the contract's custom error with its arguments, as JSON. */
import { WaybillError } from "../core/errors.ts";
import type { RevertReason } from "../ports/chain.ts";

export const encodeFailure = (reason: RevertReason): string => JSON.stringify(reason);

/** The recorded reason as an error that callers can show: "RelayRegistry_BondTooSmall(1, 100)". */
export function decodeFailure(what: string, recorded: string): WaybillError {
  return revertError(what, recorded === "" ? UNKNOWN : (JSON.parse(recorded) as RevertReason));
}

const UNKNOWN: RevertReason = { name: "unknown", args: [] };

function revertError(what: string, reason: RevertReason): WaybillError {
  return new WaybillError("CHAIN_REVERTED", {
    what,
    got: `${reason.name}(${reason.args.join(", ")})`,
    cause: reason,
  });
}

/** The custom error inside a CHAIN_REVERTED error. */
export function failureOf(error: WaybillError): RevertReason {
  const cause = error.context.cause;
  return isReason(cause) ? cause : UNKNOWN;
}

function isReason(value: unknown): value is RevertReason {
  return typeof value === "object" && value !== null && "name" in value && "args" in value;
}
