import { expect } from "chai";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { settingsReport } from "../../../../offchain/app/commands/config.ts";
import { waybill } from "../../../../offchain/app/main.ts";
import { tomlOf } from "../../../support/guide-files.ts";
import { inProcess } from "../support/in-process.ts";
import { networkFile } from "../support/network-file.ts";

const CANARY = "ab".repeat(31) + "cd";

describe("waybill config print", () => {
  const folder = mkdtempSync(join(tmpdir(), "waybill-print-"));
  const urls = ["https://round.example"];
  const publicKey = `0x${"ab".repeat(96)}`;
  const network = networkFile(folder, { randomness: { kind: "drand", publicKey, urls } });
  const file = join(folder, "waybill.toml");
  after(() => {
    rmSync(folder, { recursive: true });
  });

  const report = (args: readonly string[], environment: Record<string, string> = {}) =>
    settingsReport(waybill(environment), args, false, environment);
  const row = (args: readonly string[], name: string, environment: Record<string, string> = {}) =>
    report(args, environment).settings.find((setting) => setting.name === name);

  it("tells the value and the origin of every setting, of any command", () => {
    writeFileSync(file, `network = "network.json"\nlisten = "/ip4/127.0.0.1/tcp/1"`);
    const args = ["--data", folder, "--least-payout", "0.5"];
    const environment = { WAYBILL_LOG_LEVEL: "warn" };
    const found = (name: string) => row(args, name, environment);
    expect(report(args, environment)).to.deep.include({
      command: "run",
      problems: [],
      secrets: [],
    });
    expect(found("least-payout")).to.deep.include({ value: "0.5", origin: { kind: "flag" } });
    expect(found("log-level")).to.deep.include({
      value: "warn",
      origin: { kind: "environment", name: "WAYBILL_LOG_LEVEL" },
    });
    const origin = { kind: "file", path: file, key: "listen" };
    expect(found("listen")).to.deep.include({ value: "/ip4/127.0.0.1/tcp/1", origin });
    expect(found("drand-url")).to.deep.include({
      value: urls.join(),
      origin: { kind: "preset", name: network },
    });
    expect(found("poll")).to.deep.include({ value: "1000", origin: { kind: "default" } });
    expect(found("max-fee")).to.deep.include({ value: null, origin: { kind: "default" } });
    const open = row(["channels", "open", "--payer", "relay", "--network", network], "payer");
    expect(open).to.deep.include({ value: "relay", origin: { kind: "flag" } });
  });

  it("takes the settings file of the operating guide as it stands there", () => {
    const [text = ""] = tomlOf("Settings");
    writeFileSync(file, text);
    const { problems, settings } = report(["--data", folder]);
    expect(problems).to.deep.equal([]);
    const kept = settings.filter(({ origin }) => origin.kind === "file");
    expect(kept.map(({ name }) => name)).to.have.members([
      ...["network", "rpc-url", "listen", "channel-budget"],
    ]);
    const send = ["send", "--to", "x", "--file", "y", "--data", folder];
    expect(row(send, "rate")).to.deep.include({ value: "20" });
  });

  it("with --json: one line, of the schema that its kind has", async () => {
    const args = ["config", "print", "--origin", "--data", folder, "--network", network];
    const outcome = await inProcess([...args, "--json"]);
    expect(outcome.error).to.equal(undefined);
    expect(outcome.said().map(({ event }) => event)).to.deep.equal(["settings"]);
    expect(outcome.text).to.include(urls.join());
  });

  it("threat 54: shows no secret, no passphrase and no key in an address", () => {
    const environment = {
      WAYBILL_SECRET: CANARY,
      WAYBILL_PASSPHRASE: "hunter2",
      WAYBILL_OWNER_KEY: CANARY,
      WAYBILL_RPC_URL:
        "https://user:hunter2@node.example/v3/hunter2?key=hunter2,ws://hunter.example",
    };
    const text = JSON.stringify(report(["--network", network], environment));
    expect(text).to.not.contain(CANARY).and.not.contain("hunter2");
    expect(text).to.contain("https://node.example/…, ws://hunter.example".replace(", ", ","));
    expect(text).to.contain(
      '"secrets":["WAYBILL_SECRET","WAYBILL_PASSPHRASE","WAYBILL_OWNER_KEY"]',
    );
  });

  it("names what is wrong with the network, and shows the rest", () => {
    const { problems, settings } = report(["--network", "locl"]);
    expect(problems.join()).to.match(/got locl; allowed: local, perhaps/);
    expect(settings.length).to.be.greaterThan(10);
    expect(report(["--network", join(folder, "none.json")]).problems.join()).to.contain(
      "none.json",
    );
  });

  it("refuses commands and flags that there are not", () => {
    expect(() => report(["dance"])).to.throw(/got dance; allowed: .*channels open/);
    expect(() => report(["run", "--secret=hunter2"]))
      .to.throw(/got --secret; allowed/)
      .and.not.match(/hunter2/);
  });
});
