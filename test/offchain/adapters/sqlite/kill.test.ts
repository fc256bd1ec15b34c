import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { openSqliteStore } from "../../../../offchain/adapters/sqlite/store.ts";
import { epoch } from "../../../../offchain/core/units.ts";
import { packet } from "../../../compliance/store/samples.ts";
import { finish, start } from "./support/child.ts";

const KILLS = 20;

describe("SQLite store under kill −9", () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "waybill-kill-"));
  });
  after(() => rm(folder, { recursive: true }));

  it(`threat 40: ${KILLS} kills at random moments lose nothing that was confirmed`, async () => {
    const path = join(folder, "killed.db");
    const confirmed: string[] = [];
    for (let run = 0; run < KILLS; run++) {
      const child = start("write-until-killed.ts", [path, String(run)]);
      const outcome = finish(child);
      await new Promise((resolve) => child.stdout.once("data", resolve));
      await sleep(Math.random() * 250);
      child.kill("SIGKILL");
      const { lines, stderr } = await outcome;
      expect(stderr).to.equal("");
      confirmed.push(...lines);
    }
    const of = (kind: string): string[] =>
      confirmed
        .filter((line) => line.startsWith(`${kind} `))
        .map((line) => line.split(" ")[1] ?? "");

    const store = await openSqliteStore({ path });
    const tags = of("tag").map((hex) => ({ ...packet(0), tag: Buffer.from(hex, "hex") }));
    const results = await store.replay.accept(tags, []);
    const winners = await store.winners.list(epoch(7), ["won"]);
    await store.close();

    expect(tags.length).to.be.greaterThan(1_000);
    expect(results.filter(({ fresh }) => fresh)).to.have.length(0);
    const stored = new Set(winners.map(({ index }) => String(index)));
    expect(of("winner").length).to.be.greaterThan(20);
    expect(of("winner").filter((index) => !stored.has(index))).to.deep.equal([]);
    // Ranges of ten: reserved once and in order over all runs, so no index was ever given out twice.
    const firsts = of("index").map(Number);
    expect(firsts.length).to.be.greaterThan(20);
    firsts.slice(1).forEach((first, i) => {
      expect(first - (firsts[i] ?? Infinity)).to.be.at.least(10);
    });
  });
});
