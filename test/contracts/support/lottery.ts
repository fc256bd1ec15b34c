/** A cover lottery over channels and relays, and the packets that its claims are about. */
import type { ContractTransactionResponse } from "ethers";

import type { CoverLottery, CoverLottery__factory, PooledRewards } from "#contracts";

import { hexToBytes } from "../../../offchain/core/bytes.ts";
import {
  buildReplayTree,
  type CoverClaim,
  coverAlpha,
  coverRoute,
  type CoverShares,
  coverShares,
  coverSlot,
  drawnPairs,
  encodeCoverClaim,
  type ReplayEntry,
  type ReplayProof,
  type ReplayTree,
} from "../../../offchain/core/cover/index.ts";
import { endOf, eraOf, startOf } from "../../../offchain/core/epochs/epochs.ts";
import { dealLayers } from "../../../offchain/core/layers/layers.ts";
import {
  createForwardPacket,
  exponentialDelay,
  type Route,
  unwrap,
} from "../../../offchain/core/sphinx/index.ts";
import {
  address,
  type Address,
  type Epoch,
  epoch as toEpoch,
  type Era,
  millis,
  nodeId,
  type RelayId,
  seconds,
  type Seconds,
} from "../../../offchain/core/units.ts";
import { vrfOnChainProof } from "../../../offchain/core/vrf/onchain.ts";
import { vrfProve } from "../../../offchain/core/vrf/vrf.ts";
import {
  addChannels,
  backend,
  type ChannelsParameters,
  type ChannelsSetup,
  joinRelay,
  type Relay,
} from "./channels.ts";
import {
  type Connection,
  currentEpoch,
  deployRegistry,
  finalBeacon,
  goTo,
  keyPair,
  type RegistryParameters,
  setOf,
  type Signer,
  SUPPLY,
} from "./registry.ts";

/** What the constructor takes. */
export type LotteryParameters = Parameters<CoverLottery__factory["deploy"]>[0];

export const SLOTS = 4;
export const DRAWS = 8;
export const CLAIM_WINDOW = 3;
export const ROUTE_SPAN = 20;
export const TOLERANCE = 5;
export const SENDER_REWARD = 70n;
export const HOP_REWARD = 11n;
export const CLAIM_REWARD = SENDER_REWARD + 3n * HOP_REWARD;
export const MISSES_ALLOWED = 1;
const MEAN_DELAY = millis(600);
const POOL = 10n ** 9n;

export interface LotterySetup extends ChannelsSetup {
  readonly rewards: PooledRewards;
  readonly lottery: CoverLottery;
  readonly lotteryAddress: Address;
  readonly terms: LotteryParameters;
}

/** What cover is made of and drawn with. */
export interface CoverSetup extends Pick<
  LotterySetup,
  "clock" | "registry" | "domain" | "lotteryAddress"
> {
  readonly beacon: Pick<LotterySetup["beacon"], "beaconAt">;
  readonly terms: Pick<LotteryParameters, "slots" | "draws" | "routeSpan">;
}

/** Who sends and takes cover: its keys are those of its name, unless it has a VRF key of its own. */
export interface CoverRelay extends Pick<Relay, "id" | "name"> {
  readonly vrfSecret?: Uint8Array;
}

/** The parameters that tests deploy with unless they say otherwise. */
function lotteryParameters(
  { registry, channels }: ChannelsSetup,
  rewards: PooledRewards,
): LotteryParameters {
  return {
    registry,
    channels,
    rewards,
    slots: SLOTS,
    draws: DRAWS,
    claimWindow: CLAIM_WINDOW,
    routeSpan: ROUTE_SPAN,
    timeTolerance: TOLERANCE,
    senderReward: SENDER_REWARD,
    hopReward: HOP_REWARD,
    missesAllowed: MISSES_ALLOWED,
  };
}

/** Deploys everything from the token to the lottery, connected, with a pool that lasts. */
export async function deployLottery(
  connection: Connection,
  changes: Partial<LotteryParameters> = {},
  registryChanges: Partial<RegistryParameters> = {},
  channelsChanges: Partial<ChannelsParameters> = {},
): Promise<LotterySetup> {
  const { ethers } = connection;
  const registrySetup = await deployRegistry(connection, registryChanges);
  const setup = await addChannels(connection, registrySetup, channelsChanges);
  const rewards = await ethers.deployContract("PooledRewards", [setup.channels.token()]);
  const terms = { ...lotteryParameters(setup, rewards), ...changes };
  const lottery = await ethers.deployContract("CoverLottery", [terms]);
  await rewards.connectLottery(lottery);
  await setup.registry.connectLottery(lottery);
  await setup.token.approve(rewards, SUPPLY);
  await rewards.topUp(POOL);
  const lotteryAddress = address(await lottery.getAddress());
  return { ...setup, rewards, lottery, lotteryAddress, terms };
}

