/** A registry with its token and beacon on a simulated chain, and relays to join it. */
import { sha256 } from "@noble/hashes/sha2.js";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import type { ContractTransactionResponse } from "ethers";
import type { NetworkConnection } from "hardhat/types/network";

import type {
  BlockhashBeacon,
  IRelayRegistry,
  RelayRegistry,
  RelayRegistry__factory,
  WaybillToken,
} from "#contracts";

import { bytesToHex, hexToBytes } from "../../../offchain/core/bytes.ts";
import { type EpochClock, epochAt, startOf } from "../../../offchain/core/epochs/epochs.ts";
import {
  type Epoch,
  type RelayId,
  address,
  epoch,
  relayId,
  seconds,
} from "../../../offchain/core/units.ts";
import { possessionAlpha, relayIdOf } from "../../../offchain/core/vrf/alpha.ts";
import { vrfOnChainProof } from "../../../offchain/core/vrf/onchain.ts";
import { vrfProve, vrfPublicKey } from "../../../offchain/core/vrf/vrf.ts";
import { presentTime } from "./now.ts";

export type Connection = NetworkConnection;
export type Signer = HardhatEthersSigner;

export const BOND = 1_000n;
export const EPOCH_LENGTH = 100;
export const ERA_LENGTH = 3;
export const SETTLEMENT_WINDOW = 4;
export const UNBONDING = 6;
export const SUPPLY = 10n ** 24n;
/** Tokens that can be minted in an epoch, once a minter is appointed. */
export const MINT_CAP = 10n ** 6n;

/** What the registry's constructor takes. */
export type RegistryParameters = Parameters<RelayRegistry__factory["deploy"]>[0];

export interface RegistrySetup {
  readonly token: WaybillToken;
  readonly beacon: BlockhashBeacon;
  readonly registry: RelayRegistry;
  readonly clock: EpochClock;
  readonly parameters: RegistryParameters;
}

/** Deploys all three; epoch 0 starts with the block after the present one. The first account holds the supply. */
export async function deployRegistry(
  connection: Connection,
  changes: Partial<RegistryParameters> = {},
): Promise<RegistrySetup> {
  const { ethers } = connection;
  const [holder] = await ethers.getSigners();
  if (holder === undefined) throw new Error("the network has no account");
  const genesis = (await presentTime(connection)) + 1;
  const token = await ethers.deployContract("WaybillToken", [
    holder,
    SUPPLY,
    MINT_CAP,
    genesis,
    EPOCH_LENGTH,
  ]);
  const beacon = await ethers.deployContract("BlockhashBeacon", [genesis, EPOCH_LENGTH, 2]);
  const parameters: RegistryParameters = {
    token,
    beacon,
    genesis,
    epochLength: EPOCH_LENGTH,
    eraLength: ERA_LENGTH,
    bond: BOND,
    settlementWindow: SETTLEMENT_WINDOW,
    unbondingEpochs: UNBONDING,
    ...changes,
  };
  const registry = await ethers.deployContract("RelayRegistry", [parameters]);
  const clock = {
    genesis: seconds(genesis),
    epochLength: seconds(EPOCH_LENGTH),
    eraLength: Number(parameters.eraLength),
  };
  return { token, beacon, registry, clock, parameters };
}

export interface Point {
  readonly x: bigint;
  readonly y: bigint;
}

/** A valid public key and its secret, always the same for the same name. */
export function keyPair(name: string): { secret: Uint8Array; key: Uint8Array; point: Point } {
  const secret = sha256(new TextEncoder().encode(name));
  const key = vrfPublicKey(secret);
  const half = (from: number): bigint => BigInt(bytesToHex(key.subarray(from, from + 32)));
  return { secret, key, point: { x: half(0), y: half(32) } };
}

