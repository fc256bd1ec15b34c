/** Makes backups of a node, whether a command asks for one or the running agent makes its own. */
import { rm } from "node:fs/promises";

import type { PartName } from "../../adapters/backup/format.ts";
import { writeBackup } from "../../adapters/backup/write.ts";
import type { SqliteStore } from "../../adapters/sqlite/store.ts";
import { seconds, type Seconds } from "../../core/units.ts";
import type { Identity } from "../identity.ts";
import { deploymentOf, fileParts, type NodeSources } from "./node-parts.ts";
import { encodeWatchExport, watchExport } from "./watch-export.ts";

export interface BackupTarget {
  readonly path: string;
  readonly passphrase: string;
  /** Takes the place of an older one of that name. */
  readonly replace: boolean;
  /** log2 of scrypt's N; the usual unless given. */
  readonly cost?: number;
}

/** Everything of the node: what it starts with, as far as that is files, and its database at this moment. Says what is in it. */
export async function makeFullBackup(
  store: SqliteStore,
  sources: NodeSources,
  target: BackupTarget,
): Promise<readonly PartName[]> {
  const deployment = await deploymentOf(store);
  // Before the copy: what happens while it is made may be missing in it.
  const header = { kind: "full", createdAt: wallClock(), deployment } as const;
  const copy = await store.snapshot();
  try {
    const parts = [...fileParts(sources, deployment), { name: "database", file: copy } as const];
    await writeBackup({ ...target, header, parts });
    return parts.map(({ name }) => name);
  } finally {
    await rm(copy, { force: true });
  }
}

/** What another machine needs to redeem for this relay. */
export async function makeWatchExport(
  store: SqliteStore,
  identity: Identity,
  target: BackupTarget,
): Promise<void> {
  const deployment = await deploymentOf(store);
  const header = { kind: "watch", createdAt: wallClock(), deployment } as const;
  const bytes = encodeWatchExport(await watchExport(store, identity, deployment));
  try {
    await writeBackup({ ...target, header, parts: [{ name: "watch", bytes }] });
  } finally {
    bytes.fill(0);
  }
}

export const wallClock = (): Seconds => seconds(Math.floor(Date.now() / 1_000));
