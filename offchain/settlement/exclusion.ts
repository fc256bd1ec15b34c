/** A relay's way back from jail, and votes against others (protocol §2). */
import { firstEpochOf } from "../core/epochs/epochs.ts";
import { epoch as toEpoch, type Epoch, type Era, type RelayId } from "../core/units.ts";
import type { NetworkParams } from "../ports/network.ts";
import { performAndTell } from "./perform.ts";
import type { AccountActions } from "./relay-life.ts";

/**
 * The first epoch in which a relay can come back that was jailed from `jailedFrom` on: the first whose changes
 * count from a later era, so that it is out for one at least.
 */
export function returnableFrom(params: NetworkParams, jailedFrom: Era): Epoch {
  return toEpoch(Math.max(0, firstEpochOf(params, jailedFrom) - 1));
}

/**
 * Takes the relay out of jail; its owner's or agent's account.
 * @returns the first era with it again
 */
export async function returnFromJail(account: AccountActions, relay: RelayId): Promise<Era> {
  const call = account.chain.calls.returnFromJail(relay);
  const { fromEra } = await performAndTell(account, `return:${relay}`, call, "relay-returned");
  return fromEra;
}

export interface Vote {
  readonly era: Era;
  /** Against the target in that era, this one included. */
  readonly votes: number;
}

/** Votes with `voter` that `target` be ejected; the account of the voter's owner. */
export async function voteToEject(
  account: AccountActions,
  voter: RelayId,
  target: RelayId,
): Promise<Vote> {
  const call = account.chain.calls.voteToEject(voter, target);
  const name = `vote:${voter}:${target}`;
  const { era, votes } = await performAndTell(account, name, call, "ejection-vote");
  return { era, votes };
}

/** How many votes carry among so many relays: more than two thirds of them. */
export const votesNeeded = (relays: number): number => Math.floor((2 * relays) / 3) + 1;
