/** Whose key pays for a deployment. */
import { decryptKeystore } from "../offchain/adapters/secrets/keystore.ts";
import { readPrivateFile } from "../offchain/adapters/secrets/private-file.ts";
import {
  type Environment,
  readSecret,
  readText,
} from "../offchain/adapters/secrets/read-secret.ts";
import { readPassphrase } from "../offchain/app/passphrase.ts";
import { bytesToHex, type Hex } from "../offchain/core/bytes.ts";
import { WaybillError } from "../offchain/core/errors.ts";

const KEY = "WAYBILL_DEPLOYER_KEY";
const KEYSTORE = "WAYBILL_DEPLOYER_KEYSTORE";
const PASSPHRASE = "WAYBILL_DEPLOYER_PASSPHRASE";

/**
 * The secret key in WAYBILL_DEPLOYER_KEY, in the file that WAYBILL_DEPLOYER_KEY_FILE names, or in the keystore that
 * WAYBILL_DEPLOYER_KEYSTORE names (Web3 Secret Storage version 3, as geth and foundry write it). Undefined where none
 * is set: then the endpoint's own first account pays, which may be one of a signer with a hardware wallet.
 * @throws WaybillError SECRET_INVALID, SECRET_FILE_UNREADABLE, SECRET_FILE_OPEN, PASSPHRASE_MISSING, KEYSTORE_INVALID,
 * KEYSTORE_PASSPHRASE_WRONG
 */
export async function deployerKey(environment: Environment): Promise<Hex | undefined> {
  const keystore = environment[KEYSTORE];
  const key = readText(KEY, environment);
  if (keystore === undefined)
    return key === undefined ? undefined : bytesToHex(readSecret(KEY, environment));
  if (key !== undefined)
    throw new WaybillError("SECRET_INVALID", {
      what: KEY,
      got: `both ${key.from} and ${KEYSTORE}`,
      allowed: "one of them",
    });
  const text = readPrivateFile(keystore);
  const passphrase = await readPassphrase(PASSPHRASE, `Passphrase of ${keystore}`, environment);
  return bytesToHex(await decryptKeystore(text, passphrase, keystore));
}
