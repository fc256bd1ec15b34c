import { existsSync } from "node:fs";
import { resolve } from "node:path";

import { Command, Option } from "commander";

import { readSecret, readText } from "../../adapters/secrets/read-secret.ts";
import { WaybillError } from "../../core/errors.ts";
import type { PeerId } from "../../core/units.ts";
import { settingsIn, type Environment } from "../config/layers.ts";
import { settingsTemplate } from "../config/template.ts";
import { identityOf } from "../identity.ts";
import { initialise, newSecret, settingsPath, type Made } from "../initialise.ts";
import { keystorePath } from "../master-secret.ts";
import { isNetworkFile, networkNames, problemOf } from "../networks.ts";
import { createOutput } from "../output.ts";
import { newPassphrase } from "../passphrase.ts";
import { askChoice, askText, askYesOrNo, hasTerminal } from "../prompts.ts";
import { announcedAddress, listenAddress } from "../relay/addresses.ts";
import { addCommonOptions, type CommonOptions } from "../settings.ts";
import { runCommand } from "./run.ts";

interface InitOptions extends CommonOptions {
  readonly nonInteractive: boolean;
  readonly import: boolean;
}

/** What the wizard asks for, by its key; all of it may be given as flags. */
type Answers = Readonly<Record<string, string>>;

const FILE_CHOICE = "a deployment file";

/** `waybill init`. */
export function initCommand(environment: Environment): Command {
  const init = addCommonOptions(
    new Command("init").description(
      "set up a node: data folder, encrypted keystore, settings file; never overwrites anything",
    ),
  )
    .addOption(
      new Option("--listen <multiaddr>", "where a relay listens; see `run`").argParser(
        listenAddress("--listen"),
      ),
    )
    .option("--announce <multiaddr>", "where others dial a relay; see `run`")
    .option("--import", "encrypt the secret in WAYBILL_SECRET or WAYBILL_SECRET_FILE", false)
    .option("--non-interactive", "ask nothing; say what is missing", false)
    .addHelpText(
      "after",
      "\nExamples:\n  waybill init --data ./relay\n" +
        "  WAYBILL_PASSPHRASE_FILE=./passphrase waybill init --non-interactive --data ./relay --network local",
    );
  return init.action(async (options: InitOptions) => {
    const given = givenAnswers(init);
    const asks = !options.nonInteractive;
    if (asks && !hasTerminal())
      throw new WaybillError("INIT_INCOMPLETE", {
        what: "no terminal to ask at",
        allowed: "--non-interactive",
      });
    const keystore = keystorePath(options);
    const hasKeystore = existsSync(keystore);
    requireOneSecret(options, hasKeystore, environment);
    if (!asks) requireComplete(options, hasKeystore, environment);
    const hasSettings = existsSync(settingsPath(options.data));
    const bytes = options.import ? readSecret("WAYBILL_SECRET", environment) : newSecret();
    // A keystore that is there already is not opened here.
    const peer = hasKeystore ? undefined : (await identityOf(bytes)).peer;
    if (given.announce !== undefined) announcedAddress("--announce", given.announce, peer);
    const answers =
      asks && !hasSettings ? { ...given, ...(await ask(given, options, peer)) } : given;
    const secret = hasKeystore
      ? undefined
      : {
          bytes,
          passphrase: await newPassphrase(
            "WAYBILL_PASSPHRASE",
            "Passphrase for the keystore",
            environment,
          ),
        };
    const made = await initialise({
      ...{ folder: options.data, keystore, secret },
      settings: settingsTemplate(runCommand(), answers),
    });
    await tell(options, made, secret?.bytes);
  });
}

/** What flags and environment say, for the file; a path from where the command runs becomes a whole one. */
function givenAnswers(init: Command): Answers {
  const kept = settingsIn(init).filter(
    ({ key, origin }) =>
      !["config", "data", "json", "import", "non-interactive"].includes(key) &&
      (origin.kind === "flag" || origin.kind === "environment"),
  );
  return Object.fromEntries(kept.map(({ key, text = "" }) => [key, asWritten(key, text)]));
}

function asWritten(key: string, text: string): string {
  const isPath = key === "keystore" || (key === "network" && isNetworkFile(text));
  return isPath ? resolve(text) : text;
}

