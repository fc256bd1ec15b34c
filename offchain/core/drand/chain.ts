/**
 * A drand chain and its calendar: which round is due when, and which one decides an epoch. The twin of
 * `roundOf` in contracts/beacons/DrandBeacon.sol.
 */
import { type EpochClock, startOf } from "../epochs/epochs.ts";
import { WaybillError } from "../errors.ts";
import { type Epoch, type Seconds, seconds } from "../units.ts";
import { parsePublicKey } from "./points.ts";

/** The scheme whose rounds the beacon contract can check, as drand names it. */
export const DRAND_SCHEME = "bls-unchained-g1-rfc9380";

/** Round number of a drand chain, from 1. */
export type Round = number;

/** What fixes all rounds of a chain. */
export interface DrandChain {
  /** Unix time of round 1. */
  readonly genesis: Seconds;
  /** Time between two rounds, at least a second. */
  readonly period: Seconds;
  /** A point of G2 in its compressed form of 96 bytes, as drand publishes it. */
  readonly publicKey: Uint8Array;
}

/** The chain as given, once its key is known to be one; throws DRAND_CHAIN_INVALID. */
export function drandChain(chain: DrandChain): DrandChain {
  if (chain.period < 1)
    throw new WaybillError("DRAND_CHAIN_INVALID", {
      what: "period",
      got: chain.period,
      allowed: "1 or more",
    });
  parsePublicKey(chain.publicKey);
  return chain;
}

/** The time at which `round` is due. */
export function timeOfRound(chain: DrandChain, round: Round): Seconds {
  return seconds(chain.genesis + (round - 1) * chain.period);
}

/** The first round that is due at `time` or later; round 1 when the chain has not begun. */
export function firstRoundFrom(chain: DrandChain, time: Seconds): Round {
  return 1 + Math.ceil(Math.max(0, time - chain.genesis) / chain.period);
}

/** The round that decides `epoch`: the first due `delay` or more after its start. */
export function roundOfEpoch(
  chain: DrandChain,
  clock: EpochClock,
  delay: Seconds,
  epoch: Epoch,
): Round {
  return firstRoundFrom(chain, seconds(startOf(clock, epoch) + delay));
}
