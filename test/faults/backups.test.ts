/** `kill -9` while a backup is looked at or put back: a process of its own, killed at one step after the other. */
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { bindToDeployment } from "../../offchain/adapters/sqlite/deployment.ts";
import { openSqliteStore } from "../../offchain/adapters/sqlite/store.ts";
import { makeFullBackup } from "../../offchain/app/backup/make.ts";
import { requireFinished, UNFINISHED } from "../../offchain/app/backup/placing.ts";
import { restoreBackup } from "../../offchain/app/backup/restore.ts";
import { keysCommand } from "../../offchain/app/commands/keys.ts";
import { initialise } from "../../offchain/app/initialise.ts";
import { loadSecret } from "../../offchain/app/master-secret.ts";
import { LEAST_COST } from "../../offchain/core/backup/header.ts";
import { hasCode } from "../../offchain/core/errors.ts";
import { address } from "../../offchain/core/units.ts";
import { winner } from "../compliance/store/samples.ts";
import { needs, THOROUGH } from "./support/means.ts";
import { SmallDisk, whyNoSmallDisk } from "./support/full-disk.ts";

const PROGRAM = join(import.meta.dirname, "support/killed-backup.ts");
const PASSPHRASE = "correct horse battery staple";
const DEPLOYMENT = {
  chainId: 31_337n,
  registry: address(`0x${"a1".repeat(20)}`),
  channels: address(`0x${"b2".repeat(20)}`),
};
const FILES = ["keystore.json", "waybill.db", "waybill.toml"];
/** Every step takes a process; the steps between are for `npm run test:faults`. */
const STRIDE = THOROUGH ? 1 : 17;
const MOST_STEPS = 500;

const passphrase = () => Promise.resolve(PASSPHRASE);

