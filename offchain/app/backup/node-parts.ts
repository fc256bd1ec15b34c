/** What a node's folder puts into a backup, and what it is a backup of. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import type { Part } from "../../adapters/backup/write.ts";
import type { BackupHeader } from "../../core/backup/header.ts";
import { WaybillError } from "../../core/errors.ts";
import { address } from "../../core/units.ts";
import type { Store } from "../../ports/store.ts";
import { keystorePath } from "../master-secret.ts";
import { isNetworkFile, readNetwork } from "../networks.ts";
import type { NodeOptions } from "../settings.ts";

/** Names of a node's files in its folder. */
export const NODE_FILES = {
  keystore: "keystore.json",
  settings: "waybill.toml",
  policy: "channel-policy.toml",
  deployment: "deployment.json",
  database: "waybill.db",
} as const;

/** The files that `waybill run` starts with, wherever they are. */
export interface NodeSources extends NodeOptions {
  /** A name or a file. */
  readonly network?: string;
  readonly channelPolicy?: string;
}

/**
 * The keystore, which stays encrypted with its own passphrase, settings, channel policy and the deployment's file, as
 * far as there are such files. A file of another deployment than `bound` is not this node's.
 */
export function fileParts(sources: NodeSources, bound: BackupHeader["deployment"]): Part[] {
  const { network, channelPolicy, config, data } = sources;
  const paths = [
    ["keystore", keystorePath(sources)],
    ["settings", config ?? join(data, NODE_FILES.settings)],
    ["policy", channelPolicy],
    ["deployment", isDeploymentOf(network, bound) ? network : undefined],
  ] as const;
  return paths.flatMap(([name, path]) =>
    path !== undefined && existsSync(path) ? [{ name, bytes: readFileSync(path) }] : [],
  );
}

function isDeploymentOf(
  network: string | undefined,
  { chainId, registry, channels }: BackupHeader["deployment"],
): boolean {
  if (network === undefined || !isNetworkFile(network)) return false;
  try {
    const { deployment } = readNetwork(network);
    const isSame = deployment.registry === registry && deployment.channels === channels;
    return isSame && deployment.chainId === chainId;
  } catch (error) {
    if (error instanceof WaybillError) return false;
    throw error;
  }
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
