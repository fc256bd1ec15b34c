import { expect } from "chai";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { decryptKeystore } from "../../../offchain/adapters/secrets/keystore.ts";
import { settingsTemplate } from "../../../offchain/app/config/template.ts";
import { settingsReport } from "../../../offchain/app/commands/config.ts";
import { identityOf } from "../../../offchain/app/identity.ts";
import { runCommand } from "../../../offchain/app/commands/run.ts";
import { loadOwnerKey, loadSecret } from "../../../offchain/app/master-secret.ts";
import { waybill } from "../../../offchain/app/main.ts";
import { bytesToHex } from "../../../offchain/core/bytes.ts";
import { WaybillError } from "../../../offchain/core/errors.ts";
import { CTRL_C, hangUpAll, openTerminal, requireTerminal } from "../../support/terminal.ts";
import { markOf, processesOf } from "../../e2e/support/processes.ts";
import { until } from "../../e2e/support/wait.ts";
import { inProcess, type Outcome } from "./support/in-process.ts";

const MAIN = "offchain/app/main.ts";
const PASSPHRASE = "tangerine bicycle canary";
const CANARY = "ab".repeat(31) + "cd";

const codeIn = ({ error }: Outcome): string =>
  error instanceof WaybillError ? error.code : String(error);

describe("setting up a node", () => {
  const folder = mkdtempSync(join(tmpdir(), "waybill-init-"));
  afterEach(hangUpAll);
  after(() => {
    rmSync(folder, { recursive: true });
  });

  const codeOf = async (work: Promise<unknown>): Promise<string> =>
    work.then(
      () => "none",
      (error: unknown) => (error instanceof WaybillError ? error.code : String(error)),
    );

  it("the settings file that it writes has every option of the agent, and reads back", () => {
    const data = mkdtempSync(join(folder, "template-"));
    const given = {
      network: "local",
      "rpc-url": "http://a, http://b",
      listen: "/ip4/1.2.3.4/tcp/5",
    };
    const text = settingsTemplate(runCommand(), given);
    const commented = text.split("\n").map((line) => line.replace(/^# ([a-z-]+) = (?!…)/, "$1 = "));
    for (const option of runCommand().options)
      if (!["--config", "--data", "--json"].includes(String(option.long)))
        expect(text).to.match(new RegExp(`^(?:# )?${option.name()} = `, "m"));
    writeFileSync(join(data, "waybill.toml"), text);
    const shown = settingsReport(waybill({}), ["--data", data], false, {}).settings;
    const kept = Object.fromEntries(
      shown.filter(({ origin }) => origin.kind === "file").map(({ name, value }) => [name, value]),
    );
    expect(kept).to.deep.equal(given);
    // What stands there as a comment would be taken, too.
    writeFileSync(join(data, "waybill.toml"), commented.join("\n"));
    const all = settingsReport(waybill({}), ["--data", data], false, {}).settings;
    expect(all.find(({ name }) => name === "poll")).to.deep.include({ value: "1000" });
    expect(all.filter(({ origin }) => origin.kind === "file").length).to.be.greaterThan(5);
  });

  it("without a terminal: all from flags and environment; a second run changes nothing", async () => {
    const data = join(folder, "relay");
    const init = ["init", "--json", "--non-interactive", "--data", data];
    const incomplete = await inProcess(init);
    expect(codeIn(incomplete)).to.equal("INIT_INCOMPLETE");
    expect(incomplete.error?.message).to.match(/WAYBILL_PASSPHRASE_FILE; --network \(deployment/);

    const file = join(folder, "passphrase");
    writeFileSync(file, `${PASSPHRASE}\n`, { mode: 0o600 });
    const args = [...init, "--network", "local"];
    const environment = { WAYBILL_PASSPHRASE_FILE: file };
    const made = await inProcess([...args, "--listen", "/ip4/1.2.3.4/tcp/5"], environment);
    expect(made.error).to.equal(undefined);
    expect(made.text).to.not.contain(PASSPHRASE);
    expect(statSync(data).mode & 0o777).to.equal(0o700);
    for (const name of ["keystore.json", "waybill.toml"])
      expect(statSync(join(data, name)).mode & 0o777).to.equal(0o600);
    const contents = () =>
      ["keystore.json", "waybill.toml"].map((name) => readFileSync(join(data, name), "utf8"));
    const before = contents();
    expect(before[1]).to.match(/^listen = "\/ip4\/1\.2\.3\.4\/tcp\/5"$/m);

    const again = await inProcess([...args, "--listen", "/ip4/9.9.9.9/tcp/9"], environment);
    expect(again.error).to.equal(undefined);
    expect(again.said().map(({ already }) => already)).to.deep.equal([true, true, true, undefined]);
    expect(contents()).to.deep.equal(before);

    const secret = await loadSecret({ data, json: false }, environment);
    expect(made.said().at(-1)?.account).to.equal((await identityOf(secret)).account);

    const other = "marmalade on toast";
    const change = ["keys", "change-passphrase", "--json", "--data", data];
    const changed = await inProcess(change, { ...environment, WAYBILL_NEW_PASSPHRASE: other });
    expect(changed.error).to.equal(undefined);
    expect(changed.text).to.not.contain("marmalade");
    const after = await loadSecret({ data, json: false }, { WAYBILL_PASSPHRASE: other });
    expect(after).to.deep.equal(secret);
    const old = loadSecret({ data, json: false }, environment);
    expect(await codeOf(old)).to.equal("KEYSTORE_PASSPHRASE_WRONG");
  });

  it("takes no address that nobody could dial or listen on", async () => {
    const data = join(folder, "addresses");
    const init = ["init", "--json", "--non-interactive", "--data", data, "--network", "local"];
    const environment = { WAYBILL_PASSPHRASE: PASSPHRASE };
    const other = "/p2p/12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN";
    for (const wrong of [
      ["--announce", "relay.example:4020"],
      ["--announce", "/ip4/0.0.0.0/tcp/4020"],
      ["--announce", `/dns4/relay.example/tcp/4020${other}`],
      ["--listen", "garbage"],
    ]) {
      const refused = await inProcess([...init, ...wrong], environment);
      expect(codeIn(refused), wrong.join(" ")).to.equal("OPTION_INVALID");
      expect(refused.error?.message).to.contain(wrong.join("); got "));
    }
    const named = { ...environment, WAYBILL_ANNOUNCE: "garbage" };
    expect(codeIn(await inProcess(init, named))).to.equal("OPTION_INVALID");
    expect(existsSync(data)).to.equal(false);

    const announce = ["--announce", "/dns4/relay.example/tcp/4020"];
    expect((await inProcess([...init, ...announce], environment)).error).to.equal(undefined);
    const text = readFileSync(join(data, "waybill.toml"), "utf8");
    expect(text).to.match(/^announce = "\/dns4\/relay\.example\/tcp\/4020"$/m);
    // The keystore that is there now is not opened to see whose peer this is.
    rmSync(join(data, "waybill.toml"));
    const whole = ["--announce", `/dns4/relay.example/tcp/4020${other}`];
    expect((await inProcess([...init, ...whole], environment)).error).to.equal(undefined);
  });

  it("takes in a secret that there is, and refuses one that it is not told to take", async () => {
    const data = join(folder, "imported");
    const args = ["init", "--json", "--non-interactive", "--data", data, "--network", "local"];
    const environment = { WAYBILL_SECRET: CANARY, WAYBILL_PASSPHRASE: PASSPHRASE };
    const unasked = await inProcess(args, environment);
    expect(codeIn(unasked)).to.equal("OPTION_INVALID");
    expect(unasked.error?.message).to.contain("--import").and.not.contain(CANARY.slice(0, 16));
    const short = await inProcess([...args, "--import"], {
      ...environment,
      WAYBILL_PASSPHRASE: "x",
    });
    expect(codeIn(short)).to.equal("PASSPHRASE_SHORT");
    const taken = await inProcess([...args, "--import"], environment);
    expect(taken.error).to.equal(undefined);
    expect(taken.text).to.not.contain(CANARY.slice(0, 16)).and.not.contain(PASSPHRASE);
    const secret = await loadSecret({ data, json: false }, { WAYBILL_PASSPHRASE: PASSPHRASE });
    expect(bytesToHex(secret)).to.equal(`0x${CANARY}`);
    const twice = await inProcess([...args, "--import"], environment);
    expect(codeIn(twice)).to.equal("SECRET_FILE_EXISTS");
    const both = loadSecret({ data, json: false }, environment);
    expect(await codeOf(both)).to.equal("IDENTITY_AMBIGUOUS");

    const path = join(data, "keystore.json");
    const owner = { WAYBILL_OWNER_KEYSTORE: path, WAYBILL_OWNER_PASSPHRASE: PASSPHRASE };
    expect(bytesToHex(await loadOwnerKey(owner))).to.equal(`0x${CANARY}`);
    const twoOwners = loadOwnerKey({ ...owner, WAYBILL_OWNER_KEY: CANARY });
    expect(await codeOf(twoOwners)).to.equal("SECRET_INVALID");
  });

  it("a command without a terminal says what it would have asked for", () => {
    const { PATH = "" } = process.env;
    const args = [MAIN, "init", "--data", join(folder, "unasked")];
    const { status, stderr } = spawnSync(process.execPath, args, {
      env: { PATH },
      encoding: "utf8",
    });
    expect(status).to.not.equal(0);
    expect(stderr).to.contain("--non-interactive");
  });

  it("at a terminal: asks, hides the passphrase, and makes what was answered", async function () {
    requireTerminal(this);
    const data = join(folder, "asked");
    const terminal = openTerminal(["init", "--data", data, "--network", "local"]);
    const answers: readonly (readonly [RegExp, string])[] = [
      [/JSON-RPC endpoint/, "\r"],
      [/Will this node be a relay/, "y\r"],
      [/Where it listens/, "garbage\r"],
      [/It takes/, "\u0015/ip4/127.0.0.1/tcp/4021\r"],
      [/Where others dial it/, "/ip4/203.0.113.7\r"],
      [/It takes/, "/tcp/4020\r"],
      [/Passphrase for the keystore/, "short\r"],
      [/Use 8 characters at least/, `\u0015${PASSPHRASE}\r`],
      [/The same again/, `${PASSPHRASE}\r`],
    ];
    for (const [question, answer] of answers) await terminal.answer(question, answer);
    expect(await terminal.ended, terminal.text()).to.equal(0);
    expect(terminal.text()).to.contain("waybill relay join").and.not.contain("bicycle");
    const text = readFileSync(join(data, "keystore.json"), "utf8");
    expect(await decryptKeystore(text, PASSPHRASE, "x")).to.have.length(32);
    const settings = readFileSync(join(data, "waybill.toml"), "utf8");
    expect(settings).to.match(/^network = "local"$/m);
    expect(settings).to.match(/^listen = "\/ip4\/127\.0\.0\.1\/tcp\/4021"$/m);
    expect(settings).to.match(/^announce = "\/ip4\/203\.0\.113\.7\/tcp\/4020"$/m);

    const left = openTerminal(["keys", "--data", data]);
    await left.answer(/Passphrase of/, CTRL_C);
    expect(await left.ended).to.not.equal(0);
    expect(left.text())
      .to.contain("without an answer")
      .and.not.match(/\n\s+at /);
  });

  it("at a terminal that is closed before the last answer, nothing is made", async function () {
    requireTerminal(this);
    const data = join(folder, "hung-up");
    const args = ["init", "--data", data, "--network", "local", "--listen", "/ip4/127.0.0.1/tcp/0"];
    const run = `hung-up ${process.pid}`;
    const terminal = openTerminal(args, markOf(run));
    await terminal.answer(/JSON-RPC endpoint/, "\r");
    await terminal.answer(/Passphrase for the keystore/, `${PASSPHRASE}\r`);
    await terminal.answer(/The same again/, "tangerine");
    expect(processesOf(run)).to.have.length.greaterThan(1);
    terminal.hangUp();
    await until(20, "the command has ended", () => processesOf(run).length === 0);
    expect(existsSync(data)).to.equal(false);
  });

  it("killed with −9 as it begins to write, it leaves nothing half made, and the next run makes the rest", async () => {
    const data = join(folder, "killed");
    const args = ["init", "--json", "--non-interactive", "--data", data, "--network", "local"];
    const { PATH = "" } = process.env;
    const environment = { WAYBILL_PASSPHRASE: PASSPHRASE };
    const child = spawn(process.execPath, [MAIN, ...args], {
      env: { PATH, ...environment },
      stdio: "ignore",
    });
    const ended = once(child, "exit");
    while (!existsSync(data) && child.exitCode === null)
      await new Promise((resolve) => setTimeout(resolve, 1));
    child.kill("SIGKILL");
    await ended;

    const left = readdirSync(data).filter((name) => !name.endsWith(".part"));
    if (left.includes("waybill.toml")) expect(left).to.include("keystore.json");
    const before = left.map((name) => readFileSync(join(data, name), "utf8"));
    const again = await inProcess(args, environment);
    expect(again.error).to.equal(undefined);
    expect(left.map((name) => readFileSync(join(data, name), "utf8"))).to.deep.equal(before);
    expect(await loadSecret({ data, json: false }, environment)).to.have.length(32);
    expect(readFileSync(join(data, "waybill.toml"), "utf8")).to.match(/^network = "local"$/m);
  });
});
