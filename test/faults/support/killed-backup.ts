/**
 * Verifies or restores a backup, and is killed before its nth step: a change in a folder, a write, a flush, a question
 * to SQLite.
 *
 *   node killed-backup.ts <step> verify|restore <file> [folder]
 */
import fs from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { DatabaseSync } from "node:sqlite";

const [step = "", what = "", path = "", folder = ""] = process.argv.slice(2);
let left = Number(step);

/** Each call of the method counts as a step. */
function count(holder: object, names: readonly string[]): void {
  const methods = holder as Record<string, (...args: unknown[]) => unknown>;
  for (const name of names) {
    const original = methods[name];
    if (original === undefined) throw new Error(`no ${name}`);
    methods[name] = function (this: unknown, ...args) {
      left -= 1;
      if (left === 0) process.kill(process.pid, "SIGKILL");
      return original.apply(this, args);
    };
  }
}

const handle = await fs.open(path);
const file = Object.getPrototypeOf(handle) as object;
await handle.close();
const { restoreBackup, verifyBackup } = await import("../../../offchain/app/backup/restore.ts");
const passphrase = () => Promise.resolve(process.env.WAYBILL_BACKUP_PASSPHRASE ?? "");
count(file, ["writeFile", "sync"]);
count(fs, ["mkdir", "mkdtemp", "chmod", "open", "link", "rename", "rm", "rmdir"]);
count(DatabaseSync.prototype, ["exec", "prepare"]);
syncBuiltinESMExports();

if (what === "verify") await verifyBackup(path, passphrase);
else await restoreBackup(path, passphrase, folder);