describe("a backup that is killed at", function () {
  this.timeout(600_000);

  let folder: string;
  let file: string;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "waybill-killed-"));
    const data = join(folder, "data");
    mkdirSync(data, { mode: 0o700 });
    const store = await openSqliteStore({ path: join(data, "waybill.db") });
    await bindToDeployment(store, DEPLOYMENT);
    await store.winners.add(Array.from({ length: 300 }, (_, i) => winner(1, 4 + i)));
    writeFileSync(join(data, "waybill.toml"), 'log-level = "warn"\n');
    writeFileSync(join(data, "keystore.json"), randomBytes(500).toString("hex"), { mode: 0o600 });
    file = join(folder, "node.backup");
    const target = { path: file, passphrase: PASSPHRASE, replace: false, cost: LEAST_COST };
    await makeFullBackup(store, { data, json: true }, target);
    await store.close();
  });

  after(() => {
    rmSync(folder, { recursive: true });
  });

  /** False when it came to its end before that step. */
  async function killedAt(step: number, temporary: string, ...args: string[]): Promise<boolean> {
    const child = spawn(process.execPath, [PROGRAM, String(step), ...args], {
      env: { ...process.env, TMPDIR: temporary, WAYBILL_BACKUP_PASSPHRASE: PASSPHRASE },
      stdio: ["ignore", "inherit", "inherit"],
    });
    const [code, signal] = (await once(child, "exit")) as [number | null, string | null];
    if (signal === "SIGKILL") return true;
    expect(code).to.equal(0);
    return false;
  }

  async function atEachStep(try_: (step: number) => Promise<boolean>): Promise<number> {
    for (let step = 1; step < MOST_STEPS; step += STRIDE) if (!(await try_(step))) return step;
    throw new Error("no end");
  }

  it("threat 54: any step of a check leaves nothing of it in a file", async () => {
    const temporary = join(folder, "temporary");
    const steps = await atEachStep(async (step) => {
      mkdirSync(temporary);
      const killed = await killedAt(step, temporary, "verify", file);
      for (const name of readdirSync(temporary, { recursive: true }) as string[]) {
        const found = statSync(join(temporary, name));
        expect(found.isFile() ? found.size : 0, `${name} after step ${step}`).to.equal(0);
      }
      rmSync(temporary, { recursive: true });
      return killed;
    });
    expect(steps).to.be.greaterThan(10);
  });

  /** No command takes the folder for a node's; or it is one, and whole. */
  async function isRefusedOrWhole(target: string): Promise<"refused" | "whole" | "empty"> {
    const names = readdirSync(target, { recursive: false }).filter((one) => one !== "lost+found");
    if (names.length === 0) return "empty";
    if (!names.includes(UNFINISHED)) {
      requireFinished(target);
      expect(readdirSync(target).filter((one) => one !== "lost+found")).to.have.members(FILES);
      const store = await openSqliteStore({ path: join(target, "waybill.db") });
      expect(await store.restoration()).to.not.equal(undefined);
      await store.close();
      return "whole";
    }
    const settings = { data: target, json: true };
    const plan = { folder: target, keystore: join(target, "keystore.json"), settings: "" };
    const uses = [
      loadSecret(settings),
      initialise({ ...plan, secret: undefined }),
      keysCommand({}).parseAsync(["change-passphrase", "--data", target], { from: "user" }),
    ];
    for (const use of uses)
      expect(await use.catch((error: unknown) => hasCode(error, "BACKUP_UNFINISHED"))).to.equal(
        true,
      );
    return "refused";
  }

  async function restoresFromEach(target: string, empty: () => void): Promise<void> {
    const seen = new Set<string>();
    const steps = await atEachStep(async (step) => {
      const killed = await killedAt(step, folder, "restore", file, target);
      const found = await isRefusedOrWhole(target);
      seen.add(found);
      if (found !== "whole") {
        await restoreBackup(file, passphrase, target);
        expect(await isRefusedOrWhole(target)).to.equal("whole");
      }
      empty();
      return killed;
    });
    expect(steps).to.be.greaterThan(20);
    expect([...seen]).to.include.members(["refused", "whole"]);
  }

  it("threat 52: any step of a restoration leaves a folder that is refused until it is made anew, or a whole one", async () => {
    const target = join(folder, "restored");
    mkdirSync(target);
    await restoresFromEach(target, () => {
      for (const name of readdirSync(target)) rmSync(join(target, name), { recursive: true });
    });
  });

  it("a restoration works into a mounted volume, and so does the next after one that was killed", async function () {
    const target = join(folder, "volume");
    mkdirSync(target);
    needs(this, whyNoSmallDisk(target));
    const disk = SmallDisk.mount(target, 16);
    try {
      mkdirSync(join(target, "lost+found"));
      expect(await killedAt(30, folder, "restore", file, target)).to.equal(true);
      expect(await isRefusedOrWhole(target)).to.equal("refused");
      await restoreBackup(file, passphrase, target);
      expect(await isRefusedOrWhole(target)).to.equal("whole");
    } finally {
      disk.unmount();
    }
  });

  it("of two restorations into one folder, the later one has it", async () => {
    const target = join(folder, "twice");
    let asked = 0;
    const slow = async (): Promise<string> => {
      asked += 1;
      if (asked === 1) await restoreBackup(file, slow, target);
      return PASSPHRASE;
    };
    const first = restoreBackup(file, slow, target);
    expect(await first.catch((error: unknown) => error)).to.have.property(
      "code",
      "BACKUP_IN_THE_WAY",
    );
    expect(await isRefusedOrWhole(target)).to.equal("whole");
  });

  it("what was interrupted takes nothing away that somebody has put there since", async () => {
    const target = join(folder, "touched");
    expect(await killedAt(25, folder, "restore", file, target)).to.equal(true);
    rmSync(join(target, "keystore.json"), { force: true });
    writeFileSync(join(target, "keystore.json"), "somebody's own", { mode: 0o600 });
    const again = restoreBackup(file, passphrase, target);
    expect(await again.catch((error: unknown) => hasCode(error, "BACKUP_IN_THE_WAY"))).to.equal(
      true,
    );
    expect(statSync(join(target, "keystore.json")).size).to.equal(14);
  });
});