/** A secret in the environment is either taken in or not there: later commands would not know which one holds. */
function requireOneSecret(
  options: InitOptions,
  hasKeystore: boolean,
  environment: Environment,
): void {
  const isSet = ["WAYBILL_SECRET", "WAYBILL_SECRET_FILE"].some(
    (name) => environment[name] !== undefined,
  );
  if (isSet && !options.import)
    throw new WaybillError("OPTION_INVALID", {
      what: "WAYBILL_SECRET",
      got: "a secret in the environment",
      allowed: "--import to encrypt it, or an environment without it",
    });
  if (options.import && hasKeystore)
    throw new WaybillError("SECRET_FILE_EXISTS", { what: keystorePath(options) });
}

function requireComplete(
  options: InitOptions,
  hasKeystore: boolean,
  environment: Environment,
): void {
  const missing: string[] = [];
  if (!hasKeystore && readText("WAYBILL_PASSPHRASE", environment) === undefined)
    missing.push("WAYBILL_PASSPHRASE or WAYBILL_PASSPHRASE_FILE");
  if (!existsSync(settingsPath(options.data)) && problemOf(options.network) !== undefined)
    missing.push(`--network (${options.network} is none)`);
  if (missing.length > 0) throw new WaybillError("INIT_INCOMPLETE", { what: missing.join("; ") });
}

async function ask(
  given: Answers,
  options: InitOptions,
  peer: PeerId | undefined,
): Promise<Answers> {
  const network = given.network ?? (await askNetwork());
  const rpcUrl =
    given["rpc-url"] ??
    (await askText("JSON-RPC endpoint of the chain", { default: options.rpcUrl.join() }));
  const chain = { network: asWritten("network", network), "rpc-url": rpcUrl };
  if (given.listen !== undefined || !(await askYesOrNo("Will this node be a relay?", true)))
    return chain;
  const listen = await askText("Where it listens", {
    default: "/ip4/0.0.0.0/tcp/4020",
    validate: accepted(listenAddress("--listen")),
  });
  if (given.announce !== undefined) return { ...chain, listen };
  const announce = await askText(
    "Where others dial it, if not at an address of this machine (such as /dns4/relay.example/tcp/4020)",
    {
      validate: accepted((text) => text === "" || announcedAddress("--announce", text, peer)),
    },
  );
  return { ...chain, listen, ...(announce === "" ? {} : { announce }) };
}

/** For a question: true, or what `parse` takes instead of the answer. */
const accepted =
  (parse: (text: string) => unknown) =>
  (text: string): true | string => {
    try {
      parse(text);
      return true;
    } catch (error) {
      if (error instanceof WaybillError) return `It takes ${String(error.context.allowed)}`;
      throw error;
    }
  };

async function askNetwork(): Promise<string> {
  const choice = await askChoice("Network", [...networkNames(), FILE_CHOICE]);
  if (choice !== FILE_CHOICE) return choice;
  return resolve(
    await askText("Deployment file", { validate: (path) => problemOf(resolve(path)) ?? true }),
  );
}

async function tell(
  options: InitOptions,
  made: readonly Made[],
  secret: Uint8Array | undefined,
): Promise<void> {
  const output = createOutput(options.json);
  for (const { path, already } of made) {
    const text = already ? `${path} is there already; nothing in it was changed` : `made ${path}`;
    output.event("made", text, { path, already });
  }
  const at = options.data === "waybill-data" ? "" : ` --data ${options.data}`;
  if (secret === undefined) {
    output.event("initialised", `\`waybill keys${at}\` shows the accounts of this keystore.`, {
      account: null,
    });
    return;
  }
  const { account, ticketSigner, peer } = await identityOf(secret);
  const imported = options.import
    ? ["", "Remove the secret that was imported from its file and from the environment."]
    : [];
  const lines = [
    "",
    `account  ${account}   pays for this node's transactions: send it some of the chain's coin`,
    `peer     ${peer}`,
    ...imported,
    "",
    "Keep the passphrase, and a copy of the keystore, in two other places: nobody can restore them. Then:",
    `  waybill doctor${at}       what is still missing`,
    `  waybill relay join${at}   bond a relay; the owner's account pays (WAYBILL_OWNER_KEY_FILE or WAYBILL_OWNER_KEYSTORE)`,
    `  waybill run${at}          run it`,
  ];
  output.event("initialised", lines.join("\n"), { account, ticketSigner, peer });
}
