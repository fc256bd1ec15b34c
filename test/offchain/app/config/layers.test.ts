import { expect } from "chai";
import { Command, Option } from "commander";
import fc from "fast-check";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { layerSettings } from "../../../../offchain/app/config/attach.ts";
import { applySettings, type Preset } from "../../../../offchain/app/config/layers.ts";
import { readSettingsFile } from "../../../../offchain/app/config/file.ts";
import {
  actionsBelow,
  isByHand,
  settingsOf,
  unknownVariables,
} from "../../../../offchain/app/config/names.ts";
import { waybill } from "../../../../offchain/app/main.ts";
import {
  positiveInteger,
  tokenAmount,
  urlList,
  type CommonOptions,
} from "../../../../offchain/app/settings.ts";
import { networkFile } from "../support/network-file.ts";
import { WaybillError } from "../../../../offchain/core/errors.ts";

const NO_PRESET: Preset = { name: "none", values: {} };

/** A small command line: an agent, and a command in a group with an option of its own. */
function commandLine() {
  const withCommon = (command: Command): Command =>
    command
      .option("--config <file>", "")
      .option("--data <folder>", "", "nowhere")
      .addOption(new Option("--poll <ms>", "").default(1_000).argParser(positiveInteger("--poll")))
      .addOption(new Option("--drand-urls, --drand-url <url>", "").argParser(urlList))
      .option("--network <name-or-file>", "", "net")
      .option("--json", "", false)
      .option("--name <name>", "")
      .option("--no-name", "")
      .addOption(new Option("--level <level>", "").choices(["low", "high"]).default("low"))
      .action(() => undefined);
  const run = withCommon(new Command("run"));
  const open = withCommon(new Command("open"))
    .option("--peer <id...>", "")
    .addOption(
      new Option("--least <tokens>", "").makeOptionMandatory().argParser(tokenAmount("--least")),
    );
  const program = new Command("waybill")
    .addCommand(run)
    .addCommand(new Command("channels").addCommand(open));
  return { program, run, open };
}

interface Case {
  readonly args?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly file?: string;
  readonly preset?: Preset;
  readonly command?: "run" | "open";
}

