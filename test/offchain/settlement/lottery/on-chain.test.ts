/** Six relays with databases and connections of their own, and the lottery's contracts. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { libp2pTransport } from "../../../../offchain/adapters/libp2p/transport.ts";
import { openSqliteStore } from "../../../../offchain/adapters/sqlite/store.ts";
import { systemClock } from "../../../../offchain/adapters/system/clock.ts";
import { epochAt } from "../../../../offchain/core/epochs/epochs.ts";
import { keccak256 } from "../../../../offchain/core/crypto/hashes.ts";
import { epoch, seconds, type RelayId } from "../../../../offchain/core/units.ts";
import { LotteryRig } from "../../../compliance/chain/lottery-rig.ts";
import { backend } from "../../../contracts/support/channels.ts";
import {
  drawnOf,
  sendCover,
  type CoverEpoch,
  type CoverRelay,
} from "../../../contracts/support/lottery.ts";
import { keyPair } from "../../../contracts/support/registry.ts";
import { LOTTERY } from "../support/local-chain.ts";
import { LotteryRelay } from "./support/relay.ts";

/** The first epoch of the first era with relays. */
const E = epoch(3);
const MARGIN = 60;

describe("commitments, proofs and claims on a real local chain", () => {
  let folder: string;
  let rig: LotteryRig;
  const relays: LotteryRelay[] = [];

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "waybill-lottery-"));
    rig = await LotteryRig.start();
    for (const relay of rig.relays) relays.push(await start(relay));
    for (const { id, multiaddr } of relays) await rig.send(rig.chain.calls.announce(id, multiaddr));
  });
  after(async () => {
    await Promise.all(relays.map((relay) => relay.stop()));
    await Promise.all(relays.map(({ store }) => store.close()));
    await rig.local.stop();
    await rm(folder, { recursive: true });
  });

  const start = async ({ id, name }: CoverRelay): Promise<LotteryRelay> => {
    const signer = await rig.local.account(0n);
    await rig.send(rig.chain.calls.changeAgent(id, signer.address));
    const seed = keccak256(new TextEncoder().encode(`network ${name}`));
    return LotteryRelay.create({
      chain: rig.chain,
      params: rig.params,
      backend,
      clock: systemClock(),
      firstBlock: rig.local.firstBlock,
      id,
      signer,
      vrfSecret: keyPair(`${name} vrf`).secret,
      store: await openSqliteStore({ path: join(folder, `${id}.db`) }),
      transport: () => libp2pTransport({ seed, listen: ["/ip4/127.0.0.1/tcp/0"] }),
    });
  };

  /** What the relays' databases have of it: senders what they sent, hops what they took. */
  const record = async ({ packets }: CoverEpoch): Promise<void> => {
    const storeOf = (id: RelayId) => relays.find((relay) => relay.id === id)?.store;
    for (const { sender, slot, hops, taken } of packets) {
      await storeOf(sender.id)?.cover.begin(E, slot);
      for (const [hop, { tag, time }] of taken.entries()) {
        const packet = { tag, epoch: E, receivedAt: time, bringer: new Uint8Array(8) };
        await storeOf(hops[hop] as RelayId)?.replay.accept([packet], []);
      }
    }
  };

  const rounds = async (count: number): Promise<void> => {
    for (let n = 0; n < count; n++) {
      for (const relay of relays) await relay.look();
      for (const relay of relays) await relay.step();
    }
    for (const relay of relays) await relay.look();
  };

  it("every drawn packet is paid, sender and relays, out of what the relays tell each other", async () => {
    await rig.goTo(E - 1);
    await rig.goTo(E);
    const cover = await sendCover(rig.setup(), rig.relays, E);
    await record(cover);
    await rig.goTo(E + 1);
    await rig.local.moveTo(seconds((await rig.chain.head()).timestamp + MARGIN));
    await rounds(2);
    for (const { id, agent } of relays)
      expect(agent.view.commitment(id, E)).to.deep.equal(cover.trees.get(id)?.root);

    await rig.goTo(E + 2);
    await rounds(3);
    const drawn = await drawnOf(rig.setup(), cover);
    expect(drawn).to.have.length(LOTTERY.draws);
    const due = new Map<RelayId, bigint>();
    const owe = (id: RelayId, sum: bigint): unknown => due.set(id, (due.get(id) ?? 0n) + sum);
    for (const { sender, hops } of drawn) {
      owe(sender.id, LOTTERY.senderReward);
      for (const hop of hops) owe(hop, LOTTERY.hopReward);
    }
    expect(epochAt(rig.params, (await rig.chain.head()).timestamp)).to.equal(E + 2);
    for (const { id, lines } of relays) {
      expect(await rig.chain.reads.rewards(id)).to.equal(due.get(id) ?? 0n);
      expect(lines.filter(({ level }) => level === "error")).to.deep.equal([]);
    }
  });
});
