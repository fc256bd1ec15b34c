import type { Hex } from "../core/bytes.ts";
import type { Address, Amount, ChannelId, Epoch, RelayId, Seconds } from "../core/units.ts";
import type { Call } from "./chain.ts";

export interface JoinRequest {
  readonly agent: Address;
  readonly recipient: Address;
  /** 64 bytes x ‖ y. */
  readonly vrfKey: Uint8Array;
  /** 33 bytes, compressed. */
  readonly packetKey: Uint8Array;
  readonly multiaddr: string;
  /** VRF proof over the relay's id with witnesses for the chain, see core/vrf. */
  readonly possession: Uint8Array;
}

/** Who pays, as the channels contract is told: an account by its address, a relay by its id. */
export type Payer =
  | { readonly kind: "account"; readonly account: Address }
  | { readonly kind: "relay"; readonly relay: RelayId };

/** The three parties that a channel's id is made of. */
export interface ChannelParties {
  readonly payer: Payer;
  readonly ticketSigner: Address;
  readonly relay: RelayId;
}

export interface RedeemRequest {
  readonly relay: RelayId;
  readonly epoch: Epoch;
  /** 64 bytes x ‖ y. */
  readonly vrfKey: Uint8Array;
  /** With witnesses for the chain, see core/vrf. */
  readonly vrfProof: Uint8Array;
  /** Packed winners, see core/tickets. */
  readonly claims: Uint8Array;
}

/** What only a network with a lottery has; elsewhere each of them throws LOTTERY_NONE. */
export interface LotteryCalls {
  /** @param root 32 bytes: of the replay tree of `epoch`, while the next epoch runs */
  commitReplay(relay: RelayId, epoch: Epoch, root: Uint8Array): Call;
  /** @param claim see core/cover */
  claimCover(epoch: Epoch, draw: number, claim: Uint8Array): Call;
  /** Moves a relay's rewards to its earnings. */
  collectRewards(relay: RelayId): Call;
  /** Moves rewards into any open channel. */
  collectIntoChannel(relay: RelayId, channel: ChannelId, amount: Amount): Call;
  /** @param epochs ascending, all of one era, all without the relay's commitment */
  reportMisses(relay: RelayId, epochs: readonly Epoch[]): Call;
  /** For a pool of rewards; a source that mints has no such function. */
  topUpRewards(amount: Amount): Call;
}

/** Every transaction of the protocol, ready to be signed. Who may send it is the contract's rule. */
export interface ContractCalls extends LotteryCalls {
  approve(spender: Address, amount: Amount): Call;

  join(request: JoinRequest): Call;
  announce(relay: RelayId, multiaddr: string): Call;
  /** @param packetKey 33 bytes, compressed */
  rotatePacketKey(relay: RelayId, packetKey: Uint8Array): Call;
  changeAgent(relay: RelayId, agent: Address): Call;
  /** @param proposed Undefined takes the open proposal back. */
  proposeRecipient(relay: RelayId, proposed: Address | undefined): Call;
  /** The proposed account's to send. */
  acceptRecipient(relay: RelayId): Call;
  leave(relay: RelayId): Call;
  withdrawBond(relay: RelayId): Call;
  returnFromJail(relay: RelayId): Call;
  voteToEject(voter: RelayId, target: RelayId): Call;

  advanceBeacon(): Call;
  /** @param signature The drand round of `epoch` as the contract takes it: 128 bytes, see core/drand */
  submitRound(epoch: Epoch, signature: Uint8Array): Call;

  openChannel(parties: ChannelParties, amount: Amount): Call;
  fundChannel(channel: ChannelId, amount: Amount): Call;
  /** @param permit EIP-2612 signature, 65 bytes r ‖ s ‖ v */
  fundWithPermit(channel: ChannelId, amount: Amount, deadline: Seconds, permit: Hex): Call;
  fundFromEarnings(relay: RelayId, channel: ChannelId, amount: Amount): Call;
  initiateClose(parties: ChannelParties): Call;
  finaliseClose(parties: ChannelParties): Call;
  closeAsRelay(parties: ChannelParties): Call;
  withdrawRefund(to: Address, amount: Amount): Call;

  redeem(request: RedeemRequest): Call;
  withdrawEarnings(relay: RelayId, amount: Amount): Call;
  addEarnings(relay: RelayId, amount: Amount): Call;
  setAgentAllowance(relay: RelayId, perEpoch: Amount): Call;
}
