/** Payment channels on top of a registry with relays, and tickets to redeem from them. */
import { sha256 } from "@noble/hashes/sha2.js";
import type { ContractTransactionResponse } from "ethers";

import type { IPaymentChannels, PaymentChannels, PaymentChannels__factory } from "#contracts";

import { createBackend, keccak256 } from "../../../offchain/core/crypto/index.ts";
import { merkleProof, merkleRoot } from "../../../offchain/core/merkle/merkle.ts";
import {
  type ClaimedTicket,
  type ClaimGroup,
  type TicketBatch,
  type TicketDomain,
  accountPayerId,
  addressOf,
  channelIdOf,
  encodeClaims,
  isWinner,
  relayPayerId,
  signTicketBatch,
  ticketBatchDigest,
  ticketDomain,
  ticketLeaf,
} from "../../../offchain/core/tickets/index.ts";
import {
  type Address,
  type Amount,
  type ChannelId,
  type Layer,
  type PayerId,
  type RelayId,
  type WinProb,
  address,
  amount,
  epoch,
  generation,
  ticketIndex,
  winProb,
} from "../../../offchain/core/units.ts";
import { ticketAlpha } from "../../../offchain/core/vrf/alpha.ts";
import { vrfOnChainProof } from "../../../offchain/core/vrf/onchain.ts";
import { vrfProve } from "../../../offchain/core/vrf/vrf.ts";
import {
  type Connection,
  type RegistrySetup,
  type Signer,
  EPOCH_LENGTH,
  SETTLEMENT_WINDOW,
  deployRegistry,
  join,
  keyPair,
} from "./registry.ts";

export const NET_FEE = 1_000n;
export const BURN_BPS = 500;
/** Every second ticket wins. */
export const WIN_PROB = 2n ** 63n - 1n;
export const WINDOW = SETTLEMENT_WINDOW;
export const NOTICE = (WINDOW + 2) * EPOCH_LENGTH + 1;

export const Kind = { Account: 0n, Relay: 1n } as const;
export const Status = { Closed: 0n, Open: 1n, Closing: 2n } as const;
export const Skip = {
  ChannelClosed: 0n,
  ChannelEmpty: 1n,
  IndexSpent: 2n,
  UnknownLayer: 3n,
  ProofTooDeep: 4n,
  Loses: 5n,
  BadSignature: 6n,
} as const;

/** What the constructor takes. */
export type ChannelsParameters = Parameters<PaymentChannels__factory["deploy"]>[0];

export interface ChannelsSetup extends RegistrySetup {
  readonly channels: PaymentChannels;
  readonly domain: TicketDomain;
  readonly amounts: readonly Amount[];
  readonly winProb: WinProb;
}

export const backend = createBackend();

/** The parameters that tests deploy with unless they say otherwise. */
export function channelsParameters({ token, registry }: RegistrySetup): ChannelsParameters {
  return {
    token,
    registry,
    netFee: NET_FEE,
    burnShareBps: BURN_BPS,
    winProb: WIN_PROB,
    redemptionWindow: WINDOW,
    noticePeriod: NOTICE,
    meanDelayMillis: 600,
  };
}

/** Deploys the channels over an existing registry. */
export async function addChannels(
  { ethers }: Connection,
  registrySetup: RegistrySetup,
  changes: Partial<ChannelsParameters> = {},
): Promise<ChannelsSetup> {
  const parameters = { ...channelsParameters(registrySetup), ...changes };
  const channels = await ethers.deployContract("PaymentChannels", [parameters]);
  const { chainId } = await ethers.provider.getNetwork();
  const domain = ticketDomain(chainId, address(await channels.getAddress()));
  const amounts = (await channels.ticketAmounts()).map(amount);
  return {
    ...registrySetup,
    channels,
    domain,
    amounts,
    winProb: winProb(await channels.winProb()),
  };
}

export async function deployChannels(
  connection: Connection,
  changes: Partial<ChannelsParameters> = {},
): Promise<ChannelsSetup> {
  return addChannels(connection, await deployRegistry(connection), changes);
}

export interface Relay {
  readonly id: RelayId;
  /** Its keys are `keyPair` of this name. */
  readonly name: string;
  readonly owner: Signer;
  readonly agent: Signer;
}

export async function joinRelay(
  connection: Connection,
  setup: RegistrySetup,
  name: string,
  owner: Signer,
  agent: Signer = owner,
  recipient: Signer = owner,
): Promise<Relay> {
  const { id } = await join(connection, setup, owner, name, {
    agent: agent.address,
    earningsRecipient: recipient.address,
  });
  return { id, name, owner, agent };
}

export interface TicketSigner {
  readonly secret: Uint8Array;
  readonly address: Address;
}

/** A ticket signer, always the same for the same name. */
export function ticketSigner(name: string): TicketSigner {
  const { secret, key } = keyPair(`${name} tickets`);
  return { secret, address: addressOf(key) };
}

export interface Channel {
  readonly id: ChannelId;
  readonly payer: PayerId;
  readonly signer: TicketSigner;
  readonly relay: Relay;
  readonly parties: IPaymentChannels.PartiesStruct;
}