/** Joins `count` relays in the running epoch, all of one owner and one agent. */
export async function joinRelays(
  connection: Connection,
  setup: LotterySetup,
  count: number,
  owner: Signer,
  agent: Signer,
): Promise<Relay[]> {
  const relays: Relay[] = [];
  for (let i = 0; i < count; i++)
    relays.push(await joinRelay(connection, setup, `relay ${String(i)}`, owner, agent));
  return relays;
}

/** Seconds in which a beacon is sure to come: a transaction, the pinned block, another transaction. */
const BEACON_SECONDS = 20;

/**
 * Lets time pass up to the start of `target`, with a beacon in every epoch on the way and in it. Only the epoch in
 * which it begins goes without when too little of it is left: deploying and joining take as long as they take.
 */
export async function runTo(
  connection: Connection,
  setup: LotterySetup,
  target: number,
): Promise<void> {
  const first = await currentEpoch(connection, setup);
  const left = endOf(setup.clock, first) - (await connection.networkHelpers.time.latest());
  const from = left < BEACON_SECONDS && first < target ? toEpoch(first + 1) : first;
  for (let at = from; at <= target; at = toEpoch(at + 1)) {
    if (at > (await currentEpoch(connection, setup))) await goTo(connection, setup.clock, at);
    if (BigInt(await setup.beacon.beaconAt(at)) === 0n)
      await finalBeacon(connection, setup.beacon, at);
  }
}

/** A relay's packet secret in force in an epoch. */
export type PacketSecrets = (relay: CoverRelay, at: Epoch) => Uint8Array;

export const firstSecrets: PacketSecrets = (relay) => keyPair(`${relay.name} packet`).secret;

/** One slot's packet as its sender made it and as its three hops took it. */
export interface CoverPacket {
  readonly sender: CoverRelay;
  readonly slot: number;
  readonly alpha: Uint8Array;
  readonly vrfProof: Uint8Array;
  readonly send: Seconds;
  readonly hops: readonly [RelayId, RelayId, RelayId];
  readonly taken: readonly ReplayEntry[];
  readonly shares: CoverShares;
}

/** All cover of one epoch, and what the relays took. */
export interface CoverEpoch {
  readonly epoch: Epoch;
  readonly era: Era;
  readonly packets: readonly CoverPacket[];
  readonly trees: ReadonlyMap<RelayId, ReplayTree>;
}

/** Sends the packets of all slots of an epoch whose seed is there; every relay takes what comes. */
export async function sendCover(
  setup: CoverSetup,
  relays: readonly CoverRelay[],
  at: number,
  secrets: PacketSecrets = firstSecrets,
): Promise<CoverEpoch> {
  const epoch = toEpoch(at);
  const era = eraOf(setup.clock, epoch);
  const seed = hexToBytes(await setup.beacon.beaconAt(epoch - 1));
  const layers = dealLayers(
    hexToBytes(await setup.registry.layerKey(era)),
    await setOf(setup.registry, era),
  );
  const timing = {
    epochLength: setup.clock.epochLength,
    routeSpan: seconds(Number(setup.terms.routeSpan)),
  };
  const byId = new Map(relays.map((relay) => [relay.id, relay]));
  const secretOf = (id: RelayId): Uint8Array => {
    const relay = byId.get(id);
    if (relay === undefined)
      throw new Error("the route crosses a relay that the test does not know");
    return secrets(relay, epoch);
  };
  const active = relays.filter(({ id }) => layers.flat().includes(id));
  const packets = active.flatMap((sender) =>
    Array.from({ length: Number(setup.terms.slots) }, (_, slot): CoverPacket => {
      const { chainId } = setup.domain;
      const name = { relay: sender.id, epoch, slot };
      const alpha = coverAlpha(chainId, setup.lotteryAddress, name, seed);
      const { beta, proof } = vrfProve(
        sender.vrfSecret ?? keyPair(`${sender.name} vrf`).secret,
        alpha,
      );
      const fixed = coverSlot(beta, timing);
      if (fixed === undefined) throw new Error("a void slot: once in 2^256");
      const hops = coverRoute(layers, fixed.picks, sender.id);
      const send = seconds(startOf(setup.clock, epoch) + fixed.sendSecond);
      const keys = hops.map((id) => backend.publicKey(secretOf(id)));
      const route: Route = {
        relays: hops.map((id, hop) => ({ id, packetKey: keys[hop] ?? seed })),
        recipient: { id: nodeId(sender.id), packetKey: backend.publicKey(secrets(sender, epoch)) },
        trafficClass: "low-latency",
        era,
      };
      return {
        sender,
        slot,
        alpha,
        vrfProof: proof,
        send,
        hops,
        taken: take(fixed.sessionKey, route, hops.map(secretOf), send),
        shares: coverShares(
          fixed.sessionKey,
          keys as unknown as [Uint8Array, Uint8Array, Uint8Array],
        ),
      };
    }),
  );
  return { epoch, era, packets, trees: treesOf(epoch, active, packets) };
}

