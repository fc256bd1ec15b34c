/**
 * What an endpoint did instead of what it was asked for. `unreachable`: no connection, or it broke.
 * `timed-out`: no whole answer in time. `refused`: another status than success. `too-large`: a longer answer
 * than any that is needed. `malformed`: not of the documented form. `other-chain`: it does not serve the
 * network's drand chain, or says other things about it. `wrong-round`: another round than was asked for.
 * `bad-signature`: the chain's key never made it.
 */
export type FaultKind =
  | "unreachable"
  | "timed-out"
  | "refused"
  | "too-large"
  | "malformed"
  | "other-chain"
  | "wrong-round"
  | "bad-signature";

/** Stays inside this adapter: the client passes the endpoint over and tells why. */
export class EndpointFault extends Error {
  readonly kind: FaultKind;
  /** The HTTP status when the kind is `refused`. */
  readonly status: number | undefined;

  constructor(kind: FaultKind, detail: string, status?: number) {
    super(`${kind} (${detail})`);
    this.kind = kind;
    this.status = status;
  }
}
