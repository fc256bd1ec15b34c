/** Backups of a node's folder, there and back: real files, real databases, the commands as they are typed. */
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { bindToDeployment } from "../../../offchain/adapters/sqlite/deployment.ts";
import { openSqliteStore, type SqliteStore } from "../../../offchain/adapters/sqlite/store.ts";
import { encryptKeystore } from "../../../offchain/adapters/secrets/keystore.ts";
import { writePrivateFile } from "../../../offchain/adapters/secrets/private-file.ts";
import { silentLog } from "../../../offchain/adapters/system/log.ts";
import { transactionSigner } from "../../../offchain/adapters/ethers/signer.ts";
import { makeFullBackup, makeWatchExport } from "../../../offchain/app/backup/make.ts";
import {
  readWatchExport,
  restoreBackup,
  verifyBackup,
} from "../../../offchain/app/backup/restore.ts";
import { makePlace } from "../../../offchain/app/backup/placing.ts";
import { BackupRotation, WATCH_FILE } from "../../../offchain/app/backup/rotation.ts";
import { encodeWatchExport, RELAY_META } from "../../../offchain/app/backup/watch-export.ts";
import type { SettingsReport } from "../../../offchain/app/commands/config.ts";
import { actionsBelow } from "../../../offchain/app/config/names.ts";
import { loadIdentity, type Identity } from "../../../offchain/app/identity.ts";
import { STOP_BOUND } from "../../../offchain/app/lifetime.ts";
import { waybill } from "../../../offchain/app/main.ts";
import { LEAST_COST } from "../../../offchain/core/backup/header.ts";
import { bytesToHex } from "../../../offchain/core/bytes.ts";
import { deriveKeys } from "../../../offchain/core/keys/derive.ts";
import { address, epoch, millis, ticketIndex } from "../../../offchain/core/units.ts";
import { ManualClock } from "../../../offchain/adapters/memory/clock.ts";
import { bytes, channel, packet, winner } from "../../compliance/store/samples.ts";
import { inProcess } from "./support/in-process.ts";
import { networkFile } from "./support/network-file.ts";
import { commandLine, openShellTerminal, requireTerminal } from "../../support/terminal.ts";

const SECRET = "ab".repeat(32);
const PASSPHRASE = "correct horse battery staple";
const RELAY = channel(99);
const DEPLOYMENT = {
  chainId: 31_337n,
  registry: address(`0x${"a1".repeat(20)}`),
  channels: address(`0x${"b2".repeat(20)}`),
};

const codeOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => "ok",
    (error: unknown) => (error instanceof Error && "code" in error ? error.code : String(error)),
  );
/** Of what ends a process. */
const listeners = () =>
  new Map(
    ["SIGINT", "SIGTERM", "uncaughtException", "unhandledRejection"].map(
      (event) => [event, process.rawListeners(event) as (() => void)[]] as const,
    ),
  );
const passphrase = () => Promise.resolve(PASSPHRASE);

