/** Steps of who pays into channels (protocol §3): open, fund, close, finish closing, fetch what came back. */
import { accountPayerId, channelIdOf, relayPayerId } from "../core/tickets/index.ts";
import {
  seconds,
  type Address,
  type Amount,
  type ChannelId,
  type PayerId,
  type RelayId,
  type Seconds,
} from "../core/units.ts";
import type { ChannelParties, Payer } from "../ports/calls.ts";
import type { TransactionSigner } from "../ports/chain.ts";
import { brief, type Step, type StepMaker } from "./steps.ts";

/** How long a permit is good for. */
const PERMIT_LIFE = 3_600;

export function channelOf({ payer, ticketSigner, relay }: ChannelParties): ChannelId {
  return channelIdOf(payerIdOf(payer), ticketSigner, relay);
}

const payerIdOf = (payer: Payer): PayerId =>
  payer.kind === "account" ? accountPayerId(payer.account) : relayPayerId(payer.relay);

/** Opens a channel and puts `sum` of the caller's approved tokens into it. */
export const openStep = (
  { chain, money }: StepMaker,
  parties: ChannelParties,
  sum: Amount,
): Step => ({
  name: `open:${channelOf(parties)}`,
  says: `Open a channel to relay ${brief(parties.relay)} with ${money(sum)}.`,
  call: chain.calls.openChannel(parties, sum),
});

/** Adds to an open channel out of the caller's approved tokens; the channel may be anyone's. */
export const fundStep = (
  { chain, money }: StepMaker,
  channel: ChannelId,
  relay: RelayId,
  sum: Amount,
): Step => ({
  name: `fund:${channel}:${sum}`,
  says: `Add ${money(sum)} to the channel to relay ${brief(relay)}.`,
  call: chain.calls.fundChannel(channel, sum),
});

/** The same with an approval by signature: one transaction instead of two. */
export async function fundWithPermitStep(
  maker: StepMaker,
  signer: Pick<TransactionSigner, "address" | "signPermit">,
  channel: ChannelId,
  relay: RelayId,
  sum: Amount,
  now: Seconds,
): Promise<Step> {
  const { chain, params } = maker;
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
  return {
    ...fundStep(maker, channel, relay, sum),
    call: chain.calls.fundWithPermit(channel, sum, deadline, permit),
  };
}

/** Adds to an open channel out of a relay's earnings: its owner, or its agent within its allowance. */
export const fundFromEarningsStep = (
  { chain, money }: StepMaker,
  payer: RelayId,
  channel: ChannelId,
  relay: RelayId,
  sum: Amount,
): Step => ({
  name: `fund-from-earnings:${channel}:${sum}`,
  says: `Move ${money(sum)} of the relay's earnings into its channel to relay ${brief(relay)}.`,
  call: chain.calls.fundFromEarnings(payer, channel, sum),
});

/** Starts the notice period. */
export const closeStep = ({ chain, params }: StepMaker, parties: ChannelParties): Step => ({
  name: `close:${channelOf(parties)}`,
  says: `Start closing the channel to relay ${brief(parties.relay)}; it can be finished after ${params.noticePeriod} s.`,
  call: chain.calls.initiateClose(parties),
});

/** Closes after the notice period; what is left waits as a refund, or joins the earnings of the relay that paid. */
export const finaliseStep = (
  { chain, money }: StepMaker,
  parties: ChannelParties,
  balance: Amount,
): Step => ({
  name: `finalise:${channelOf(parties)}`,
  says:
    `Finish closing the channel to relay ${brief(parties.relay)}; what is left in it, ${money(balance)} as of now, ` +
    (parties.payer.kind === "account" ? "waits for its payer." : "joins the relay's earnings."),
  call: chain.calls.finaliseClose(parties),
});

/** Sends what came back from closed channels to the account itself. */
export const refundStep = ({ chain, money }: StepMaker, account: Address, sum: Amount): Step => ({
  name: `refund:${account}:${sum}`,
  says: `Fetch ${money(sum)} that came back from closed channels.`,
  call: chain.calls.withdrawRefund(account, sum),
});
