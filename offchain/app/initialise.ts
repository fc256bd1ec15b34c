/** Makes what a node needs: its folder, its keystore, its settings file. What is there is never touched. */
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";

import { encryptKeystore } from "../adapters/secrets/keystore.ts";
import { writePrivateFile } from "../adapters/secrets/private-file.ts";
import { SECRET_LENGTH } from "../core/keys/derive.ts";
import { requireFinished } from "./backup/placing.ts";
import { FILE_NAME } from "./config/file.ts";

export interface Plan {
  readonly folder: string;
  readonly keystore: string;
  /** Undefined when the keystore is there. */
  readonly secret: { readonly bytes: Uint8Array; readonly passphrase: string } | undefined;
  /** Content of the settings file. */
  readonly settings: string;
}

export interface Made {
  readonly path: string;
  readonly already: boolean;
}

export const newSecret = (): Uint8Array => randomBytes(SECRET_LENGTH);

export const settingsPath = (folder: string): string => join(folder, FILE_NAME);

/**
 * The keystore comes first: it alone cannot be written again.
 * @throws WaybillError BACKUP_UNFINISHED, SECRET_FILE_UNWRITABLE, SECRET_FILE_EXISTS when somebody else makes it at this moment
 */
export async function initialise({
  folder,
  keystore,
  secret,
  settings,
}: Plan): Promise<readonly Made[]> {
  requireFinished(folder);
  const hadFolder = existsSync(folder);
  const file = settingsPath(folder);
  const hadSettings = existsSync(file);
  // It takes its time: whoever ends the process meanwhile finds nothing.
  const encrypted =
    secret === undefined ? undefined : await encryptKeystore(secret.bytes, secret.passphrase);
  for (const path of [folder, dirname(keystore)]) mkdirSync(path, { recursive: true, mode: 0o700 });
  if (encrypted !== undefined) writePrivateFile(keystore, encrypted, "refuse");
  if (!hadSettings) writePrivateFile(file, settings, "refuse");
  return [
    { path: folder, already: hadFolder },
    { path: keystore, already: secret === undefined },
    { path: file, already: hadSettings },
  ];
}
