/** What the command line does with money, step by step and without asking. */
import type { Chain, TransactionSigner } from "../../../../offchain/ports/chain.ts";
import type { NetworkParams, RelayRecord } from "../../../../offchain/ports/network.ts";
import {
  amount,
  type Amount,
  type ChannelId,
  type RelayId,
  type Seconds,
} from "../../../../offchain/core/units.ts";
import * as channels from "../../../../offchain/settlement/channel-steps.ts";
import type { Outbox } from "../../../../offchain/settlement/outbox.ts";
import { eventOf, perform } from "../../../../offchain/settlement/perform.ts";
import * as relays from "../../../../offchain/settlement/relay-steps.ts";
import { allowSteps, type Step, type StepMaker } from "../../../../offchain/settlement/steps.ts";

/** Transactions of one account; its outbox must have been started, or be stepped. */
export interface AccountActions {
  readonly chain: Pick<Chain, "calls" | "reads" | "receipt">;
  readonly params: NetworkParams;
  readonly outbox: Outbox;
}

export type ChannelChoice = Pick<
  Parameters<typeof channels.channelOf>[0],
  "ticketSigner" | "relay"
>;

const makerOf = ({ chain, params }: AccountActions): StepMaker => ({
  chain,
  params,
  money: String,
});

async function take(account: AccountActions, steps: readonly Step[]) {
  const receipts = [];
  for (const step of steps) receipts.push(await perform(account, step));
  return receipts;
}

async function takeOne(account: AccountActions, step: Step) {
  return perform(account, step);
}

const partiesOf = ({ outbox }: AccountActions, choice: ChannelChoice) => ({
  payer: { kind: "account", account: outbox.account } as const,
  ...choice,
});

export async function joinAsRelay(
  account: AccountActions,
  options: Omit<relays.JoinOptions, "owner">,
): Promise<RelayId> {
  const owner = account.outbox.account;
  const { relay, steps } = await relays.joinSteps(makerOf(account), { ...options, owner });
  await take(account, steps);
  return relay;
}

export async function announce(
  account: AccountActions,
  { id, multiaddr: announced }: Pick<RelayRecord, "id" | "multiaddr">,
  multiaddr: string,
): Promise<void> {
  if (announced !== multiaddr)
    await takeOne(account, relays.announceStep(makerOf(account), id, multiaddr));
}

export async function rotatePacketKey(account: AccountActions, id: RelayId, key: Uint8Array) {
  await takeOne(account, relays.rotateStep(makerOf(account), id, key));
}

export async function leave(account: AccountActions, id: RelayId): Promise<void> {
  await takeOne(account, relays.leaveStep(makerOf(account), id));
}

export async function withdrawBond(account: AccountActions, id: RelayId): Promise<void> {
  await takeOne(account, relays.bondStep(makerOf(account), id, amount(0n)));
}

export async function withdrawEarnings(account: AccountActions, id: RelayId): Promise<Amount> {
  const sum = await account.chain.reads.earnings(id);
  const recipient = account.outbox.account;
  if (sum > 0n) await takeOne(account, relays.earningsStep(makerOf(account), id, recipient, sum));
  return sum;
}

export async function collectRewards(account: AccountActions, id: RelayId): Promise<Amount> {
  const rewards = await account.chain.reads.rewards(id);
  if (rewards === 0n) return rewards;
  const receipt = await takeOne(account, relays.collectStep(makerOf(account), id, rewards));
  return eventOf(receipt, "rewards-collected").amount;
}

export async function collectIntoChannel(
  account: AccountActions,
  id: RelayId,
  channel: ChannelId,
  sum: Amount,
): Promise<Amount> {
  const step = relays.collectIntoChannelStep(makerOf(account), id, channel, sum);
  return eventOf(await takeOne(account, step), "rewards-moved").amount;
}

export async function returnFromJail(account: AccountActions, id: RelayId) {
  const receipt = await takeOne(account, relays.returnStep(makerOf(account), id));
  return eventOf(receipt, "relay-returned").fromEra;
}

export async function voteToEject(account: AccountActions, voter: RelayId, target: RelayId) {
  const step = relays.voteStep(makerOf(account), voter, target);
  const { era, votes } = eventOf(await takeOne(account, step), "ejection-vote");
  return { era, votes };
}

export async function openChannel(
  account: AccountActions,
  choice: ChannelChoice,
  sum: Amount,
): Promise<ChannelId> {
  const maker = makerOf(account);
  const parties = partiesOf(account, choice);
  const spender = { address: account.params.channels, name: "channels" };
  await take(account, [
    ...(await allowSteps(maker, account.outbox.account, spender, sum)),
    channels.openStep(maker, parties, sum),
  ]);
  return channels.channelOf(parties);
}

export async function fundChannel(account: AccountActions, channel: ChannelId, sum: Amount) {
  const maker = makerOf(account);
  const spender = { address: account.params.channels, name: "channels" };
  await take(account, [
    ...(await allowSteps(maker, account.outbox.account, spender, sum)),
    channels.fundStep(maker, channel, channel as string as RelayId, sum),
  ]);
}

export async function fundWithPermit(
  account: AccountActions,
  signer: Pick<TransactionSigner, "address" | "signPermit">,
  channel: ChannelId,
  sum: Amount,
  now: Seconds,
): Promise<void> {
  const relay = channel as string as RelayId;
  const maker = makerOf(account);
  await takeOne(
    account,
    await channels.fundWithPermitStep(maker, signer, channel, relay, sum, now),
  );
}

export async function closeChannel(account: AccountActions, choice: ChannelChoice) {
  await takeOne(account, channels.closeStep(makerOf(account), partiesOf(account, choice)));
}

export async function finaliseChannel(account: AccountActions, choice: ChannelChoice) {
  const parties = partiesOf(account, choice);
  await takeOne(account, channels.finaliseStep(makerOf(account), parties, amount(0n)));
}

export async function withdrawRefund(account: AccountActions): Promise<Amount> {
  const self = account.outbox.account;
  const sum = await account.chain.reads.refund(self);
  if (sum > 0n) await takeOne(account, channels.refundStep(makerOf(account), self, sum));
  return sum;
}
