/** `waybill backup export|verify|restore`. */
import { existsSync } from "node:fs";
import { join } from "node:path";

import { Command } from "commander";

import type { PartName } from "../../adapters/backup/format.ts";
import { openSqliteStore } from "../../adapters/sqlite/store.ts";
import { hasCode, WaybillError } from "../../core/errors.ts";
import { makeFullBackup, makeWatchExport } from "../backup/make.ts";
import { NODE_FILES, type NodeSources } from "../backup/node-parts.ts";
import { newBackupPassphrase, oldBackupPassphrase } from "../backup/passphrase.ts";
import { requireFinished } from "../backup/placing.ts";
import {
  passphraseToRestore,
  restoreBackup,
  verifyBackup,
  type BackupContents,
} from "../backup/restore.ts";
import { applySettings, type Environment } from "../config/layers.ts";
import { filesNamed } from "../config/named-files.ts";
import { agentOf, programOf } from "../config/names.ts";
import { loadIdentity } from "../identity.ts";
import { interruptible } from "../lifetime.ts";
import { createOutput, type Fields, type Output } from "../output.ts";
import { isNetworkFile, presetOf } from "../networks.ts";
import { addFolderOptions, addNodeOptions, type NodeOptions } from "../settings.ts";

const PASSPHRASE_HELP = `
The passphrase comes from WAYBILL_BACKUP_PASSPHRASE, from the private file that WAYBILL_BACKUP_PASSPHRASE_FILE
names, or is asked for.
`;

export function backupCommand(environment: Environment): Command {
  return new Command("backup")
    .description("encrypted backups of this node: make, check, put back")
    .addCommand(exportCommand(environment))
    .addCommand(verifyCommand())
    .addCommand(restoreCommand())
    .addHelpText("after", "\nExample:\n  waybill backup export --out ./waybill.backup");
}

interface ExportOptions extends NodeOptions {
  readonly out: string;
  readonly watchOnly: boolean;
}

function exportCommand(environment: Environment): Command {
  return addNodeOptions(
    new Command("export").description(
      "write a stopped node into one encrypted file: keystore, settings, channel policy, deployment file and " +
        "database; a running one makes its own with --backup-folder",
    ),
  )
    .requiredOption("--out <file>", "where to write; a file that is there is left alone")
    .option(
      "--watch-only",
      "only what `waybill watch` needs to redeem for this relay on another machine",
      false,
    )
    .addHelpText(
      "after",
      `${PASSPHRASE_HELP}
Channel policy and deployment file are those that \`waybill run\` would start with now, by settings file and
environment.

Example:
  waybill backup export --out ./waybill.backup`,
    )
    .action(async (options: ExportOptions, command: Command) => {
      const output = createOutput(options.json);
      requireFinished(options.data);
      const path = join(options.data, NODE_FILES.database);
      if (!existsSync(path))
        throw new WaybillError("BACKUP_INCOMPLETE", { what: path, got: "no database" });
      const identity = options.watchOnly ? await loadIdentity(options) : undefined;
      const sources = options.watchOnly
        ? options
        : { ...startedWith(command, options, environment), ...options };
      const store = await openOffline(path);
      let parts: readonly PartName[] | undefined;
      try {
        const target = {
          path: options.out,
          passphrase: await newBackupPassphrase(),
          replace: false,
        };
        if (identity === undefined) parts = await makeFullBackup(store, sources, target);
        else await makeWatchExport(store, identity, target);
      } finally {
        await store.close();
      }
      const kind = options.watchOnly ? "watch" : "full";
      output.event("exported", `${options.out} is written`, { file: options.out, kind });
      if (parts !== undefined) tellMissing(sources, parts, output);
    });
}

/** What `waybill run` finds as settings beside the same folder. */
function startedWith(
  command: Command,
  { config, data }: NodeOptions,
  environment: Environment,
): Pick<NodeSources, "network" | "channelPolicy"> {
  const program = programOf(command);
  const agent = agentOf(program);
  if (agent === undefined) return {};
  for (const [name, value] of Object.entries({ config, data }))
    if (value !== undefined) agent.setOptionValueWithSource(name, value, "cli");
  applySettings(agent, { program, environment, preset: presetOf });
  const { network, channelPolicy } = agent.opts<NodeSources>();
  return {
    ...(network === undefined ? {} : { network }),
    ...(channelPolicy === undefined ? {} : { channelPolicy }),
  };
}

/** The running agent has it open, and makes its own backups. */
async function openOffline(path: string): ReturnType<typeof openSqliteStore> {
  try {
    return await openSqliteStore({ path });
  } catch (error) {
    if (!hasCode(error, "STORE_LOCKED")) throw error;
    throw new WaybillError("BACKUP_AGENT_RUNS", { what: path, cause: error });
  }
}

