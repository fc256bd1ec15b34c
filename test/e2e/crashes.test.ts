/**
 * Relays killed with −9 at random moments under load. After each kill the relay gets again, byte for byte and
 * from the same peers, all that it had acknowledged; none of it may be taken a second time. What is claimed at
 * the end is read off the recorded frames, the databases and the chain, not off what a relay says of itself.
 */
import { expect } from "chai";
import { randomBytes, randomInt } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

import { openSqliteStore } from "../../offchain/adapters/sqlite/store.ts";
import { bytesToHex, hexToBytes } from "../../offchain/core/bytes.ts";
import { createBackend, sha256 } from "../../offchain/core/crypto/index.ts";
import { deriveKeys } from "../../offchain/core/keys/derive.ts";
import { HEADER_LENGTH, unwrap } from "../../offchain/core/sphinx/index.ts";
import { epoch as toEpoch } from "../../offchain/core/units.ts";
import { bundle } from "../../scripts/bundle.ts";
import type { Child } from "../../scripts/local-network/child.ts";
import { LocalNetwork, type Line, type NodeFiles } from "../../scripts/local-network/network.ts";
import { balanceBooks } from "../../scripts/money/books.ts";
import { hangUpAll, hasTerminals, openTerminal } from "../support/terminal.ts";
import { acknowledged, framesOf, packetFrames, Recorder } from "./support/recorder.ts";
import { pause, until } from "./support/wait.ts";

const KILLS = 20;
/** A relay that packets reach is killed soon; one that none reach is, all the same, after so long. */
const IDLE_SECONDS = 20;
/** Killing goes on until so many acknowledged packets were brought again and refused; a slow machine needs more kills. */
const LEAST_REPLAYS = 50;
const MOST_KILLS = 80;
const LAST_FILE_PACKETS = 200;
const RECORDING_RELAY = resolve(import.meta.dirname, "support/recording-relay.ts");
const MINUTES = 60_000;

interface Winners {
  readonly [state: string]: { readonly count: number };
}

interface Watched {
  readonly node: NodeFiles;
  readonly recorder: Recorder;
  child: Child;
  running: boolean;
  /** Of this process; undefined until its first status line. */
  status: Line | undefined;
  /** Most winners that any process of this relay has said to have stored. */
  stored: number;
  lostWinners: string[];
  refusedReplays: number;
}

const storedWinners = (line: Line): number =>
  Object.values(line.winners as Winners).reduce((sum, { count }) => sum + count, 0);

