/**
 * What the cover lottery costs a relay: a commitment, and a claim whose packet crossed three relays with a
 * million packets in their trees. All slots of storage were in use before, like those of a network at work.
 */
import type { NetworkConnection } from "hardhat/types/network";

import { buildReplayTree, type ReplayEntry } from "../../offchain/core/cover/index.ts";
import type { RelayId } from "../../offchain/core/units.ts";
import { type Relay } from "../../test/contracts/support/channels.ts";
import {
  ascending,
  claimArguments,
  claimParts,
  commit,
  type CoverEpoch,
  type CoverPacket,
  deployLottery,
  drawnOf,
  joinRelays,
  type LotterySetup,
  playEpoch,
  runTo,
  sendCover,
} from "../../test/contracts/support/lottery.ts";
import { accounts } from "../../test/contracts/support/registry.ts";

/** Between the powers of two, where walking cycles costs what it costs on average. */
const RELAYS = 48;
/** So few that every slot is drawn: the packet to measure is known before the draw. */
const SLOTS = 4;
const DRAWS = 224;
const LEAVES = 2 ** 20;
const DEPTH = 20;
/** Neither the first epoch of an era, whose seed orders the era, too, nor the last. */
const FIRST_EPOCH = 5;
/** Bytes of a VRF proof without skipped candidates. */
const SHORTEST_PROOF = 305;

type Sent = Promise<{ wait(): Promise<{ gasUsed: bigint } | null> }>;

export async function coverCalls(
  connection: NetworkConnection,
  gasOf: (sent: Sent) => Promise<number>,
): Promise<Record<string, number>> {
  const { alice, bob } = await accounts(connection);
  const setup = await deployLottery(connection, { slots: SLOTS, draws: DRAWS });
  const relays = await joinRelays(connection, setup, RELAYS, alice, bob);
  await earnOnce(connection, setup, relays);

  // The epoch that uses the same places of the rings again.
  const epoch = FIRST_EPOCH + Number(await setup.lottery.ringLength());
  await runTo(connection, setup, epoch);
  const cover = await sendCover(setup, relays, epoch);
  const packet = commonPacket(cover);
  const trees = new Map(cover.trees);
  for (const hop of packet.hops) trees.set(hop, largeTree(cover, hop));
  const grown = { ...cover, trees };
  await runTo(connection, setup, epoch + 1);
  let commitment = 0;
  for (const relay of relays) commitment = await gasOf(commit(setup, relay, grown));
  await runTo(connection, setup, epoch + 2);

  const drawn = await drawnOf(setup, grown);
  const measured = drawn.find(
    ({ sender, slot }) => sender === packet.sender && slot === packet.slot,
  );
  const other = drawn.find(({ sender }) => sender !== packet.sender);
  if (measured === undefined || other === undefined) throw new Error("not every slot was drawn");
  if (claimParts(grown, measured).hops.some(({ siblings }) => siblings.length !== DEPTH))
    throw new Error("a proof is not as deep as the tree");
  const claim = (): Sent => setup.lottery.claim(...claimArguments(grown, measured));
  const snapshot = await connection.networkHelpers.takeSnapshot();
  const first = await gasOf(claim());
  await snapshot.restore();
  await setup.lottery.claim(...claimArguments(grown, other));
  return { commit: commitment, coverClaim3Hops: await gasOf(claim()), coverClaimFirst: first };
}

/** Claims what is drawn of one epoch until every relay has won something. */
async function earnOnce(
  connection: NetworkConnection,
  setup: LotterySetup,
  relays: readonly Relay[],
): Promise<void> {
  const cover = await playEpoch(connection, setup, relays, FIRST_EPOCH);
  const poor = new Set(relays.map(({ id }) => id));
  for (const packet of cover.drawn) {
    const winners = [packet.sender.id, ...packet.hops];
    if (!winners.some((id) => poor.has(id))) continue;
    await setup.lottery.claim(...claimArguments(cover, packet));
    for (const id of winners) poor.delete(id);
  }
  if (poor.size > 0) throw new Error("a relay won nothing");
}

/** A packet whose VRF proof is of the commonest kind, half of all: none of the candidates is skipped. */
function commonPacket(cover: CoverEpoch): CoverPacket {
  const packet = cover.packets.find(
    (sent) => claimParts(cover, sent).vrfProof.length === SHORTEST_PROOF,
  );
  if (packet === undefined) throw new Error("every proof skips a candidate");
  return packet;
}

/** The tree of a relay that took what it took, and other packets up to a million. */
function largeTree(cover: CoverEpoch, relay: RelayId): ReturnType<typeof buildReplayTree> {
  const taken = cover.packets.flatMap(({ hops, taken: entries }) =>
    entries.filter((_, hop) => hops[hop] === relay),
  );
  const [{ time } = { time: undefined }] = taken;
  if (time === undefined) throw new Error("the relay took no packet");
  // Ascending, so that sorting the few others in takes no time.
  const others = Array.from({ length: LEAVES - taken.length }, (_, i): ReplayEntry => {
    const tag = Buffer.alloc(16);
    tag.writeUInt32BE(i * 2 ** 12);
    return { tag, time };
  });
  return buildReplayTree(cover.epoch, relay, ascending([...taken, ...others]));
}