function tellMissing(
  { network, channelPolicy }: NodeSources,
  parts: readonly PartName[],
  output: Output,
): void {
  const warn = (code: string, text: string): void => {
    output.event("warning", text, { code });
  };
  if (!parts.includes("keystore"))
    warn(
      "no-keystore",
      "there is no keystore: the node's secret is not in the backup, keep it elsewhere",
    );
  if (channelPolicy !== undefined && !parts.includes("policy"))
    warn("no-policy", `there is no ${channelPolicy}: the channel policy is not in the backup`);
  if (network !== undefined && isNetworkFile(network) && !parts.includes("deployment"))
    warn(
      "no-deployment",
      `${network} is not the file of this node's network: keep that file elsewhere, it is not in the backup`,
    );
}

function verifyCommand(): Command {
  return new Command("verify")
    .description(
      "decrypt all of a backup, check its database, and say what is in it; nothing is kept",
    )
    .argument("<file>", "the backup")
    .option("--json", "one JSON object a line on standard output", false)
    .addHelpText("after", `${PASSPHRASE_HELP}\nExample:\n  waybill backup verify ./waybill.backup`)
    .action(async (file: string, { json }: { readonly json: boolean }, command: Command) => {
      const contents = await verifyBackup(file, () => oldBackupPassphrase(file));
      const missing = missingFiles(contents, command);
      createOutput(json).event("verified", `${describe(contents)}${describeMissing(missing)}`, {
        ...summary(contents),
        missing,
      });
    });
}

function restoreCommand(): Command {
  return addFolderOptions(
    new Command("restore").description(
      "make a node's folder out of a backup; the folder must be empty or not there",
    ),
  )
    .argument("<file>", "the backup")
    .addHelpText(
      "after",
      `${PASSPHRASE_HELP}
Stop the node that the backup is of, for good, before the restored one starts: two of them would sign the same
tickets. The restored node signs none before relays have said which they have, and opens no packet before a new
packet key is in force.
The restored settings name the keystore, channel policy and deployment file in the folder, which came with them.
Other files that they name are not in a backup; those that are not on this machine are told.

Example:
  waybill backup restore ./waybill.backup --data ./waybill-data`,
    )
    .action(async (file: string, options: NodeOptions, command: Command) => {
      // A signal ends the question at once; nothing is there yet that would have to be cleared away.
      const passphrase = await passphraseToRestore(file, () => oldBackupPassphrase(file));
      const contents = await interruptible((over) =>
        restoreBackup(file, () => Promise.resolve(passphrase), options.data, over),
      );
      const missing = missingFiles(contents, command, options.data);
      const { changed = [], left = [] } = contents.settings ?? {};
      createOutput(options.json).event(
        "restored",
        `${options.data} is restored. ${describe(contents)}${describeChanged(changed, left)}${describeMissing(missing)}`,
        { folder: options.data, ...summary(contents), changed, left, missing },
      );
    });
}

interface MissingFile {
  readonly key: string;
  readonly path: string;
}

/** What the restored settings name and is not on this machine. Of relative paths only a folder tells where they are. */
function missingFiles(
  { settings }: BackupContents,
  command: Command,
  folder?: string,
): readonly MissingFile[] {
  const named = settings === undefined ? [] : filesNamed(programOf(command), settings.text, folder);
  return named.filter(({ path }) => !existsSync(path));
}

function describeChanged(changed: readonly string[], left: readonly string[]): string {
  const { settings, deployment, policy } = NODE_FILES;
  if (left.length > 0)
    return (
      `\n${settings} cannot be changed by itself: take ${left.join(", ")} out of it, and where they came from the ` +
      `backup, set network = "${deployment}" and channel-policy = "${policy}".`
    );
  if (changed.length === 0) return "";
  return (
    `\n${settings} says where the files are now: ${changed.join(", ")}; what it said before stands in it as ` +
    "comments."
  );
}

const describeMissing = (files: readonly MissingFile[]): string =>
  files
    .map(
      ({ key, path }) =>
        `\nThe settings name ${path} (${key}), which is not on this machine: put it there, or change the setting.`,
    )
    .join("");

function summary({ header, parts, database, watch }: BackupContents): Fields {
  const { kind, createdAt, deployment } = header;
  return {
    ...{ kind, createdAt, ...deployment },
    parts: parts.map(({ name, bytes }) => ({ name, bytes })),
    ...(database === undefined ? {} : { database }),
    ...(watch === undefined ? {} : { winners: countWinners(watch) }),
  };
}

function describe({ header, parts, database, watch }: BackupContents): string {
  const when = new Date(1_000 * header.createdAt).toISOString();
  const what = parts.map(({ name }) => name).join(", ");
  const about =
    database !== undefined
      ? `; ${database.winners} winners, ${database.tags} packets, ${database.channelsPaid} channels paid from, ` +
        `chain up to block ${database.lastBlock ?? "none"}`
      : watch === undefined
        ? ""
        : `; ${countWinners(watch)} winners of ${watch.epochs.length} epochs`;
  return `A ${header.kind} backup of ${when} on chain ${header.deployment.chainId}: ${what}${about}.`;
}

const countWinners = (watch: NonNullable<BackupContents["watch"]>): number =>
  watch.epochs.reduce((sum, { winners }) => sum + winners.length, 0);
