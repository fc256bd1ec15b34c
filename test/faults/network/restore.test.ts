/**
 * A relay is killed under load and comes back on "another machine" out of an older backup. What is claimed is read
 * off the recorded frames and the chain: no ticket index is issued twice, no packet of before is taken again, and
 * the money adds up.
 */
import { expect } from "chai";
import { join, resolve } from "node:path";

import { bytesToHex } from "../../../offchain/core/bytes.ts";
import { HEADER_LENGTH } from "../../../offchain/core/sphinx/index.ts";
import type { Child } from "../../../scripts/local-network/child.ts";
import { LocalNetwork, type Line, type NodeFiles } from "../../../scripts/local-network/network.ts";
import { balanceBooks } from "../../../scripts/money/books.ts";
import { framesOf, packetFrames, Recorder } from "../../e2e/support/recorder.ts";
import { Traffic, type Status } from "../../e2e/support/traffic.ts";
import { until } from "../../e2e/support/wait.ts";

const RECORDING_RELAY = resolve(import.meta.dirname, "../../e2e/support/recording-relay.ts");
const WAYBILL = resolve(import.meta.dirname, "../../../offchain/app/main.ts");
const PASSPHRASE = { WAYBILL_BACKUP_PASSPHRASE: "correct horse battery staple" };
const MINUTES = 60_000;

type RestoredStatus = Status & { readonly alarms: readonly string[] };

describe("an old backup", function () {
  this.timeout(8 * MINUTES);

  const network = new LocalNetwork({
    relays: 6,
    parameters: "test/e2e/support/no-lottery.json5",
    genesisAgo: 12,
    eraLength: 24,
    eraIn: 30,
  });
  let traffic: Traffic;
  /** Of one layer with channels to the next. */
  let victim: NodeFiles;
  let restored: RestoredStatus[] = [];
  /** Frames that the victim had sent when it was killed. */
  let sentBefore = 0;
  const children = new Map<NodeFiles, Child>();

  const recorderOf = ({ name }: NodeFiles) => new Recorder(join(network.folder, `${name}.frames`));
  const startRelay = (node: NodeFiles, onLine: (line: Line) => void): Child => {
    const file = join(network.folder, `${node.name}.frames`);
    const child = network.startRelay(node, onLine, RECORDING_RELAY, { RECORD_FILE: file });
    children.set(node, child);
    return child;
  };

  before(async () => {
    traffic = await Traffic.start(network, startRelay);
  });
  after(() => network.stop(3_000));

  it("threat 52: is exported, the relay goes on, is killed, and comes back from it in another folder", async () => {
    const watched = traffic.relays.find(({ statuses }) => statuses.at(-1)?.layer === 1);
    if (watched === undefined) throw new Error("no relay is in the second layer");
    victim = watched.node;
    await traffic.send(traffic.writeFile(60), 40);
    await children.get(victim)?.stop();
    const backup = join(network.folder, "old.backup");
    const backupCommand = (node: NodeFiles, args: readonly string[]) =>
      network.children.run({
        name: `waybill backup ${args[0] ?? ""}`,
        args: [WAYBILL, "backup", ...args, "--json"],
        cwd: network.folder,
        logFile: join(network.folder, "backup.log"),
        env: { ...network.environment(node), ...PASSPHRASE },
      });
    await backupCommand(victim, ["export", "--out", backup]);

    // It goes on with the database of which the backup knows nothing.
    const later: Status[] = [];
    startRelay(victim, (line) => {
      if (line.event === "status") later.push(line as unknown as Status);
    });
    await until(120, "the relay is back", () => later.at(-1)?.missingChannels === 0);
    await traffic.send(traffic.writeFile(120), 40);
    await until(30, "it forwards", () => (later.at(-1)?.counts["packets-accepted"] ?? 0) > 20);
    children.get(victim)?.kill("SIGKILL");
    await children.get(victim)?.exited;
    sentBefore = packetFrames(framesOf(recorderOf(victim).read(), "out")).length;

    const elsewhere = { ...victim, data: join(network.folder, "another-machine") };
    await backupCommand(elsewhere, ["restore", backup]);
    const statuses: RestoredStatus[] = [];
    restored = statuses;
    startRelay(elsewhere, (line) => {
      if (line.event === "status") statuses.push(line as unknown as RestoredStatus);
    });
    await until(120, "it says what it is without", () =>
      statuses.some(({ alarms }) => alarms.includes("packet-key-missing")),
    );
    await until(180, "it has a packet key, and knows its indexes", () => {
      const alarms = statuses.at(-1)?.alarms ?? [];
      return !["packet-key-missing", "tickets-waiting"].some((alarm) => alarms.includes(alarm));
    });
    const forwarded = (): number => restored.at(-1)?.counts["packets-accepted"] ?? 0;
    for (let files = 0; files < 4 && forwarded() < 20; files++)
      await traffic.send(traffic.writeFile(150), 40);
    expect(forwarded()).to.be.at.least(20);
    const isPaid = (status: Status | undefined): boolean => {
      const { won, submitted } = status?.winners ?? {};
      return won?.count === 0 && submitted?.count === 0;
    };
    await until(180, "every winner is redeemed", () =>
      traffic.relays.every(({ node, statuses }) =>
        isPaid((node === victim ? restored : statuses).at(-1)),
      ),
    );
  });

  it("brings no ticket index a second time, as the receivers have recorded", () => {
    const seen = new Set<string>();
    let tickets = 0;
    for (const { node } of traffic.relays)
      for (const frame of packetFrames(framesOf(recorderOf(node).read(), "in")))
        for (const index of frame.indexes) {
          tickets += 1;
          seen.add(`${frame.channel}/${frame.generation}/${index}`);
        }
    expect(tickets).to.be.greaterThan(500);
    expect(seen.size).to.equal(tickets);
    const sent = packetFrames(framesOf(recorderOf(victim).read(), "out")).length;
    expect(sent, "frames of the restored relay").to.be.greaterThan(sentBefore);
  });

  it("takes no packet before it has a new key, and nobody forwards one a second time", () => {
    const keyless = restored.filter(({ alarms }) => alarms.includes("packet-key-missing"));
    expect(keyless.length).to.be.greaterThan(0);
    for (const { counts } of keyless) expect(counts["packets-accepted"]).to.equal(0);
    for (const { node } of traffic.relays) {
      const headers = packetFrames(framesOf(recorderOf(node).read(), "out")).flatMap((frame) =>
        frame.packets.map((packet) => bytesToHex(packet.subarray(0, HEADER_LENGTH))),
      );
      expect(new Set(headers).size, `${node.name} forwarded a packet twice`).to.equal(
        headers.length,
      );
    }
  });

  it("loses no money but the winners that only the lost database knew", async () => {
    const books = await network.books();
    expect(balanceBooks(books).problems).to.deep.equal([]);
    const { redeemed, rejected, expired } = restored.at(-1)?.winners ?? {};
    expect(redeemed?.count).to.be.greaterThan(0);
    expect([rejected?.count, expired?.count]).to.deep.equal([0, 0]);
  });
});
