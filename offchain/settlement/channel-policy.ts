/** By which rules a relay keeps its channels; the operator's to choose (docs/operating.md, "Channels by policy"). */
import { ERA_GRACE_EPOCHS } from "../core/epochs/epochs.ts";
import { amount, type Amount, type RelayId } from "../core/units.ts";
import type { Source } from "./purse.ts";

/** What one channel is kept at. */
export interface ChannelTerms {
  /** What it is filled up to. */
  readonly target: Amount;
  /** It is filled up once less than this is left. */
  readonly lowWater: Amount;
}

/**
 * What becomes of a channel to a relay that neither this era nor, as far as it is known, the next one leads to:
 * it stays; or it is closed once money is missing elsewhere; or it is closed in any case.
 */
export type IdleRule = "keep" | "close-when-short" | "close";

export interface ChannelPolicy extends ChannelTerms {
  /** Most that may lie in all outgoing channels together, those that are closing included. */
  readonly budget: Amount;
  /** Where money is taken from, in this order. */
  readonly sources: readonly Source[];
  readonly idle: IdleRule;
  /** Epochs of an era that pass before a channel counts as idle; packets of the era before are still taken then. */
  readonly idleEpochs: number;
  /** Most wei that the transactions of the keeper may cost in an epoch; no bound when undefined. */
  readonly gasPerEpoch: bigint | undefined;
  /** Terms for single relays; "never": no channel is opened or filled, and packets to that relay are dropped. */
  readonly relays: ReadonlyMap<RelayId, ChannelTerms | "never">;
}

/** What holds for everything that nobody chose otherwise. */
export function usualPolicy(target: Amount, budget: Amount): ChannelPolicy {
  return {
    target,
    // Rounded up: less than half of the target is left.
    lowWater: amount((target + 1n) / 2n),
    budget,
    sources: ["tokens", "earnings"],
    idle: "close-when-short",
    idleEpochs: ERA_GRACE_EPOCHS,
    gasPerEpoch: undefined,
    relays: new Map(),
  };
}

export function termsFor(policy: ChannelPolicy, relay: RelayId): ChannelTerms | "never" {
  return policy.relays.get(relay) ?? policy;
}