/** What `owner` sends to join with the keys named `name`, and the id that it will get. */
export async function joinRequest(
  { ethers }: Connection,
  registry: RelayRegistry,
  owner: Signer,
  name: string,
  changes: Partial<IRelayRegistry.JoinRequestStruct> = {},
): Promise<{ id: RelayId; request: IRelayRegistry.JoinRequestStruct }> {
  const { chainId } = await ethers.provider.getNetwork();
  const vrf = keyPair(`${name} vrf`);
  const packet = keyPair(`${name} packet`);
  const registryAddress = address(await registry.getAddress());
  const id = relayIdOf(chainId, registryAddress, address(owner.address), vrf.key);
  const request = {
    agent: owner.address,
    earningsRecipient: owner.address,
    vrfX: vrf.point.x,
    vrfY: vrf.point.y,
    packetX: packet.point.x,
    packetY: packet.point.y,
    multiaddr: `/ip4/127.0.0.1/tcp/4001/p2p/${name}`,
    possession: possessionProof(name, id),
    ...changes,
  };
  return { id, request };
}

/** The proof that whoever joins as `id` holds the VRF key of `name`. */
export function possessionProof(name: string, id: RelayId): Uint8Array {
  const { secret, key } = keyPair(`${name} vrf`);
  const alpha = possessionAlpha(id);
  return vrfOnChainProof(key, alpha, vrfProve(secret, alpha).proof);
}

/** Gives `owner` a bond, approves it, and joins. */
export async function join(
  connection: Connection,
  { token, registry }: RegistrySetup,
  owner: Signer,
  name: string,
  changes: Partial<IRelayRegistry.JoinRequestStruct> = {},
): Promise<{ id: RelayId; sent: ContractTransactionResponse }> {
  const { id, request } = await joinRequest(connection, registry, owner, name, changes);
  await token.transfer(owner, BOND);
  await token.connect(owner).approve(registry, BOND);
  const sent = await registry.connect(owner).join(request);
  return { id, sent };
}

/** The accounts with a role in tests; none of them deployed anything. */
export async function accounts({ ethers }: Connection): Promise<{
  alice: Signer;
  bob: Signer;
  carol: Signer;
  stranger: Signer;
}> {
  const [, alice, bob, carol, stranger] = await ethers.getSigners();
  if (!alice || !bob || !carol || !stranger) throw new Error("the network has too few accounts");
  return { alice, bob, carol, stranger };
}

/** A contract's account, with coin to pay gas: nobody has its key, but tests may act for it. */
export async function contractAccount({ ethers, networkHelpers }: Connection): Promise<Signer> {
  const contract = await ethers.deployContract("ECVRFHarness");
  const account = await ethers.getImpersonatedSigner(await contract.getAddress());
  await networkHelpers.setBalance(account.address, 10n ** 18n);
  return account;
}

/** Lets the next block come at `offset` seconds from the start of `at`, without making it. */
export async function nextBlockIn(
  { networkHelpers }: Connection,
  clock: EpochClock,
  at: number,
  offset = 0,
): Promise<void> {
  await networkHelpers.time.setNextBlockTimestamp(startOf(clock, epoch(at)) + offset);
}

/** Makes a block at `offset` seconds from the start of `at`. */
export async function goTo(
  { networkHelpers }: Connection,
  clock: EpochClock,
  at: number,
  offset = 0,
): Promise<Epoch> {
  await networkHelpers.time.increaseTo(startOf(clock, epoch(at)) + offset);
  return epoch(at);
}

/** The epoch of the latest block. */
export async function currentEpoch(
  { networkHelpers }: Connection,
  { clock }: Pick<RegistrySetup, "clock">,
): Promise<Epoch> {
  const now = epochAt(clock, seconds(await networkHelpers.time.latest()));
  if (now === undefined) throw new Error("the latest block is before genesis");
  return now;
}

/** The present set of `era`, in the registry's order. */
export async function setOf(registry: RelayRegistry, era: number): Promise<RelayId[]> {
  const count = Number(await registry.relayCount(era));
  const ids = await Promise.all(
    Array.from({ length: count }, (_, position) => registry.relayAt(era, position)),
  );
  return ids.map(relayId);
}

/** Drives the beacon until the running epoch has its value. */
export async function finalBeacon(
  { networkHelpers }: Connection,
  beacon: BlockhashBeacon,
  at: number,
): Promise<Uint8Array> {
  await beacon.advance();
  await networkHelpers.mine(3, { interval: 1 });
  await beacon.advance();
  const value = await beacon.beaconAt(at);
  if (BigInt(value) === 0n) throw new Error(`epoch ${String(at)} has no beacon`);
  return hexToBytes(value);
}
