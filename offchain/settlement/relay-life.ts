/** A relay's steps through the registry (protocol §2): join, announce, rotate its packet key, leave, get the bond back. */
import { relayIdOf } from "../core/vrf/alpha.ts";
import { amount, type Address, type Amount, type ChannelId, type RelayId } from "../core/units.ts";
import type { JoinRequest } from "../ports/calls.ts";
import type { Chain } from "../ports/chain.ts";
import type { NetworkParams, RelayRecord } from "../ports/network.ts";
import type { Outbox } from "./outbox.ts";
import { perform, performAndTell } from "./perform.ts";

/** Transactions of one account; its outbox must have been started. */
export interface AccountActions {
  readonly chain: Pick<Chain, "calls" | "reads" | "receipt">;
  readonly params: NetworkParams;
  readonly outbox: Outbox;
}

export interface JoinOptions extends Omit<JoinRequest, "possession"> {
  /** VRF proof over `possessionAlpha(id)`, with witnesses for the chain. */
  readonly prove: (id: RelayId) => Uint8Array;
  /** What the agent may move from earnings into channels in an epoch. */
  readonly agentAllowance: Amount;
}

/** Bonds a relay of this account: approves the bond, joins, and sets the agent's allowance. Returns its id. */
export async function joinAsRelay(account: AccountActions, options: JoinOptions): Promise<RelayId> {
  const { chain, params, outbox } = account;
  const { prove, agentAllowance, ...request } = options;
  const id = relayIdOf(params.chainId, params.registry, outbox.account, request.vrfKey);
  await allow(account, params.registry, await chain.reads.bond());
  const possession = prove(id);
  await perform(outbox, `join:${id}`, chain.calls.join({ ...request, possession }));
  if (agentAllowance > 0n) await setAgentAllowance(account, id, agentAllowance);
  return id;
}

/** Publishes the multiaddr unless it is the announced one already. */
export async function announce(
  account: AccountActions,
  relay: Pick<RelayRecord, "id" | "multiaddr">,
  multiaddr: string,
): Promise<void> {
  if (relay.multiaddr === multiaddr) return;
  const call = account.chain.calls.announce(relay.id, multiaddr);
  await perform(account.outbox, `announce:${relay.id}:${multiaddr}`, call);
}

/** Schedules a packet key (33 bytes, compressed), in force two epochs ahead. */
export async function rotatePacketKey(
  account: AccountActions,
  relay: RelayId,
  packetKey: Uint8Array,
): Promise<void> {
  const call = account.chain.calls.rotatePacketKey(relay, packetKey);
  await perform(account.outbox, `rotate:${relay}`, call);
}

/** Ends the relay's activity with the next era that is not fixed yet. */
export async function leave(account: AccountActions, relay: RelayId): Promise<void> {
  await perform(account.outbox, `leave:${relay}`, account.chain.calls.leave(relay));
}

/** Pays the bond back once unbonding is over. */
export async function withdrawBond(account: AccountActions, relay: RelayId): Promise<void> {
  await perform(account.outbox, `bond:${relay}`, account.chain.calls.withdrawBond(relay));
}

async function setAgentAllowance(
  account: AccountActions,
  relay: RelayId,
  perEpoch: Amount,
): Promise<void> {
  const call = account.chain.calls.setAgentAllowance(relay, perEpoch);
  await perform(account.outbox, `allowance:${relay}`, call);
}

/**
 * Sends the relay's earnings to its earnings recipient; the owner's account only.
 * @param sum all there is, unless given
 * @returns what was withdrawn; zero when there was nothing
 */
export async function withdrawEarnings(
  account: AccountActions,
  relay: RelayId,
  sum?: Amount,
): Promise<Amount> {
  const all = sum ?? (await account.chain.reads.earnings(relay));
  if (all === 0n) return amount(0n);
  const call = account.chain.calls.withdrawEarnings(relay, all);
  await perform(account.outbox, `withdraw:${relay}`, call);
  return all;
}

/**
 * Moves what the relay has won in the lottery to its earnings; anyone's account.
 * @returns how much arrived; zero when there was nothing
 */
export async function collectRewards(account: AccountActions, relay: RelayId): Promise<Amount> {
  if ((await account.chain.reads.rewards(relay)) === 0n) return amount(0n);
  const call = account.chain.calls.collectRewards(relay);
  const told = await performAndTell(account, `collect:${relay}`, call, "rewards-collected");
  return told.amount;
}

/**
 * Moves `sum` of what the relay has won into an open channel; the owner's account only.
 * @returns how much arrived
 */
export async function collectIntoChannel(
  account: AccountActions,
  relay: RelayId,
  channel: ChannelId,
  sum: Amount,
): Promise<Amount> {
  const call = account.chain.calls.collectIntoChannel(relay, channel, sum);
  const name = `collect:${relay}:${channel}`;
  return (await performAndTell(account, name, call, "rewards-moved")).amount;
}

/** Lets `spender` take at least `sum` of the account's tokens. */
export async function allow(account: AccountActions, spender: Address, sum: Amount): Promise<void> {
  const { chain, outbox } = account;
  if ((await chain.reads.tokenAllowance(outbox.account, spender)) >= sum) return;
  await perform(outbox, `approve:${spender}`, chain.calls.approve(spender, sum));
}
