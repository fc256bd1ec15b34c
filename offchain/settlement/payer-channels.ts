/** A sender's channels (protocol §3): open, fund, close, finalise, fetch what came back. */
import { accountPayerId, channelIdOf } from "../core/tickets/index.ts";
import {
  amount,
  seconds,
  type Address,
  type Amount,
  type ChannelId,
  type RelayId,
  type Seconds,
} from "../core/units.ts";
import type { ChannelParties } from "../ports/calls.ts";
import type { TransactionSigner } from "../ports/chain.ts";
import { perform } from "./perform.ts";
import { allow, type AccountActions } from "./relay-life.ts";

export interface ChannelChoice {
  readonly ticketSigner: Address;
  readonly relay: RelayId;
}

/** How long a permit is good for. */
const PERMIT_LIFE = 3_600;

/** Opens a channel from this account and funds it out of approved tokens. */
export async function openChannel(
  account: AccountActions,
  choice: ChannelChoice,
  sum: Amount,
): Promise<ChannelId> {
  const parties = partiesOf(account, choice);
  const id = idOf(account, choice);
  await allow(account, account.params.channels, sum);
  await perform(account.outbox, `open:${id}`, account.chain.calls.openChannel(parties, sum));
  return id;
}

/** Adds to an open channel out of approved tokens; the channel may be anyone's. */
export async function fundChannel(
  account: AccountActions,
  channel: ChannelId,
  sum: Amount,
): Promise<void> {
  await allow(account, account.params.channels, sum);
  await perform(account.outbox, `fund:${channel}`, account.chain.calls.fundChannel(channel, sum));
}

/** Adds to an open channel with an approval by signature: one transaction instead of two. */
export async function fundWithPermit(
  account: AccountActions,
  signer: Pick<TransactionSigner, "address" | "signPermit">,
  channel: ChannelId,
  sum: Amount,
  now: Seconds,
): Promise<void> {
  const { chain, params, outbox } = account;
  const deadline = seconds(now + PERMIT_LIFE);
  const permit = signer.signPermit({
    token: params.token,
    tokenName: await chain.reads.tokenName(),
    chainId: params.chainId,
    spender: params.channels,
    value: sum,
    nonce: await chain.reads.permitNonce(signer.address),
    deadline,
  });
  const call = chain.calls.fundWithPermit(channel, sum, deadline, permit);
  await perform(outbox, `fund:${channel}`, call);
}

/** Starts the notice period. */
export async function closeChannel(account: AccountActions, choice: ChannelChoice): Promise<void> {
  const call = account.chain.calls.initiateClose(partiesOf(account, choice));
  await perform(account.outbox, `close:${idOf(account, choice)}`, call);
}

/** Closes after the notice period; what is left waits as a refund. */
export async function finaliseChannel(
  account: AccountActions,
  choice: ChannelChoice,
): Promise<void> {
  const call = account.chain.calls.finaliseClose(partiesOf(account, choice));
  await perform(account.outbox, `finalise:${idOf(account, choice)}`, call);
}

/** Sends all that came back from closed channels to the account itself; returns how much that was. */
export async function withdrawRefund(account: AccountActions): Promise<Amount> {
  const { chain, outbox } = account;
  const waiting = await chain.reads.refund(outbox.account);
  if (waiting === 0n) return amount(0n);
  await perform(outbox, "refund", chain.calls.withdrawRefund(outbox.account, waiting));
  return waiting;
}

function partiesOf(account: AccountActions, choice: ChannelChoice): ChannelParties {
  return { payer: { kind: "account", account: account.outbox.account }, ...choice };
}

function idOf(account: AccountActions, { ticketSigner, relay }: ChannelChoice): ChannelId {
  return channelIdOf(accountPayerId(account.outbox.account), ticketSigner, relay);
}