describe("backups of a node", () => {
  let folder: string;
  let data: string;
  let store: SqliteStore;
  let identity: Identity;
  let count = 0;
  const environment = process.env;

  const fresh = (): string => join(folder, String(count++));
  const target = (path: string) => ({
    ...{ path, passphrase: PASSPHRASE, replace: false, cost: LEAST_COST },
  });
  const options = () => ({ data, json: true });
  const files = () => readdirSync(data);
  /** What the command says, line by line. */
  const run = async (...args: string[]): Promise<Readonly<Record<string, unknown>>[]> => {
    const before = listeners();
    const ran = await inProcess([...args, "--json"], process.env);
    // The process is the tests' and goes on.
    for (const [event, all] of listeners())
      for (const one of all)
        if (before.get(event)?.includes(one) !== true) process.removeListener(event, one);
    if (ran.error !== undefined) throw ran.error;
    return ran.said();
  };

  beforeEach(async () => {
    process.env = {
      ...environment,
      WAYBILL_SECRET: SECRET,
      WAYBILL_BACKUP_PASSPHRASE: PASSPHRASE,
    };
    folder = mkdtempSync(join(tmpdir(), "waybill-node-"));
    data = fresh();
    mkdirSync(data, { mode: 0o700 });
    identity = await loadIdentity(options());
    store = await openSqliteStore({ path: join(data, "waybill.db") });
    await bindToDeployment(store, DEPLOYMENT);
    await store.setMeta(RELAY_META, RELAY);
    await store.replay.accept([packet(1)], []);
    await store.winners.add([winner(1, 4), winner(1, 9, 8), winner(2, 3)]);
    await store.winners.mark([winner(2, 3)], "redeemed");
    await store.salts.add(bytes(32, 5));
    await store.indexes.reserve(channel(1), 10, ticketIndex(1));
    writeFileSync(join(data, "waybill.toml"), 'log-level = "warn"\n');
  });
  afterEach(async () => {
    await store.close();
    process.env = environment;
    rmSync(folder, { recursive: true });
  });

  it("threat 52: restored elsewhere, all of it is there, for its owner alone, and knows that it came back", async () => {
    // Written after the keys were loaded from the environment: a node has one secret.
    writeFileSync(join(data, "keystore.json"), '{"crypto":{}}', { mode: 0o600 });
    const [file, elsewhere] = [fresh(), join(fresh(), "deeper")];
    await makeFullBackup(store, options(), target(file));
    const { header, database, parts } = await restoreBackup(file, passphrase, elsewhere);
    expect(header.deployment).to.deep.equal(DEPLOYMENT);
    expect(parts.map(({ name }) => name)).to.deep.equal(["keystore", "settings", "database"]);
    expect(database).to.include({ tags: 1, winners: 3, channelsPaid: 1 });
    expect(statSync(elsewhere).mode & 0o777).to.equal(0o700);
    for (const name of ["keystore.json", "waybill.toml", "waybill.db"])
      expect(statSync(join(elsewhere, name)).mode & 0o777, name).to.equal(0o600);
    for (const name of ["keystore.json", "waybill.toml"])
      expect(readFileSync(join(elsewhere, name))).to.deep.equal(readFileSync(join(data, name)));

    const back = await openSqliteStore({ path: join(elsewhere, "waybill.db") });
    expect((await back.restoration())?.takenAt).to.equal(header.createdAt);
    expect(await back.salts.list()).to.deep.equal([]);
    expect(await back.winners.list(epoch(7), ["submitted"])).to.deep.equal([winner(1, 4)]);
    expect(await back.replay.count()).to.equal(1);
    const reserve = back.indexes.reserve(channel(1), 1, ticketIndex(1));
    expect(await codeOf(reserve)).to.equal("STORE_INDEXES_UNRECONCILED");
    await back.close();
    // The node of which it is a backup was only read.
    expect(await store.restoration()).to.equal(undefined);
    expect(await store.salts.list()).to.have.length(1);
    expect(files().filter((name) => name.includes("snapshot"))).to.deep.equal([]);
  });

  it("restoring overwrites nothing, and leaves nothing when it fails", async () => {
    const file = fresh();
    await makeFullBackup(store, options(), target(file));
    expect(await codeOf(restoreBackup(file, passphrase, data))).to.equal("BACKUP_IN_THE_WAY");
    const elsewhere = fresh();
    const other = () => Promise.resolve("another passphrase");
    expect(await codeOf(restoreBackup(file, other, elsewhere))).to.equal("BACKUP_UNOPENED");
    const cut = fresh();
    writeFileSync(cut, readFileSync(file).subarray(0, -5));
    expect(await codeOf(restoreBackup(cut, passphrase, elsewhere))).to.equal("BACKUP_UNOPENED");
    const watch = fresh();
    await makeWatchExport(store, identity, target(watch));
    expect(await codeOf(restoreBackup(watch, passphrase, elsewhere))).to.equal("BACKUP_OTHER_KIND");
    const stop = AbortSignal.abort();
    const stopped = restoreBackup(file, passphrase, elsewhere, stop);
    expect(await codeOf(stopped)).to.equal("BACKUP_STOPPED");
    expect(existsSync(elsewhere)).to.equal(false);
    expect(readdirSync(folder).filter((name) => name.startsWith("."))).to.deep.equal([]);
    mkdirSync(elsewhere);
    await restoreBackup(file, passphrase, elsewhere);
    expect(readdirSync(elsewhere).sort()).to.deep.equal(["waybill.db", "waybill.toml"]);
  });

  it("what goes wrong once all of it is in its place takes none of it away", async () => {
    const restored = join(folder, "in-place");
    const place = await makePlace(restored);
    writeFileSync(join(place.building, "waybill.db"), "a database");
    await place.finish();
    await place.abandon();
    expect(readdirSync(restored)).to.deep.equal(["waybill.db"]);
  });

  it("a signal at the question for the passphrase ends a restoration at once, and nothing is left", async function () {
    requireTerminal(this);
    const file = fresh();
    await makeFullBackup(store, options(), target(file));
    const elsewhere = fresh();
    const args = ["backup", "restore", file, "--data", elsewhere];
    const terminal = openShellTerminal(`echo "pid $$."; exec ${commandLine(args)}`);
    try {
      await terminal.answer(/Passphrase of/, "");
      const [, pid = ""] = /pid (\d+)\./.exec(terminal.text()) ?? [];
      expect(pid).to.not.equal("");
      const asked = performance.now();
      process.kill(Number(pid), "SIGTERM");
      await terminal.ended;
      expect(performance.now() - asked).to.be.lessThan(STOP_BOUND / 2);
      expect(existsSync(elsewhere)).to.equal(false);
    } finally {
      terminal.hangUp();
    }
  });

  it("an export for watching holds the agent's key, and no other secret of the node", async () => {
    const file = fresh();
    await makeWatchExport(store, identity, target(file));
    const { header, watch } = await readWatchExport(file, passphrase);
    expect(header.kind).to.equal("watch");
    expect(watch.relay).to.equal(RELAY);
    expect(transactionSigner(watch.agentKey).address).to.equal(identity.account);
    expect(watch.epochs.map(({ epoch: one }) => one)).to.deep.equal([7, 8]);
    expect(watch.epochs.map(({ winners }) => winners)).to.deep.equal([
      [winner(1, 4)],
      [winner(1, 9, 8)],
    ]);
    const text = Buffer.from(encodeWatchExport(watch)).toString();
    expect(text).to.contain(bytesToHex(watch.agentKey));
    const master = Buffer.from(SECRET, "hex");
    const keys = deriveKeys(master);
    const secrets = [keys.vrf, keys.ticket, keys.network, keys.packet(), master];
    for (const secret of secrets) expect(text).not.to.contain(bytesToHex(secret).slice(2));
  });

  it("the running agent makes them in turn and keeps the newest few", async () => {
    const clock = new ManualClock(millis(0));
    const backups = fresh();
    const rotation = new BackupRotation({
      ...{ store, identity, clock, node: options(), folder: backups, passphrase: PASSPHRASE },
      ...{ every: millis(60_000), keep: 2, log: silentLog(), cost: LEAST_COST },
    });
    mkdirSync(backups);
    // The clock was wrong once: the older one has a name from times to come.
    for (const [old, written] of [
      ["waybill-20990101T000000Z.backup", 1],
      ["waybill-20250102T000000Z.backup", 2],
    ] as const) {
      writeFileSync(join(backups, old), "old");
      utimesSync(join(backups, old), written, written);
    }
    writeFileSync(join(backups, "something-else.backup"), "kept");
    // Of a process that was killed meanwhile.
    writeFileSync(join(backups, "waybill-20250103T000000Z.backup.part"), "half of one");
    await rotation.step();
    const first = rotation.latest;
    await rotation.step();
    expect(rotation.latest).to.equal(first);
    expect(readdirSync(backups).sort()).to.deep.equal(
      ["something-else.backup", "waybill-20250102T000000Z.backup", first, WATCH_FILE].sort(),
    );
    expect(statSync(join(backups, WATCH_FILE)).mode & 0o777).to.equal(0o600);
    await clock.run(millis(60_001));
    await store.winners.add([winner(3, 1)]);
    await rotation.step();
    const { watch } = await readWatchExport(join(backups, WATCH_FILE), passphrase);
    expect(watch.epochs.flatMap(({ winners }) => winners)).to.have.length(3);
    const contents = await verifyBackup(join(backups, String(rotation.latest)), passphrase);
    expect(contents.database?.winners).to.equal(4);
  });

  it("a node whose files lie in four places is one folder afterwards, and starts without the old ones", async () => {
    const old = fresh();
    const place = (name: string): string => {
      mkdirSync(join(old, name), { recursive: true, mode: 0o700 });
      return join(old, name);
    };
    await store.close();
    cpSync(data, place("data"), { recursive: true });
    const keystore = join(place("keys"), "node.json");
    writePrivateFile(
      keystore,
      await encryptKeystore(Buffer.from(SECRET, "hex"), PASSPHRASE),
      "refuse",
    );
    const policy = join(place("etc"), "policy.toml");
    writeFileSync(policy, 'idle = "keep"\n');
    networkFile(place("net"), DEPLOYMENT);
    const config = join(place("etc"), "node.toml");
    writeFileSync(
      config,
      `# Mine\ndata = "../data" # there\nkeystore = "${keystore}"\nnetwork = "../net/network.json"\n` +
        `poll = 7\n[run]\nchannel-policy = "policy.toml"\n[send]\nfile = "/nowhere/letter"\n`,
    );
    Reflect.deleteProperty(process.env, "WAYBILL_SECRET");
    process.env.WAYBILL_PASSPHRASE = PASSPHRASE;
    const [file, restored] = [fresh(), fresh()];
    expect(await run("backup", "export", "--config", config, "--out", file)).to.have.length(1);
    const [before] = await run("keys", "--config", config);
    renameSync(old, fresh());

    const missing = [{ key: "send.file", path: "/nowhere/letter" }];
    const [verified] = await run("backup", "verify", file);
    expect(verified).to.deep.include({ missing });
    const [said] = await run("backup", "restore", file, "--data", restored);
    const changed = ["data", "keystore", "channel-policy", "network"];
    expect(said).to.deep.include({ missing, changed, left: [] });
    const [after] = await run("keys", "--data", restored);
    expect(after).to.deep.equal(before);
    const [printed] = await run("config", "print", "--data", restored);
    const { settings, problems } = printed as unknown as SettingsReport;
    expect(problems).to.deep.equal([]);
    const now = new Map(settings.map(({ name, value }) => [name, value]));
    expect(now.get("network")).to.equal(join(restored, "deployment.json"));
    expect(now.get("poll")).to.equal("7");
    const rules = now.get("channel-policy") ?? "";
    expect(rules).to.equal(join(restored, "channel-policy.toml"));
    expect(readFileSync(rules, "utf8")).to.equal('idle = "keep"\n');
    for (const name of readdirSync(restored))
      expect(statSync(join(restored, name)).mode & 0o777, name).to.equal(0o600);
    expect(readFileSync(join(restored, "waybill.toml"), "utf8"))
      .to.contain("# Mine\n")
      .and.contain('# data = "../data" # there\n');
  });

  it("no keystore is asked for where none is read", () => {
    for (const words of ["backup restore", "watch"]) {
      const found = actionsBelow(waybill()).find(({ path }) => path.join(" ") === words);
      const keys = found?.command.options.map(({ long }) => long) ?? [];
      expect(keys, words).to.include("--data").and.not.include("--keystore");
    }
  });

  it("another network's deployment file is not this node's, and is left out with a warning", async () => {
    await store.close();
    const network = networkFile(folder, { ...DEPLOYMENT, chainId: 5n });
    process.env.WAYBILL_NETWORK = network;
    process.env.WAYBILL_CHANNEL_POLICY = join(folder, "none.toml");
    const file = fresh();
    const [, ...warnings] = await run("backup", "export", "--out", file, "--data", data);
    const codes = warnings.map(({ code }) => code);
    expect(codes).to.deep.equal(["no-keystore", "no-policy", "no-deployment"]);
  });

  it("as commands: export of a stopped node, verify, restore; a running one is left alone", async () => {
    const [file, elsewhere] = [fresh(), fresh()];
    const exporting = run("backup", "export", "--out", file, "--data", data);
    expect(await codeOf(exporting)).to.equal("BACKUP_AGENT_RUNS");
    await store.close();
    const exported = await run("backup", "export", "--out", file, "--data", data);
    expect(exported).to.deep.equal([
      { schema: "waybill/exported/1", event: "exported", file, kind: "full" },
      { schema: "waybill/warning/1", event: "warning", code: "no-keystore" },
      // Neither is there a deployment.json, which is what a node without settings runs with.
      { schema: "waybill/warning/1", event: "warning", code: "no-deployment" },
    ]);
    const again = run("backup", "export", "--out", file, "--data", data);
    expect(await codeOf(again)).to.equal("BACKUP_IN_THE_WAY");
    const [verified] = await run("backup", "verify", file);
    expect(verified).to.include({ event: "verified", kind: "full", chainId: "31337" });
    const [restored] = await run("backup", "restore", file, "--data", elsewhere);
    expect(restored).to.include({ event: "restored", folder: elsewhere });
    process.env.WAYBILL_BACKUP_PASSPHRASE = "short";
    const short = run("backup", "export", "--out", fresh(), "--data", data);
    expect(await codeOf(short)).to.equal("PASSPHRASE_SHORT");
  });
});
