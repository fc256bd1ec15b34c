/**
 * The running agent's own backups: a full one every so often, of which the newest few are kept, and beside it the
 * newest export for watching from another machine. One that fails is said, and tried again.
 */
import { mkdir, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";

import type { SqliteStore } from "../../adapters/sqlite/store.ts";
import { millis, type Millis } from "../../core/units.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Log } from "../../ports/log.ts";
import { repeat } from "../../settlement/repeat.ts";
import type { Identity } from "../identity.ts";
import type { Node } from "../node.ts";
import { makeFullBackup, makeWatchExport, wallClock } from "./make.ts";
import type { NodeSources } from "./node-parts.ts";
import { RELAY_META } from "./watch-export.ts";

export interface RotationOptions {
  readonly store: SqliteStore;
  readonly identity: Identity;
  readonly node: NodeSources;
  readonly folder: string;
  readonly passphrase: string;
  readonly every: Millis;
  readonly keep: number;
  readonly clock: Clock;
  readonly log: Log;
  /** log2 of scrypt's N; the usual unless given. */
  readonly cost?: number;
}

/** What the agent's backups are called; the export for watching has one name, so that it can be fetched again. */
const FULL = /^waybill-\d{8}T\d{6}Z\.backup$/;
/** What a process that was killed left of one. */
const HALF = /^waybill-\d{8}T\d{6}Z\.backup\.part$/;
export const WATCH_FILE = "waybill.watch";
/** How often it is looked whether one is due. */
const LOOK = millis(10_000);

export class BackupRotation {
  readonly #options: RotationOptions;
  #due = millis(0);
  #latest: string | undefined;

  constructor(options: RotationOptions) {
    this.#options = options;
  }

  /** Name of the newest backup that this process has made. */
  get latest(): string | undefined {
    return this.#latest;
  }

  /** Makes backups when it is time. Rejects with BACKUP_… and STORE_…. */
  async step(): Promise<void> {
    const { clock, every } = this.#options;
    if (clock.monotonic() < this.#due) return;
    await this.#make();
    this.#due = millis(clock.monotonic() + every);
  }

  async #make(): Promise<void> {
    const { store, identity, node, folder, passphrase, log, cost } = this.#options;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const target = { passphrase, replace: true, ...(cost === undefined ? {} : { cost }) };
    const name = nameAt(wallClock());
    const parts = await makeFullBackup(store, node, { ...target, path: join(folder, name) });
    // Before its first start as a relay there is nothing to watch.
    if ((await store.getMeta(RELAY_META)) !== undefined)
      await makeWatchExport(store, identity, { ...target, path: join(folder, WATCH_FILE) });
    this.#latest = name;
    await this.#forget(name);
    log.info("a backup was made", { file: name, parts: parts.join() });
  }

  /** By when they were written, and never the one just made: names follow the wall clock, which may have been wrong. */
  async #forget(made: string): Promise<void> {
    const { folder, keep } = this.#options;
    const names = await readdir(folder);
    for (const name of names.filter((one) => HALF.test(one))) await rm(join(folder, name));
    const others = names.filter((name) => FULL.test(name) && name !== made);
    const dated = await Promise.all(
      others.map(async (name) => ({ name, written: (await stat(join(folder, name))).mtimeMs })),
    );
    dated.sort((a, b) => b.written - a.written || (a.name < b.name ? 1 : -1));
    for (const { name } of dated.slice(keep - 1)) await rm(join(folder, name));
  }
}

/** Settings of `waybill run` that backups follow. */
export interface BackupSettings extends NodeSources {
  readonly backupFolder?: string;
  /** Minutes. */
  readonly backupEvery: number;
  readonly backupKeep: number;
}

/** Makes backups while the agent runs, when it is told where; returns what ends that. */
export function startBackups(
  { store, clock, log: nodeLog }: Pick<Node, "store" | "clock" | "log">,
  identity: Identity,
  settings: BackupSettings,
  passphrase: string | undefined,
): () => Promise<void> {
  const { backupFolder: folder, backupEvery, backupKeep: keep } = settings;
  if (folder === undefined || passphrase === undefined) return () => Promise.resolve();
  const log = nodeLog.child("backup");
  const every = millis(60_000 * backupEvery);
  const rotation = new BackupRotation({
    ...{ store, identity, folder, keep, clock, log, passphrase, every, node: settings },
  });
  const repeating = repeat(
    { clock, log, what: "making backups", interval: LOOK, longestPause: every },
    () => rotation.step(),
  );
  return () => repeating.stop();
}

/** waybill-20260102T030405Z.backup */
const nameAt = (time: number): string =>
  `waybill-${new Date(1_000 * time).toISOString().replace(/[-:]|\.\d+/g, "")}.backup`;
