/** What a node's folder puts into a backup, and what it is a backup of. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import type { Part } from "../../adapters/backup/write.ts";
import type { BackupHeader } from "../../core/backup/header.ts";
import { WaybillError } from "../../core/errors.ts";
import { address } from "../../core/units.ts";
import type { Store } from "../../ports/store.ts";
import { keystorePath } from "../master-secret.ts";
import type { NodeOptions } from "../settings.ts";

/** Names of a node's files in its folder. */
export const NODE_FILES = {
  keystore: "keystore.json",
  settings: "waybill.toml",
  database: "waybill.db",
} as const;

/** The keystore, which stays encrypted with its own passphrase, and the settings, as far as there are such files. */
export function fileParts(options: NodeOptions): Part[] {
  const paths = [
    ["keystore", keystorePath(options)],
    ["settings", options.config ?? join(options.data, NODE_FILES.settings)],
  ] as const;
  return paths
    .filter(([, path]) => existsSync(path))
    .map(([name, path]) => ({ name, bytes: readFileSync(path) }));
}

const BOUND = /^chain (\d+), registry (0x[0-9a-f]{40}), channels (0x[0-9a-f]{40})$/;

/** The deployment that the database belongs to. Throws BACKUP_INCOMPLETE for one that was never used. */
export async function deploymentOf(
  store: Pick<Store, "getMeta">,
): Promise<BackupHeader["deployment"]> {
  const [, chainId, registry, channels] =
    BOUND.exec((await store.getMeta("deployment")) ?? "") ?? [];
  if (chainId === undefined || registry === undefined || channels === undefined)
    throw new WaybillError("BACKUP_INCOMPLETE", { got: "a database that was never used" });
  return { chainId: BigInt(chainId), registry: address(registry), channels: address(channels) };
}
