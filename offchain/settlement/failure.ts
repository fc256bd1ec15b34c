/** How a call that failed is kept in the outbox: the contract's custom error with its arguments, as JSON. */
import { WaybillError } from "../core/errors.ts";
import type { RevertReason } from "../ports/chain.ts";

const UNDECIDED = "undecided";

/** In the place of a custom error: the chain's node did not say whether the call works, and it was not sent. */
export const undecided = (error: WaybillError): RevertReason => ({
  name: UNDECIDED,
  args: [String(error.context.got ?? error.code)],
});

export const encodeFailure = (reason: RevertReason): string => JSON.stringify(reason);

/**
 * The recorded reason as an error that callers can show: CHAIN_UNDECIDED, or CHAIN_REVERTED with
 * "RelayRegistry_BondTooSmall(1, 100)".
 */
export function decodeFailure(what: string, recorded: string): WaybillError {
  const reason = recorded === "" ? UNKNOWN : (JSON.parse(recorded) as RevertReason);
  return reason.name === UNDECIDED
    ? new WaybillError("CHAIN_UNDECIDED", { what, got: reason.args[0], cause: reason })
    : revertError(what, reason);
}

const UNKNOWN: RevertReason = { name: "unknown", args: [] };

function revertError(what: string, reason: RevertReason): WaybillError {
  return new WaybillError("CHAIN_REVERTED", {
    what,
    got: `${reason.name}(${reason.args.join(", ")})`,
    cause: reason,
  });
}

/** The custom error inside a CHAIN_REVERTED error, or what stands in its place. */
export function failureOf(error: WaybillError): RevertReason {
  const cause = error.context.cause;
  return isReason(cause) ? cause : UNKNOWN;
}

function isReason(value: unknown): value is RevertReason {
  return typeof value === "object" && value !== null && "name" in value && "args" in value;
}
