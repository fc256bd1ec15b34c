/** A relay's steps through registry and lottery (protocol §2 and §10), for its owner or its agent to take. */
import { bytesToHex } from "../core/bytes.ts";
import { firstEpochOf } from "../core/epochs/epochs.ts";
import {
  epoch as toEpoch,
  type Address,
  type Amount,
  type ChannelId,
  type Epoch,
  type Era,
  type RelayId,
} from "../core/units.ts";
import { relayIdOf } from "../core/vrf/alpha.ts";
import type { JoinRequest } from "../ports/calls.ts";
import type { NetworkParams } from "../ports/network.ts";
import type { RelayState } from "./relays.ts";
import { allowSteps, brief, type Step, type StepMaker } from "./steps.ts";

export interface JoinOptions extends Omit<JoinRequest, "possession"> {
  readonly owner: Address;
  /** VRF proof over `possessionAlpha(id)`, with witnesses for the chain. */
  readonly prove: (id: RelayId) => Uint8Array;
  /** What the agent may move from earnings into channels in an epoch. */
  readonly agentAllowance: Amount;
}

/** Approves the bond, joins, and sets the agent's allowance. */
export async function joinSteps(
  maker: StepMaker,
  { owner, prove, agentAllowance, ...request }: JoinOptions,
): Promise<{ readonly relay: RelayId; readonly bond: Amount; readonly steps: readonly Step[] }> {
  const { chain, params, money } = maker;
  const relay = relayIdOf(params.chainId, params.registry, owner, request.vrfKey);
  const bond = await chain.reads.bond();
  const registry = { address: params.registry, name: "registry" };
  const steps = [
    ...(await allowSteps(maker, owner, registry, bond)),
    {
      name: `join:${relay}`,
      says: `Join as relay ${brief(relay)}: the registry keeps ${money(bond)} as its bond until it has left.`,
      call: chain.calls.join({ ...request, possession: prove(relay) }),
    },
    ...(agentAllowance > 0n ? [allowanceStep(maker, relay, agentAllowance)] : []),
  ];
  return { relay, bond, steps };
}

/** What the agent may move from earnings into channels in an epoch; the owner's account only. */
export const allowanceStep = (
  { chain, money }: StepMaker,
  relay: RelayId,
  perEpoch: Amount,
): Step => ({
  name: `allowance:${relay}:${perEpoch}`,
  says:
    perEpoch === 0n
      ? "Let the relay's agent move nothing of its earnings into channels."
      : `Let the relay's agent move up to ${money(perEpoch)} of its earnings into channels in each epoch.`,
  call: chain.calls.setAgentAllowance(relay, perEpoch),
});

/** Names another agent, at once; the owner's account only. */
export const agentStep = (
  { chain }: StepMaker,
  { id, agent }: Pick<RelayState, "id" | "agent">,
  next: Address,
): Step => ({
  name: `agent:${id}:${next}`,
  says: `Name ${next} as the agent of relay ${brief(id)}: from then on ${agent} can do nothing for it.`,
  call: chain.calls.changeAgent(id, next),
});

/** Proposes where earnings shall go, undefined for nowhere else; the owner's account only. */
export const proposeStep = (
  { chain }: StepMaker,
  { id, recipient }: Pick<RelayState, "id" | "recipient">,
  proposed: Address | undefined,
): Step => ({
  name: `propose:${id}:${proposed ?? recipient}`,
  says:
    proposed === undefined
      ? `Take back the proposal of another recipient: the relay's earnings go on to ${recipient}.`
      : `Propose ${proposed} as the recipient of the relay's earnings, which go on to ${recipient} until that account accepts.`,
  call: chain.calls.proposeRecipient(id, proposed),
});

/** Accepts to receive the relay's earnings; the proposed account only. */
export const acceptStep = ({ chain }: StepMaker, relay: RelayId): Step => ({
  name: `accept:${relay}`,
  says: `Accept to receive the earnings of relay ${brief(relay)}, all that is paid out from then on.`,
  call: chain.calls.acceptRecipient(relay),
});