/** What each hop's replay database holds of a packet that really crosses the route. */
function take(
  sessionKey: Uint8Array,
  route: Route,
  hopSecrets: readonly Uint8Array[],
  send: Seconds,
): ReplayEntry[] {
  const random = (length: number): Uint8Array => new Uint8Array(length);
  const data = new Uint8Array(0);
  let { packet } = createForwardPacket({ backend, sessionKey, route, data, random });
  let time = send * 1_000;
  return hopSecrets.map((secret) => {
    const step = unwrap(backend, secret, packet);
    if (step.kind !== "forward" && step.kind !== "deliver") throw new Error(step.kind);
    const entry = { tag: step.tag, time: seconds(Math.floor(time / 1_000)) };
    time += exponentialDelay(step.delayUniform, MEAN_DELAY);
    packet = step.packet;
    return entry;
  });
}

function treesOf(
  epoch: Epoch,
  relays: readonly CoverRelay[],
  packets: readonly CoverPacket[],
): Map<RelayId, ReplayTree> {
  const entries = new Map<RelayId, ReplayEntry[]>(relays.map(({ id }) => [id, []]));
  for (const { hops, taken } of packets)
    for (const [hop, entry] of taken.entries()) {
      const relay = hops[hop];
      if (relay !== undefined) entries.get(relay)?.push(entry);
    }
  return new Map(
    [...entries].map(([relay, taken]) => [relay, buildReplayTree(epoch, relay, ascending(taken))]),
  );
}

/** Entries in the order of a replay tree. */
export const ascending = (entries: readonly ReplayEntry[]): ReplayEntry[] =>
  [...entries].sort((a, b) => Buffer.compare(a.tag, b.tag));

/** Commits what `relay` took in `epoch`, as its agent. */
export async function commit(
  { lottery }: LotterySetup,
  relay: Relay,
  cover: Pick<CoverEpoch, "epoch" | "trees">,
): Promise<ContractTransactionResponse> {
  const tree = cover.trees.get(relay.id);
  if (tree === undefined) throw new Error(`${relay.name} was not active`);
  return lottery.connect(relay.agent).commit(relay.id, cover.epoch, tree.root);
}

/** A packet that was drawn. */
export interface DrawnPacket extends CoverPacket {
  readonly draw: number;
}

/** What the beacon of two epochs later draws out of an epoch's packets. */
export async function drawnOf(
  setup: CoverSetup,
  cover: CoverEpoch,
): Promise<readonly DrawnPacket[]> {
  const order = await setOf(setup.registry, cover.era);
  const beacon = hexToBytes(await setup.beacon.beaconAt(cover.epoch + 2));
  const lottery = { slots: Number(setup.terms.slots), draws: Number(setup.terms.draws) };
  return drawnPairs(beacon, order.length, lottery).map(({ draw, position, slot }) => {
    const packet = cover.packets.find(
      ({ sender, slot: sent }) => sender.id === order[position] && sent === slot,
    );
    if (packet === undefined) throw new Error("drawn, but not sent");
    return { ...packet, draw };
  });
}

/** The parts of the claim for a drawn packet, as honest hops and its sender give them. */
export function claimParts(cover: CoverEpoch, packet: CoverPacket): CoverClaim {
  const { key } = keyPair(`${packet.sender.name} vrf`);
  const hops = packet.hops.map((id, hop): ReplayProof => {
    const tag = packet.taken[hop]?.tag;
    const proof = tag && cover.trees.get(id)?.prove(tag);
    if (proof === undefined) throw new Error("a packet is missing in a tree");
    return proof;
  });
  return {
    vrfKey: key,
    vrfProof: vrfOnChainProof(key, packet.alpha, packet.vrfProof),
    shares: packet.shares,
    hops: hops as unknown as CoverClaim["hops"],
  };
}

/** What `claim` takes for a drawn packet. */
export function claimArguments(
  cover: CoverEpoch,
  packet: DrawnPacket,
): [number, number, Uint8Array] {
  return [cover.epoch, packet.draw, encodeCoverClaim(claimParts(cover, packet))];
}

/** An epoch that is over and drawn: cover sent, every tree committed, the beacon of the draw final. */
export async function playEpoch(
  connection: Connection,
  setup: LotterySetup,
  relays: readonly Relay[],
  at: number,
  secrets: PacketSecrets = firstSecrets,
): Promise<CoverEpoch & { readonly drawn: readonly DrawnPacket[] }> {
  await runTo(connection, setup, at);
  const cover = await sendCover(setup, relays, at, secrets);
  await runTo(connection, setup, at + 1);
  for (const relay of relays) if (cover.trees.has(relay.id)) await commit(setup, relay, cover);
  await runTo(connection, setup, at + 2);
  return { ...cover, drawn: await drawnOf(setup, cover) };
}

/** The name of the error by which a transaction was refused. */
export async function refusalOf(sent: Promise<unknown>): Promise<string> {
  try {
    await sent;
  } catch (error) {
    return /custom error '(\w+)/.exec(String(error))?.[1] ?? String(error);
  }
  return "no refusal";
}
