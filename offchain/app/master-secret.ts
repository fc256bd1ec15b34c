/** Which secret is this node's: the one in its keystore, or one in the environment. */
import { existsSync } from "node:fs";
import { join } from "node:path";

import { decryptKeystore } from "../adapters/secrets/keystore.ts";
import { readPrivateFile } from "../adapters/secrets/private-file.ts";
import { readSecret, type Environment } from "../adapters/secrets/read-secret.ts";
import { WaybillError } from "../core/errors.ts";
import { requireFinished } from "./backup/placing.ts";
import { readPassphrase } from "./passphrase.ts";
import type { NodeOptions } from "./settings.ts";

const PLAIN = ["WAYBILL_SECRET", "WAYBILL_SECRET_FILE"];

/** Where the keystore of this node is, or would be. */
export const keystorePath = ({ keystore, data }: Pick<NodeOptions, "keystore" | "data">): string =>
  keystore ?? join(data, "keystore.json");

/**
 * The master secret, 32 bytes, that all keys of this node derive from.
 * @throws WaybillError IDENTITY_AMBIGUOUS when there are two; SECRET_… and KEYSTORE_… for what cannot be read,
 * PASSPHRASE_MISSING, BACKUP_UNFINISHED
 */
export async function loadSecret(
  options: NodeOptions,
  environment: Environment = process.env,
): Promise<Uint8Array> {
  requireFinished(options.data);
  const path = keystorePath(options);
  const plain = PLAIN.find((name) => environment[name] !== undefined);
  const hasKeystore = options.keystore !== undefined || existsSync(path);
  if (plain !== undefined && hasKeystore)
    throw new WaybillError("IDENTITY_AMBIGUOUS", { got: `${plain} and the keystore ${path}` });
  if (!hasKeystore) return readSecret("WAYBILL_SECRET", environment);
  return openKeystore(path, "WAYBILL_PASSPHRASE", environment);
}

/**
 * The private key of a relay's owner, 32 bytes.
 * @throws WaybillError as loadSecret
 */
export async function loadOwnerKey(environment: Environment = process.env): Promise<Uint8Array> {
  const path = environment.WAYBILL_OWNER_KEYSTORE;
  if (path === undefined) return readSecret("WAYBILL_OWNER_KEY", environment);
  const plain = ["WAYBILL_OWNER_KEY", "WAYBILL_OWNER_KEY_FILE"].find(
    (name) => environment[name] !== undefined,
  );
  if (plain !== undefined)
    throw new WaybillError("SECRET_INVALID", {
      what: plain,
      got: `both ${plain} and WAYBILL_OWNER_KEYSTORE`,
      allowed: "one of them",
    });
  return openKeystore(path, "WAYBILL_OWNER_PASSPHRASE", environment);
}

async function openKeystore(
  path: string,
  passphrase: string,
  environment: Environment,
): Promise<Uint8Array> {
  const text = readPrivateFile(path);
  const question = `Passphrase of ${path}`;
  return decryptKeystore(text, await readPassphrase(passphrase, question, environment), path);
}
