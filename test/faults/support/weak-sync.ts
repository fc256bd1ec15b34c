/**
 * For a process started with `--import` of this file, SQLite never flushes to the disk. No relay can be set up like
 * this: it is here to show that the power-cut rig notices.
 */
import { DatabaseSync } from "node:sqlite";

const exec = Object.getOwnPropertyDescriptor(DatabaseSync.prototype, "exec")
  ?.value as DatabaseSync["exec"];

DatabaseSync.prototype.exec = function (this: DatabaseSync, sql: string): void {
  exec.call(this, sql.replace(/synchronous = FULL/i, "synchronous = OFF"));
};
