/**
 * The keystore: one secret of 32 bytes, encrypted with a passphrase, as Web3 Secret Storage version 3 has it
 * (https://ethereum.org/developers/docs/data-structures-and-encoding/web3-secret-storage). No error carries
 * the secret, the passphrase or a part of either.
 */
import { scrypt as nodeScrypt } from "node:crypto";

import { decryptKeystoreJson, encryptKeystoreJson, scrypt } from "ethers";

import { bytesToHex, hexToBytes } from "../../core/bytes.ts";
import { WaybillError } from "../../core/errors.ts";

/** What a guess costs: N doubles it. */
export interface ScryptCost {
  readonly N: number;
  readonly r: number;
  readonly p: number;
}

/** About a third of a second and 128 MiB. */
const COST: ScryptCost = { N: 2 ** 17, r: 8, p: 1 };
/** Bytes; a file that asks for more is not one of ours, and would stop the machine. */
const MAX_MEMORY = 2 ** 30;
const MAX_ROUNDS = 16;
const NO_ADDRESS = `0x${"00".repeat(20)}`;

/** Node's scrypt runs beside the event loop, and several times as fast as the one in JavaScript. */
scrypt.register(
  (passphrase, salt, N, r, p, length) =>
    new Promise((resolve, reject) => {
      const options = { N, r, p, maxmem: 2 * MAX_MEMORY };
      nodeScrypt(passphrase, salt, length, options, (error, key) => {
        if (error === null) resolve(bytesToHex(key));
        else reject(error);
      });
    }),
);

/** The text of a keystore file for `secret`, 32 bytes. */
export async function encryptKeystore(
  secret: Uint8Array,
  passphrase: string,
  cost = COST,
): Promise<string> {
  const account = { address: NO_ADDRESS, privateKey: bytesToHex(secret) };
  const written = JSON.parse(
    await encryptKeystoreJson(account, passphrase, { scrypt: { ...cost } }),
  ) as Record<string, unknown>;
  // The secret is no account's key, so there is no address; the standard's name of the other part is in small letters.
  const { id, version, Crypto: crypto } = written;
  return `${JSON.stringify({ version, id, crypto }, undefined, 2)}\n`;
}

/**
 * The secret, 32 bytes, in the keystore file's `text`; `what` names the file in errors.
 * @throws WaybillError KEYSTORE_INVALID, KEYSTORE_PASSPHRASE_WRONG
 */
export async function decryptKeystore(
  text: string,
  passphrase: string,
  what: string,
): Promise<Uint8Array> {
  requireKnownForm(text, what);
  let secret: Uint8Array;
  try {
    const { privateKey } = await decryptKeystoreJson(text, passphrase);
    secret = hexToBytes(privateKey);
  } catch (error) {
    // The cause is left out: ethers' errors carry what they were given.
    if (error instanceof Error && error.message.startsWith("incorrect password"))
      throw new WaybillError("KEYSTORE_PASSPHRASE_WRONG", { what });
    throw new WaybillError("KEYSTORE_INVALID", { what, got: "a damaged field" });
  }
  return secret;
}

type Json = Readonly<Record<string, unknown>>;

/** Before anything is computed: version 3, a KDF that is known, at a price that this machine can pay. */
function requireKnownForm(text: string, what: string): void {
  const refuse = (got: string, allowed: string): never => {
    throw new WaybillError("KEYSTORE_INVALID", { what, got, allowed });
  };
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    refuse(`${text.length} characters that are no JSON`, "a keystore file");
  }
  const { version, crypto } = lowerCased(content);
  if (Number(version) !== 3) refuse(`version ${shown(version)}`, "version 3");
  const { kdf, kdfparams } = lowerCased(crypto);
  if (kdf === "pbkdf2") return;
  if (kdf !== "scrypt") refuse(`key derivation ${shown(kdf)}`, "scrypt or pbkdf2");
  const { n, r, p } = lowerCased(kdfparams);
  const [N, size, rounds] = [Number(n), Number(r), Number(p)];
  const fits =
    128 * N * size <= MAX_MEMORY && rounds <= MAX_ROUNDS && N > 1 && size > 0 && rounds > 0;
  if (!fits)
    refuse(`scrypt with n ${shown(n)}, r ${shown(r)}, p ${shown(p)}`, "at most 1 GiB and p 16");
}

/** The fields of an object; some programs write `Crypto`. */
function lowerCased(value: unknown): Json {
  if (typeof value !== "object" || value === null) return {};
  return Object.fromEntries(
    Object.entries(value).map(([key, field]) => [key.toLowerCase(), field]),
  );
}

const shown = (value: unknown): string =>
  typeof value === "string" || typeof value === "number" ? String(value).slice(0, 20) : "none";
