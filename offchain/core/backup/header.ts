/**
 * What a backup file begins with, readable by anyone: which format, when, of which deployment, and how its key
 * comes from the passphrase. It names no relay, no account and no peer.
 *
 *     waybill backup 2 \n  one line of JSON  \n  chunks, see chunks.ts
 */
import { bytesToHex, hexToBytes } from "../bytes.ts";
import { sha256 } from "../crypto/hashes.ts";
import { WaybillError } from "../errors.ts";
import { address, seconds, type Address, type Seconds } from "../units.ts";

/** Everything of a node, or what it takes to redeem for it from another machine. */
export type BackupKind = "full" | "watch";

/** By what an older program would not understand: a full backup may hold more parts than in version 1. */
const VERSIONS: Readonly<Record<BackupKind, number>> = { full: 2, watch: 1 };
const READABLE: readonly number[] = [1, 2];
/** Longest line of JSON, in bytes. */
export const MAX_HEADER_BYTES = 4_096;
export const SALT_BYTES = 32;
/** log2 of scrypt's N: below it a passphrase is too cheap to guess, above it a file could use up a machine's memory. */
export const LEAST_COST = 14;
export const MOST_COST = 20;

export interface BackupHeader {
  readonly kind: BackupKind;
  /** Wall clock of the machine that wrote it. */
  readonly createdAt: Seconds;
  readonly deployment: {
    readonly chainId: bigint;
    readonly registry: Address;
    readonly channels: Address;
  };
  /** scrypt with N = 2^cost, r = 8, p = 1, over the passphrase in UTF-8 (NFC). */
  readonly cost: number;
  /** 32 random bytes, so that every file has a key of its own. */
  readonly salt: Uint8Array;
}

const ANY_FIRST_LINE = /^waybill backup (\d{1,9})$/;

export const encodeHeader = (header: BackupHeader): Uint8Array =>
  encodeAs(VERSIONS[header.kind], header);

function encodeAs(version: number, header: BackupHeader): Uint8Array {
  const { kind, createdAt, deployment, cost, salt } = header;
  const { chainId, registry, channels } = deployment;
  const json = JSON.stringify({
    kind,
    createdAt,
    deployment: { chainId: chainId.toString(), registry, channels },
    kdf: { name: "scrypt", cost, r: 8, p: 1, salt: bytesToHex(salt) },
    cipher: "chacha20-poly1305",
  });
  return new TextEncoder().encode(`waybill backup ${version}\n${json}\n`);
}

/** Goes into the authentication of every chunk, so that a changed header opens nothing. */
export const headerDigest = (bytes: Uint8Array): Uint8Array =>
  sha256(new TextEncoder().encode("waybill backup header"), bytes);

/**
 * The header that `start` begins with, and how many bytes it takes.
 * @throws WaybillError BACKUP_FOREIGN for anything else and for other versions
 */
export function decodeHeader(start: Uint8Array): {
  readonly header: BackupHeader;
  readonly length: number;
} {
  const text = new TextDecoder().decode(start.subarray(0, MAX_HEADER_BYTES));
  const [first = "", json] = text.split("\n", 2);
  const [, digits] = ANY_FIRST_LINE.exec(first) ?? [];
  if (digits === undefined) throw foreign("another first line");
  const version = Number(digits);
  if (!READABLE.includes(version)) throw foreign(`version ${digits}`);
  if (json === undefined || !text.startsWith(`${first}\n${json}\n`))
    throw foreign("a header without an end");
  const header = parse(json);
  const bytes = encodeAs(version, header);
  // One header has one encoding: whatever else the line says would be ignored otherwise.
  if (new TextDecoder().decode(bytes) !== `${first}\n${json}\n`) throw foreign("a changed header");
  return { header, length: bytes.length };
}

function parse(json: string): BackupHeader {
  try {
    const value = JSON.parse(json) as {
      kind: BackupKind;
      createdAt: number;
      deployment: { chainId: string; registry: string; channels: string };
      kdf: { cost: number; salt: string };
    };
    const { kind, createdAt, deployment, kdf } = value;
    const salt = hexToBytes(kdf.salt);
    const isFit =
      ["full", "watch"].includes(kind) &&
      Number.isInteger(kdf.cost) &&
      kdf.cost >= LEAST_COST &&
      kdf.cost <= MOST_COST &&
      salt.length === SALT_BYTES;
    if (!isFit) throw foreign("a header out of range");
    return {
      kind,
      createdAt: seconds(createdAt),
      deployment: {
        chainId: BigInt(deployment.chainId),
        registry: address(deployment.registry),
        channels: address(deployment.channels),
      },
      cost: kdf.cost,
      salt,
    };
  } catch (cause) {
    throw new WaybillError("BACKUP_FOREIGN", { got: "an unreadable header", cause });
  }
}

const foreign = (got: string): WaybillError =>
  new WaybillError("BACKUP_FOREIGN", { got, allowed: `version ${READABLE.join(" or ")}` });
