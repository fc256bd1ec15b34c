/**
 * Relay processes of a real network under attack by a stranger with funded channels. Each attack is known by the
 * relay's own name for it in its status line.
 */
import { expect } from "chai";

import { ticketIndex, type Layer } from "../../offchain/core/units.ts";
import type { DropReason } from "../../offchain/ports/metrics.ts";
import { LocalNetwork } from "../../scripts/local-network/network.ts";
import { attacks, type Attack } from "./support/attacks.ts";
import { Stranger, type StrangePeer } from "./support/stranger.ts";
import type { Status, WatchedRelay } from "./support/traffic.ts";
import { until } from "./support/wait.ts";

/** For one line of a relay's status, on a machine that is busy. */
const STATUS_SECONDS = 30;
const START_SECONDS = 120;
/** What all attacks together take, plenty: their targets must stay in their layers meanwhile. */
const ERA_MARGIN_SECONDS = 15;

describe("relay processes under attack", () => {
  let network: LocalNetwork;
  let relays: readonly WatchedRelay[];
  let stranger: Stranger;
  const attackers = new Map<Attack, StrangePeer>();

  before(async () => {
    network = new LocalNetwork({
      relays: 3,
      parameters: "test/e2e/support/no-lottery.json5",
      genesisAgo: 12,
    });
    const files = network.createNode("stranger");
    await network.start([files]);
    relays = network.relays.map((node): WatchedRelay => {
      const statuses: Status[] = [];
      const child = network.startRelay(node, (line) => {
        if (line.event === "status") statuses.push(line as unknown as Status);
      });
      return { node, child, statuses };
    });
    await network.command(files, ["channels", "open", "--all", "--amount", "50", "--yes"]);
    stranger = await Stranger.create(network, files);
    await settled();
    for (const attack of attacks) await start(attack);
  });

  after(async () => {
    await stranger.stop();
    await network.stop(3_000);
  });

  /** Early in an era, with every relay in its place of that era and able to pay the next. */
  const settled = () =>
    until(START_SECONDS, "every relay is ready, and no era change near", () => {
      if (stranger.eraLeft <= ERA_MARGIN_SECONDS) return false;
      return relays.every(({ statuses }) => {
        const last = statuses.at(-1);
        if (last?.layer === undefined || last.missingChannels > 0) return false;
        return stranger.relayOf(last.layer) === last.relay;
      });
    });

  async function start(attack: Attack): Promise<void> {
    const peer = await stranger.connect(stranger.relayOf(attack.layer ?? 0));
    expect(peer.send(attack.frame(stranger))).to.equal(true);
    attackers.set(attack, peer);
  }

  const drops = (reason: DropReason): number =>
    relays.reduce((sum, { statuses }) => sum + (statuses.at(-1)?.drops[reason] ?? 0), 0);
  const watched = (layer: Layer): WatchedRelay => {
    const id = stranger.relayOf(layer);
    const relay = relays.find(({ statuses }) => statuses.at(-1)?.relay === id);
    if (relay === undefined) throw new Error("no such relay is running");
    return relay;
  };
  const count = (relay: WatchedRelay, counter: string): number =>
    relay.statuses.at(-1)?.counts[counter] ?? 0;

  for (const attack of attacks) {
    const { what, reason, ends } = attack;
    it(`${what} is dropped as "${reason}"${ends ? ", and the link ended" : ""}`, async () => {
      const peer = attackers.get(attack);
      if (peer === undefined) throw new Error("the attack did not start");
      const expected = attacks.filter((other) => other.reason === reason).length;
      await until(STATUS_SECONDS, "it is counted", () => drops(reason) === expected);
      if (ends) {
        await until(STATUS_SECONDS, "the link is ended", () => peer.ended !== undefined);
        // Whoever broke the rules is not listened to for a while, and hung up on.
        await peer.connect().catch(() => undefined);
        await until(STATUS_SECONDS, "the next link is ended", () => !peer.connected);
      } else expect(peer.connected).to.equal(true);
      expect(peer.acks).to.deep.equal([]);
      for (const { child } of relays) expect(child.running).to.equal(true);
      await peer.stop();
    });
  }

  it("threat 62: a repeated frame brings the same acknowledgement, and no second ticket or draw", async () => {
    await settled();
    const relay = watched(0);
    const made = stranger.make();
    const frame = stranger.frame(made);
    const drawn = () => count(relay, "tickets-won") + count(relay, "tickets-lost");
    const peer = await stranger.connect(stranger.relayOf(0));
    peer.send(frame);
    await until(STATUS_SECONDS, "it is acknowledged", () => peer.acks.length === 1);
    expect(peer.acks[0]?.acks).to.deep.equal([made.ack]);
    await until(STATUS_SECONDS, "its ticket is drawn", () => drawn() === 1);

    peer.send(frame);
    await until(STATUS_SECONDS, "it is acknowledged again", () => peer.acks.length === 2);
    expect(peer.acks[1]).to.deep.equal(peer.acks[0]);
    const other = await stranger.connect(stranger.relayOf(0));
    other.send(frame);
    await until(STATUS_SECONDS, "both are counted", () => drops("replay") === 2);
    expect(other.acks).to.deep.equal([]);
    expect(drawn()).to.equal(1);
    expect(count(relay, "packets-accepted")).to.equal(1);
    await Promise.all([peer.stop(), other.stop()]);
  });

  it("threat 56: an index that was used before ends the link, unacknowledged", async () => {
    const first = await stranger.connect(stranger.relayOf(0));
    const index = ticketIndex(stranger.index());
    first.send(stranger.frame(stranger.make(), { indexes: [index] }));
    await until(STATUS_SECONDS, "the first is acknowledged", () => first.acks.length === 1);
    first.send(stranger.frame(stranger.make(), { indexes: [index] }));
    await until(STATUS_SECONDS, "it is counted", () => drops("index-order") === 1);
    await until(STATUS_SECONDS, "the link is ended", () => first.ended !== undefined);
    expect(first.acks).to.have.length(1);
    await first.stop();
  });
});
