/** `waybill backup export|verify|restore`. */
import { existsSync } from "node:fs";
import { join } from "node:path";

import { Command } from "commander";

import { openSqliteStore } from "../../adapters/sqlite/store.ts";
import { hasCode, WaybillError } from "../../core/errors.ts";
import { makeFullBackup, makeWatchExport } from "../backup/make.ts";
import { NODE_FILES } from "../backup/node-parts.ts";
import { newBackupPassphrase, oldBackupPassphrase } from "../backup/passphrase.ts";
import { requireFinished } from "../backup/placing.ts";
import {
  passphraseToRestore,
  restoreBackup,
  verifyBackup,
  type BackupContents,
} from "../backup/restore.ts";
import { loadIdentity } from "../identity.ts";
import { interruptible } from "../lifetime.ts";
import { createOutput, type Fields, type Output } from "../output.ts";
import { addNodeOptions, type NodeOptions } from "../settings.ts";

const PASSPHRASE_HELP = `
The passphrase comes from WAYBILL_BACKUP_PASSPHRASE, from the private file that WAYBILL_BACKUP_PASSPHRASE_FILE
names, or is asked for.
`;

export function backupCommand(): Command {
  return new Command("backup")
    .description("encrypted backups of this node: make, check, put back")
    .addCommand(exportCommand())
    .addCommand(verifyCommand())
    .addCommand(restoreCommand())
    .addHelpText("after", "\nExample:\n  waybill backup export --out ./waybill.backup");
}

interface ExportOptions extends NodeOptions {
  readonly out: string;
  readonly watchOnly: boolean;
}

function exportCommand(): Command {
  return addNodeOptions(
    new Command("export").description(
      "write keystore, settings and database of a stopped node into one encrypted file; a running one makes its " +
        "own with --backup-folder",
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
      `${PASSPHRASE_HELP}\nExample:\n  waybill backup export --out ./waybill.backup`,
    )
    .action(async (options: ExportOptions) => {
      const output = createOutput(options.json);
      requireFinished(options.data);
      const path = join(options.data, NODE_FILES.database);
      if (!existsSync(path))
        throw new WaybillError("BACKUP_INCOMPLETE", { what: path, got: "no database" });
      const identity = options.watchOnly ? await loadIdentity(options) : undefined;
      const store = await openOffline(path);
      try {
        const target = {
          path: options.out,
          passphrase: await newBackupPassphrase(),
          replace: false,
        };
        if (identity === undefined) await makeFullBackup(store, options, target);
        else await makeWatchExport(store, identity, target);
      } finally {
        await store.close();
      }
      const kind = options.watchOnly ? "watch" : "full";
      output.event("exported", `${options.out} is written`, { file: options.out, kind });
      if (!options.watchOnly) tellWithoutKeystore(options, output);
    });
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

function tellWithoutKeystore(options: NodeOptions, output: Output): void {
  const path = options.keystore ?? join(options.data, NODE_FILES.keystore);
  if (existsSync(path)) return;
  output.event(
    "warning",
    "there is no keystore: the node's secret is not in the backup, keep it elsewhere",
    { code: "no-keystore" },
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
    .action(async (file: string, { json }: { readonly json: boolean }) => {
      const contents = await verifyBackup(file, () => oldBackupPassphrase(file));
      createOutput(json).event("verified", describe(contents), summary(contents));
    });
}

function restoreCommand(): Command {
  return addNodeOptions(
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

Example:
  waybill backup restore ./waybill.backup --data ./waybill-data`,
    )
    .action(async (file: string, options: NodeOptions) => {
      // A signal ends the question at once; nothing is there yet that would have to be cleared away.
      const passphrase = await passphraseToRestore(file, () => oldBackupPassphrase(file));
      const contents = await interruptible((over) =>
        restoreBackup(file, () => Promise.resolve(passphrase), options.data, over),
      );
      createOutput(options.json).event(
        "restored",
        `${options.data} is restored. ${describe(contents)}`,
        { folder: options.data, ...summary(contents) },
      );
    });
}

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