/** Publishes where the relay can be dialled; its owner's or agent's account. */
export const announceStep = ({ chain }: StepMaker, relay: RelayId, multiaddr: string): Step => ({
  name: `announce:${relay}:${multiaddr}`,
  says: `Announce that the relay is dialled at ${multiaddr}.`,
  call: chain.calls.announce(relay, multiaddr),
});

/** Schedules a packet key (33 bytes, compressed), in force two epochs ahead; the owner's or the agent's account. */
export const rotateStep = ({ chain }: StepMaker, relay: RelayId, packetKey: Uint8Array): Step => ({
  name: `rotate:${relay}:${bytesToHex(packetKey)}`,
  says: `Schedule the packet key ${brief(bytesToHex(packetKey))}, in force two epochs ahead.`,
  call: chain.calls.rotatePacketKey(relay, packetKey),
});

/** Ends the relay's activity with the next era that is not fixed yet; the owner's account only. */
export const leaveStep = ({ chain }: StepMaker, relay: RelayId): Step => ({
  name: `leave:${relay}`,
  says: `Leave: relay ${brief(relay)} is active no more from the next open era on, which cannot be undone; its bond is free some epochs later.`,
  call: chain.calls.leave(relay),
});

/** Pays the bond back once unbonding is over; the owner's account only. */
export const bondStep = ({ chain, money }: StepMaker, relay: RelayId, bond: Amount): Step => ({
  name: `bond:${relay}`,
  says: `Take the bond of ${money(bond)} back to the owner's account.`,
  call: chain.calls.withdrawBond(relay),
});

/** Sends earnings to their recipient; the owner's account only. */
export const earningsStep = (
  { chain, money }: StepMaker,
  relay: RelayId,
  recipient: Address,
  sum: Amount,
): Step => ({
  name: `withdraw:${relay}:${sum}`,
  says: `Pay ${money(sum)} of the relay's earnings to their recipient, ${recipient}.`,
  call: chain.calls.withdrawEarnings(relay, sum),
});

/** Moves what the relay has won in the lottery to its earnings; anyone's account. */
export const collectStep = (
  { chain, money }: StepMaker,
  relay: RelayId,
  rewards: Amount,
): Step => ({
  name: `collect:${relay}`,
  says: `Move the relay's lottery rewards, ${money(rewards)} as of now, to its earnings.`,
  call: chain.calls.collectRewards(relay),
});

/** Moves `sum` of what the relay has won into an open channel; the owner's account only. */
export const collectIntoChannelStep = (
  { chain, money }: StepMaker,
  relay: RelayId,
  channel: ChannelId,
  sum: Amount,
): Step => ({
  name: `collect:${relay}:${channel}:${sum}`,
  says: `Move ${money(sum)} of the relay's lottery rewards into the channel ${brief(channel)}.`,
  call: chain.calls.collectIntoChannel(relay, channel, sum),
});

/** Takes the relay out of jail; its owner's or agent's account. */
export const returnStep = ({ chain }: StepMaker, relay: RelayId): Step => ({
  name: `return:${relay}`,
  says: `Bring relay ${brief(relay)} back from jail, active from the next open era on.`,
  call: chain.calls.returnFromJail(relay),
});

/** Votes that `target` be ejected; the account of the voter's owner. */
export const voteStep = ({ chain }: StepMaker, voter: RelayId, target: RelayId): Step => ({
  name: `vote:${voter}:${target}`,
  says: `Vote with relay ${brief(voter)} that relay ${brief(target)} be ejected in this era.`,
  call: chain.calls.voteToEject(voter, target),
});

/**
 * The first epoch in which a relay can come back that was jailed from `jailedFrom` on: the first whose changes
 * count from a later era, so that it is out for one at least.
 */
export function returnableFrom(params: NetworkParams, jailedFrom: Era): Epoch {
  return toEpoch(Math.max(0, firstEpochOf(params, jailedFrom) - 1));
}

/** How many votes carry among so many relays: more than two thirds of them. */
export const votesNeeded = (relays: number): number => Math.floor((2 * relays) / 3) + 1;