/** The channel from an account to `relay`. */
export function accountChannel(account: Signer, relay: Relay, signer: TicketSigner): Channel {
  const payer = accountPayerId(address(account.address));
  return channelOf(Kind.Account, payer, payer, relay, signer);
}

/** The channel from one relay to another. */
export function relayChannel(from: Relay, relay: Relay, signer: TicketSigner): Channel {
  return channelOf(Kind.Relay, from.id, relayPayerId(from.id), relay, signer);
}

function channelOf(
  kind: bigint,
  payerKey: string,
  payer: PayerId,
  relay: Relay,
  signer: TicketSigner,
): Channel {
  return {
    id: channelIdOf(payer, signer.address, relay.id),
    payer,
    signer,
    relay,
    parties: { kind, payer: payerKey, ticketSigner: signer.address, relay: relay.id },
  };
}

/** Gives `from` tokens, and the channels leave to take them. */
export async function provide(setup: ChannelsSetup, from: Signer, value: bigint): Promise<void> {
  await setup.token.transfer(from, value);
  await setup.token.connect(from).approve(setup.channels, value);
}

/** Opens `channel` with `value` of `from`'s tokens, which it is given first. */
export async function openChannel(
  setup: ChannelsSetup,
  from: Signer,
  channel: Channel,
  value: bigint,
): Promise<void> {
  await provide(setup, from, value);
  await setup.channels.connect(from).open(channel.parties, value);
}

/** What `relay`'s VRF says for `at`, with the proof as the contract takes it. */
export function ticketVrf(
  setup: ChannelsSetup,
  relay: Relay,
  at: number,
): { y: Uint8Array; proof: Uint8Array } {
  const { secret, key } = keyPair(`${relay.name} vrf`);
  const alpha = ticketAlpha(setup.domain.chainId, setup.domain.channels, relay.id, epoch(at));
  const { beta, proof } = vrfProve(secret, alpha);
  return { y: beta, proof: vrfOnChainProof(key, alpha, proof) };
}

export interface TicketWish {
  readonly epoch: number;
  readonly index: number;
  readonly layer?: Layer;
  readonly generation?: number;
  /** Number of tickets in the frame, of which the first is meant; 1 unless said. */
  readonly frame?: number;
  readonly wins?: boolean;
  /** Signed instead of what the network asks for. */
  readonly batch?: Partial<TicketBatch>;
}

/** A ticket of `channel` that wins (or loses) under `y`, found by trying responses. */
export function makeTicket(
  setup: ChannelsSetup,
  channel: Channel,
  y: Uint8Array,
  wish: TicketWish,
): ClaimedTicket {
  const { layer = 0, frame = 1, wins = true } = wish;
  const index = ticketIndex(wish.index);
  for (let attempt = 0; attempt < 10_000; attempt++) {
    const seed = [channel.id, wish.epoch, index, layer, frame, wins, attempt];
    const response = pseudoRandom(seed.join(" "));
    const leaf = ticketLeaf(index, keccak256(response));
    const others = Array.from({ length: frame - 1 }, (_, i) =>
      ticketLeaf(ticketIndex(wish.index + 1 + i), keccak256(response, Uint8Array.of(i))),
    );
    const leaves = [leaf, ...others];
    const batch: TicketBatch = {
      channelId: channel.id,
      generation: generation(wish.generation ?? 0),
      epoch: epoch(wish.epoch),
      amount: amount(setup.amounts[layer] ?? 0n),
      winProb: setup.winProb,
      root: merkleRoot(leaves),
      ...wish.batch,
    };
    const digest = ticketBatchDigest(setup.domain, batch);
    const signature = signTicketBatch(backend, digest, channel.signer.secret);
    if (isWinner(y, leaf, signature, response, setup.winProb) === wins)
      return { layer, index, response, signature, proof: merkleProof(leaves, 0) };
  }
  throw new Error("no such ticket in 10,000 attempts");
}

export const group = (channel: Channel, ...tickets: ClaimedTicket[]): ClaimGroup => ({
  payer: channel.payer,
  ticketSigner: channel.signer.address,
  tickets,
});

/** What `redeem` takes for `groups` of tickets of `at`. */
export function redemption(
  setup: ChannelsSetup,
  relay: Relay,
  at: number,
  groups: readonly ClaimGroup[],
): [RelayId, number, bigint, bigint, Uint8Array, Uint8Array] {
  const { point } = keyPair(`${relay.name} vrf`);
  const { proof } = ticketVrf(setup, relay, at);
  return [relay.id, at, point.x, point.y, proof, encodeClaims(groups)];
}

/** Sends a redemption as the relay's agent. */
export async function redeem(
  setup: ChannelsSetup,
  relay: Relay,
  at: number,
  groups: readonly ClaimGroup[],
): Promise<ContractTransactionResponse> {
  return setup.channels.connect(relay.agent).redeem(...redemption(setup, relay, at, groups));
}

/** 32 bytes, the same for the same text. */
export function pseudoRandom(text: string): Uint8Array {
  return sha256(new TextEncoder().encode(text));
}