describe("layers of settings", () => {
  const folder = mkdtempSync(join(tmpdir(), "waybill-layers-"));
  const path = join(folder, "settings.toml");
  after(() => {
    rmSync(folder, { recursive: true });
  });

  function apply({ args = [], environment = {}, file, preset = NO_PRESET, command = "run" }: Case) {
    const { program, ...commands } = commandLine();
    const chosen = commands[command];
    const named = file === undefined ? {} : { WAYBILL_CONFIG: path };
    if (file !== undefined) writeFileSync(path, file);
    // Flags are remembered, the hook's own layers are not used.
    layerSettings(program, {});
    chosen.parseOptions([...args]);
    const effective = applySettings(chosen, {
      program,
      environment: { ...environment, ...named },
      preset: () => preset,
    });
    const origins = Object.fromEntries(effective.map(({ key, origin }) => [key, origin.kind]));
    const texts = Object.fromEntries(effective.map(({ key, text }) => [key, text]));
    return { options: chosen.opts<Record<string, unknown>>(), effective, origins, texts };
  }

  const refusal = (given: Case): WaybillError => {
    try {
      apply(given);
    } catch (error) {
      if (error instanceof WaybillError) return error;
      throw error;
    }
    throw new Error("it was taken");
  };

  it("the highest layer that names an option wins, whichever layers name it", () => {
    const layer = fc.option(fc.integer({ min: 1, max: 99_999 }), { nil: undefined });
    const property = fc.property(
      fc.record({ flag: layer, environment: layer, section: layer, flat: layer, preset: layer }),
      ({ flag, environment, section, flat, preset }) => {
        const { options, origins, texts } = apply({
          command: "open",
          args: flag === undefined ? [] : ["--poll", String(flag)],
          environment: environment === undefined ? {} : { WAYBILL_POLL: String(environment) },
          file: [
            ...(flat === undefined ? [] : [`poll = ${flat}`]),
            ...(section === undefined ? [] : ["[channels.open]", `poll = "${section}"`]),
          ].join("\n"),
          preset: { name: "some", values: preset === undefined ? {} : { poll: preset } },
        });
        const [value, origin] = [
          [flag, "flag"] as const,
          [environment, "environment"] as const,
          [section ?? flat, "file"] as const,
          [preset, "preset"] as const,
          [1_000, "default"] as const,
        ].find(([number]) => number !== undefined) ?? [0, ""];
        expect(options.poll).to.equal(value);
        expect(origins.poll).to.equal(origin);
        expect(texts.poll).to.equal(String(value));
      },
    );
    fc.assert(property, { numRuns: 200 });
  });

  it("every option of every command takes its value from flag, environment and file alike", () => {
    const all = optionsOf(waybill({}));
    /** Commands that read a settings file. */
    const reads = new Set(
      all.filter(({ option }) => option.long === "--config").map(({ words }) => words.join(" ")),
    );
    for (const { words, option } of all) {
      if (isByHand(option)) continue;
      if (option.long === "--config" || option.long === "--data" || option.long === "--network")
        continue;
      const key = String(option.long).slice(2);
      const text = exampleOf(option);
      const isSwitch = option.isBoolean() || option.negate;
      const variable = `WAYBILL_${key.toUpperCase().replaceAll("-", "_")}`;
      const quoted = isSwitch ? "true" : JSON.stringify(text);
      const take = (args: string[], environment: Record<string, string>, file: string): unknown => {
        writeFileSync(path, file);
        const program = waybill({});
        const command = words.reduce<Command | undefined>(
          (parent, word) => parent?.commands.find((child) => child.name() === word),
          program,
        );
        if (command === undefined) throw new Error("no such command");
        command.parseOptions(args);
        const named = { ...environment, WAYBILL_CONFIG: path };
        applySettings(command, { program, environment: named, preset: () => NO_PRESET });
        return command.getOptionValue(option.attributeName());
      };
      const flag = take(isSwitch ? [`--${key}`] : [`--${key}`, text], {}, "");
      const name = `${words.join(" ")} --${key}`;
      expect(flag, name).to.not.equal(undefined);
      expect(take([], { [variable]: isSwitch ? "true" : text }, ""), name).to.deep.equal(flag);
      if (!reads.has(words.join(" "))) continue;
      const section = `[${words.join(".")}]\n${key} = ${quoted}`;
      expect(take([], {}, section), name).to.deep.equal(flag);
    }
  });

  it("lists, switches and two names of one option", () => {
    const urls = ["http://a", "http://b"];
    const file = 'drand-url = ["http://a", "http://b"]\njson = true';
    expect(apply({ file }).options).to.deep.include({ drandUrl: urls, json: true });
    const WAYBILL_DRAND_URLS = urls.join();
    expect(apply({ environment: { WAYBILL_DRAND_URLS } }).options.drandUrl).to.deep.equal(urls);
    expect(apply({ environment: { WAYBILL_DRAND_URLS: "" } }).options.drandUrl).to.equal(undefined);
    const ids = ["1", "2"].map((digit) => `0x${digit.repeat(64)}`);
    const relays = apply({ command: "open", environment: { WAYBILL_PEER: ids.join(", ") } });
    expect(relays.options.peer).to.deep.equal(ids);
    expect(apply({ file: "no-name = true" }).options.name).to.equal(false);
    expect(apply({ file: "no-name = false" }).options.name).to.equal(undefined);
    expect(apply({ file: 'name = "x"', args: ["--no-name"] }).options.name).to.equal(false);
    const both = refusal({ environment: { WAYBILL_NAME: "x", WAYBILL_NO_NAME: "1" } });
    expect(both.message).to.match(/name and no-name.*both/);
    expect(refusal({ file: "json = 2" }).message).to.match(/json in .*toml.*true or false/);
    expect(refusal({ file: "poll = [1, 2]" }).message).to.match(/poll in .*toml.*one value/);
    expect(refusal({ file: "poll = 1979-05-27" }).message).to.match(/poll in .*toml/);
  });

  it("a bad value is told as the flag's parser tells it, with where it came from", () => {
    const told = (given: Case, place: string): void => {
      const error = refusal(given);
      expect(error.code).to.equal("OPTION_INVALID");
      expect(error.message).to.contain(place);
      expect(error.context.got).to.equal("-5");
      expect(error.context.allowed).to.equal("a whole number ≥ 1");
    };
    told({ args: ["--poll", "-5"] }, "(--poll)");
    told({ environment: { WAYBILL_POLL: "-5" } }, "(WAYBILL_POLL in the environment)");
    told({ file: "poll = -5" }, `(poll in ${path})`);
    told(
      { command: "open", file: "[channels.open]\npoll = -5" },
      `(channels.open.poll in ${path})`,
    );
    told({ preset: { name: "main", values: { poll: "-5" } } }, "(preset main)");
    const choice = refusal({ environment: { WAYBILL_LEVEL: "middle" } });
    expect(choice.message).to.match(/WAYBILL_LEVEL.*got middle; allowed: low, high/);
  });

  it("an unknown variable is refused with the one that was meant, and without its value", () => {
    const { code, message } = refusal({ environment: { WAYBILL_POL: "hunter2" } });
    expect(code).to.equal("SETTING_UNKNOWN");
    expect(message).to.match(/WAYBILL_POL in the environment.*allowed: WAYBILL_POLL\b/);
    expect(message).to.not.contain("hunter2");
    const far = refusal({ environment: { WAYBILL_XYZZY: "1" } });
    expect(far.message).to.contain("WAYBILL_XYZZY").and.contain("--help");
    apply({ environment: { WAYBILL_SECRET: "1", WAYBILL_PASSPHRASE_FILE: "1", OTHER: "1" } });
  });

  it("what Kubernetes and Docker set for services of this name stops nothing, and what looks like it does", () => {
    const injected = {
      WAYBILL_SERVICE_HOST: "10.96.0.17",
      WAYBILL_SERVICE_PORT: "4020",
      WAYBILL_SERVICE_PORT_PACKETS: "4020",
      WAYBILL_PORT: "tcp://10.96.0.17:4020",
      WAYBILL_PORT_4020_TCP: "tcp://10.96.0.17:4020",
      WAYBILL_PORT_4020_TCP_PROTO: "tcp",
      WAYBILL_PORT_4020_TCP_PORT: "4020",
      WAYBILL_PORT_4020_TCP_ADDR: "10.96.0.17",
      WAYBILL_RELAY_SERVICE_HOST: "fd00:10:96::1",
      WAYBILL_RELAY_PORT: "udp://[fd00:10:96::1]:4020",
      WAYBILL_RELAY_NAME: "/prometheus/relay",
      WAYBILL_ENV_NODE_VERSION: "24.21.0",
    };
    expect(apply({ environment: injected }).options).to.deep.equal(apply({}).options);
    const typed = {
      WAYBILL_PORT: "4020",
      WAYBILL_SERVICE_PORT: "tcp",
      WAYBILL_SERVICE_HOST: "relay.example",
      WAYBILL_PORT_4020: "tcp://10.96.0.17:4020",
      WAYBILL_PORT_4020_TCP_PROTO: "http",
      WAYBILL_RELAY_NAME: "north",
      WAYBILL_ENV: "production",
    };
    for (const [name, value] of Object.entries(typed)) {
      const { code, message } = refusal({ environment: { ...injected, [name]: value } });
      expect(code, name).to.equal("SETTING_UNKNOWN");
      expect(message).to.contain(`${name} in the environment`);
    }
  });

  it("an agreement to pay is given by hand: neither a variable nor the file can hold it", () => {
    const program = waybill();
    const relay = program.commands.find((command) => command.name() === "relay");
    const join = relay?.commands.find((command) => command.name() === "join");
    if (join === undefined) throw new Error("there is no relay join");
    const keys = settingsOf(join).flatMap(({ names }) => names.map(({ key }) => key));
    expect(keys).to.include("dry-run").and.not.include("yes");
    expect(unknownVariables(program, { WAYBILL_YES: "true" })).to.have.length(1);
    expect(join.helpInformation())
      .to.match(/--yes +send/)
      .and.not.contain("WAYBILL_YES");
  });

  it("nor how much is paid, and to whom", () => {
    const program = waybill({});
    for (const [words, flags] of [
      ["channels open", ["--relay", "--layer", "--all", "--amount"]],
      ["channels close", ["--relay", "--layer", "--all"]],
      ["relay withdraw", ["--relay", "--amount"]],
      ["relay join", ["--recipient", "--allowance"]],
      ["relay vote", ["--target"]],
      ["lottery collect", ["--into-channel", "--amount"]],
    ] as const) {
      const found = actionsBelow(program).find((one) => one.path.join(" ") === words);
      for (const flag of flags) {
        const option = found?.command.options.find(({ long }) => long === flag);
        if (option === undefined) throw new Error(`${words} has no ${flag}`);
        expect(isByHand(option), `${words} ${flag}`).to.equal(true);
        const variable = `WAYBILL_${flag.slice(2).toUpperCase().replaceAll("-", "_")}`;
        const [unknown] = unknownVariables(program, { [variable]: "1" });
        expect(unknown?.meant).to.equal(`${flag} on the command line alone`);
        writeFileSync(path, `[${words.replace(" ", ".")}]\n${flag.slice(2)} = "1"`);
        const reading = () => readSettingsFile(program, path, undefined);
        expect(reading, words).to.throw(WaybillError, `${flag} on the command line alone`);
      }
    }
  });

  it("an unknown key is refused with the one that was meant, or where it belongs", () => {
    const told = (file: string, ...parts: readonly string[]): void => {
      const { code, message } = refusal({ file });
      expect(code).to.equal("SETTING_UNKNOWN");
      for (const part of [...parts, path]) expect(message).to.contain(part);
      expect(message).to.not.contain("hunter2");
    };
    told('pool = "hunter2"', "(pool in", "allowed: poll");
    told('[channels.open]\nleats = "hunter2"', "(channels.open.leats in", "allowed: least");
    told('least = "hunter2"', "allowed: least in [channels.open]");
    told('[chanels.open]\nleast = "hunter2"', "([chanels] in", "allowed: channels");
    told('[channels]\nleast = "hunter2"', "(channels.least in");
    told('config = "hunter2"', "(config in");
  });

  it("a key that looks like a secret is refused with what to do, and its value is not repeated", () => {
    const names = ["secret", "passphrase", "owner-key", "private_key", "seed", "run.secret-file"];
    for (const name of names) {
      const { code, message } = refusal({ file: `${name} = "hunter2"` });
      expect(code, name).to.equal("SECRET_IN_CONFIG");
      expect(message).to.contain(`${name} in ${path}`).and.contain("WAYBILL_PASSPHRASE_FILE");
      expect(message).to.not.contain("hunter2");
    }
  });

  it("a file that is no TOML or is not there is named, and not quoted", () => {
    const { code, message, cause } = refusal({ file: "poll = 1\nsecret = hunter2 hunter2" });
    expect(code).to.equal("CONFIG_FILE_INVALID");
    expect(message).to.contain(path).and.contain("line 2");
    expect(`${message} ${String(cause)}`).to.not.contain("hunter2");
    const missing = refusal({ args: ["--config", join(folder, "none.toml")] });
    expect(missing.code).to.equal("CONFIG_FILE_INVALID");
  });

  it("waybill.toml in the data folder is found; paths in it start there", () => {
    const data = mkdtempSync(join(folder, "data-"));
    writeFileSync(join(data, "waybill.toml"), 'poll = 7\nnetwork = "../net.json"');
    const { options, effective } = apply({ args: ["--data", data] });
    expect(options).to.include({ poll: 7, network: join(folder, "net.json") });
    expect(effective.find(({ key }) => key === "poll")?.origin).to.deep.equal({
      kind: "file",
      path: join(data, "waybill.toml"),
      key: "poll",
    });
    writeFileSync(join(data, "waybill.toml"), 'network = "local"\ndata = "."');
    expect(apply({ args: ["--data", data] }).options.network).to.equal("local");
    writeFileSync(join(data, "waybill.toml"), 'data = "elsewhere"');
    expect(refusal({ args: ["--data", data] }).message).to.match(/data in .*--config takes any/);
    expect(apply({ file: 'data = "elsewhere"' }).options.data).to.equal(join(folder, "elsewhere"));
  });

  it("what has to be given may come from any layer, and is asked for when none has it", async () => {
    const run = async (environment: Record<string, string>): Promise<unknown> => {
      const { program, open } = commandLine();
      layerSettings(program, { WAYBILL_NETWORK: NETWORK, ...environment });
      for (const command of [program, open]) command.exitOverride().configureOutput(SILENT);
      await program.parseAsync(["channels", "open"], { from: "user" });
      return open.opts<CommonOptions & { readonly least: unknown }>().least;
    };
    expect(await run({ WAYBILL_LEAST: "2" })).to.equal(2n * 10n ** 18n);
    const failed = await run({}).then(
      () => "",
      (error: unknown) => String(error),
    );
    expect(failed).to.contain("required option '--least <tokens>' not specified");
  });

  const SILENT = { writeErr: () => undefined };
  const NETWORK = networkFile(folder);
});

function optionsOf(
  program: Command,
  words: readonly string[] = [],
): { readonly words: readonly string[]; readonly option: Option }[] {
  return program.commands.flatMap((command) => {
    const own = [...words, command.name()];
    if (command.commands.length > 0) return optionsOf(command, own);
    return command.options.map((option) => ({ words: own, option }));
  });
}

/** A value that the option's parser takes. */
function exampleOf(option: Option): string {
  if (/<(?:file|folder|path)>/.test(option.flags)) return "/some/path";
  const examples = [
    ...["1", "0", "http://127.0.0.1:1", `0x${"1".repeat(40)}`, `0x${"1".repeat(64)}`],
    ...["/ip4/127.0.0.1/tcp/1", ...(option.argChoices ?? [])],
  ];
  const taken = examples.find((text) => {
    try {
      option.parseArg?.(text, option.defaultValue);
      return true;
    } catch {
      return false;
    }
  });
  return taken ?? "1";
}