describe("kill −9", function () {
  this.timeout(25 * MINUTES);

  const network = new LocalNetwork({
    relays: 6,
    parameters: "test/e2e/support/no-lottery.json5",
    genesisAgo: 12,
  });
  const relays: Watched[] = [];
  let recordingRelay: string;
  const sent: { fileSha256: unknown }[] = [];
  const received: Line[] = [];

  after(() => network.stop(3_000));
  afterEach(hangUpAll);

  it(`threat 40: ${KILLS} kills under load, then a file arrives whole`, async () => {
    const sender = network.createNode("sender");
    const recipient = network.createNode("recipient");
    await network.start([sender, recipient]);
    recordingRelay = await bundle(RECORDING_RELAY);
    for (const node of network.relays) relays.push(watch(node));
    for (const node of [sender, recipient])
      await network.command(node, ["channels", "open", "--all", "--amount", "50", "--yes"]);
    let address = "";
    network.spawn(
      recipient,
      ["receive", "--yes", "--out", join(network.folder, "inbox")],
      (line) => {
        if (line.event === "address") address = String(line.address);
        if (line.event === "file") received.push(line);
      },
    );
    await until(180, "the network carries packets", () => address !== "" && relays.every(hasDuty));

    let kills = 0;
    const enough = (): boolean =>
      kills >= MOST_KILLS || (kills >= KILLS && refusedReplays() >= LEAST_REPLAYS);
    const load = (async () => {
      while (!enough()) await sendFile(sender, address, 400).catch(() => undefined);
    })();
    while (!enough()) {
      const victim = relays[randomInt(relays.length)];
      if (victim === undefined) throw new Error("no relay");
      await until(90, "the next victim runs", () => victim.running && victim.status !== undefined);
      const packets = () => taken(victim) > 0;
      await until(IDLE_SECONDS, "packets reach it", packets).catch(() => undefined);
      await pause(randomInt(200, 3_000));
      victim.child.kill("SIGKILL");
      await victim.child.exited;
      kills += 1;
      restart(victim);
    }
    await load;
    await until(180, "all relays are back", () => relays.every(hasDuty));
    sent.push(await sendAtTerminal(sender, address, LAST_FILE_PACKETS));
    await until(30, "the file is written", () =>
      received.some((file) => file.sha256 === sent.at(-1)?.fileSha256),
    );
  });

  it("no packet that was acknowledged before a kill is taken or forwarded again", () => {
    let taken = 0;
    for (const { recorder, node } of relays) {
      const out = packetFrames(framesOf(recorder.read(), "out"));
      const headers = out.flatMap((frame) =>
        frame.packets.map((packet) => bytesToHex(packet.subarray(0, HEADER_LENGTH))),
      );
      taken += headers.length;
      expect(new Set(headers).size, `${node.name} forwarded a packet twice`).to.equal(
        headers.length,
      );
    }
    // The last file alone: every packet of it left two relays.
    expect(taken, "packets forwarded").to.be.at.least(2 * LAST_FILE_PACKETS);
    expect(refusedReplays(), "packets refused as replays").to.be.at.least(LEAST_REPLAYS);
  });

  it("no ticket index was issued twice, as the receivers have recorded", () => {
    const seen = new Set<string>();
    let tickets = 0;
    for (const { recorder } of relays)
      for (const frame of packetFrames(framesOf(recorder.read(), "in")))
        for (const index of frame.indexes) {
          tickets += 1;
          seen.add(`${frame.channel}/${frame.generation}/${index}`);
        }
    expect(tickets).to.be.at.least(3 * LAST_FILE_PACKETS);
    expect(seen.size).to.equal(tickets);
  });

  it("no stored winner was lost, and every one is redeemed", async () => {
    // What was said before the last packets came counts no longer.
    for (const relay of relays) relay.status = undefined;
    await until(180, "every winner is redeemed", () =>
      relays.every(({ status }) => {
        const winners = status?.winners as Winners | undefined;
        return winners?.won?.count === 0 && winners.submitted?.count === 0;
      }),
    );
    for (const { node, lostWinners } of relays) expect(lostWinners, node.name).to.deep.equal([]);
    const books = await network.books();
    for (const { node, status } of relays) {
      const onChain = books.relays.find(({ id }) => id === status?.relay)?.ticketsRedeemed;
      const { redeemed, rejected, expired } = status?.winners as Winners;
      expect(redeemed?.count, node.name).to.equal(Number(onChain));
      expect([rejected?.count, expired?.count], node.name).to.deep.equal([0, 0]);
    }
    expect(balanceBooks(books).problems).to.deep.equal([]);
  });

  it("every packet that was acknowledged is in the replay database", async () => {
    const backend = createBackend();
    await Promise.all(relays.map(({ child }) => child.stop()));
    for (const { node, recorder } of relays) {
      const recorded = recorder.read();
      const acks = acknowledged(framesOf(recorded, "out"));
      const secret = deriveKeys(hexToBytes(node.secret)).packet();
      const store = await openSqliteStore({ path: join(node.data, "waybill.db") });
      try {
        const known = new Set<string>();
        for (let epoch = 0; epoch < 200; epoch++)
          for (const { tag } of await store.replay.entries(toEpoch(epoch)))
            known.add(bytesToHex(tag));
        let checked = 0;
        for (const frame of packetFrames(framesOf(recorded, "in")))
          frame.packets.forEach((packet, i) => {
            if (!acks.has(`${frame.channel}/${frame.indexes[i] ?? 0}`)) return;
            const step = unwrap(backend, secret, packet);
            if (step.kind === "drop") throw new Error(`acknowledged, but ${step.reason}`);
            expect(known.has(bytesToHex(step.tag)), `${node.name} forgot a packet`).to.equal(true);
            checked += 1;
          });
        expect(checked, node.name).to.be.greaterThan(20);
      } finally {
        await store.close();
      }
    }
  });

  function refusedReplays(): number {
    return relays.reduce((sum, relay) => sum + relay.refusedReplays, 0);
  }

  function watch(node: NodeFiles): Watched {
    const recorder = new Recorder(join(network.folder, `${node.name}.frames`));
    const relay = {
      ...{ node, recorder, running: false, status: undefined },
      ...{ stored: 0, lostWinners: [], refusedReplays: 0 },
    } as Omit<Watched, "child"> as Watched;
    restart(relay);
    return relay;
  }

  function restart(relay: Watched): void {
    relay.running = false;
    relay.status = undefined;
    const file = join(network.folder, `${relay.node.name}.frames`);
    let replays = 0;
    const onLine = (line: Line): void => {
      if (line.event === "running") relay.running = true;
      if (line.event !== "status") return;
      const stored = storedWinners(line);
      if (stored < relay.stored)
        relay.lostWinners.push(`${relay.stored} stored before, ${stored} after`);
      relay.stored = Math.max(relay.stored, stored);
      const refused = (line.drops as Record<string, number>).replay ?? 0;
      relay.refusedReplays += refused - replays;
      replays = refused;
      relay.status = line;
    };
    relay.child = network.startRelay(relay.node, onLine, recordingRelay, { RECORD_FILE: file });
  }

  async function sendFile(
    sender: NodeFiles,
    address: string,
    packets: number,
  ): Promise<{ fileSha256: unknown }> {
    const lines = await network.command(sender, sending(address, randomBytes(2_023 * packets)));
    const last = lines.findLast((line) => line.event === "sent");
    if (last === undefined) throw new Error("not sent");
    return { fileSha256: last.fileSha256 };
  }

  /** The same by a person, who sees a bar; where no terminal can be made, without one. */
  async function sendAtTerminal(
    sender: NodeFiles,
    address: string,
    packets: number,
  ): Promise<{ fileSha256: unknown }> {
    if (!hasTerminals()) return sendFile(sender, address, packets);
    const content = randomBytes(2_023 * packets);
    const asking = sending(address, content).filter((word) => word !== "--yes");
    const terminal = openTerminal(asking, network.environment(sender));
    await terminal.answer(/packets at least: .*Send it\?/s, "y\r");
    expect(await terminal.ended, terminal.text()).to.equal(0);
    expect(terminal.text()).to.match(/█+ 100% \d+ packets sent, \d+ of \d+ confirmed/);
    expect(terminal.text()).to.match(/sent in \d+ packets/);
    return { fileSha256: bytesToHex(sha256(content)) };
  }

  function sending(address: string, content: Uint8Array): string[] {
    const path = join(network.folder, `file-${randomInt(2 ** 40)}`);
    writeFileSync(path, content);
    return ["send", "--yes", "--to", address, "--file", path, "--rate", "40"];
  }
});

const hasDuty = ({ running, status }: Watched): boolean =>
  running && status?.layer !== undefined && status.missingChannels === 0;

/** Packets that this process of the relay has accepted, as far as it has told. */
const taken = ({ status }: Watched): number =>
  (status?.counts as Readonly<Record<string, number>> | undefined)?.["packets-accepted"] ?? 0;
