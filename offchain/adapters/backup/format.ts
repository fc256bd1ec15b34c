/** What is inside a backup: named parts, one after the other. A byte of zero ends them. */
import { randomBytes, scrypt } from "node:crypto";
import { promisify } from "node:util";

import type { BackupHeader } from "../../core/backup/header.ts";

/**
 * `policy`: the rules for channels, `deployment`: the network's file, both from version 2 on. `database`: a copy in
 * SQLite's format. `watch`: what redeeming needs, as JSON; never on a disk by itself.
 */
export const PARTS = ["keystore", "settings", "policy", "deployment", "database", "watch"] as const;
export type PartName = (typeof PARTS)[number];

/** Length of the name, name, length of the contents. */
export function encodePartHead(name: PartName, size: number): Uint8Array {
  const bytes = Buffer.alloc(1 + name.length + 8);
  bytes.writeUInt8(name.length);
  bytes.write(name, 1, "latin1");
  bytes.writeBigUInt64BE(BigInt(size), 1 + name.length);
  return bytes;
}

const derive = promisify<string, Uint8Array, number, object, Buffer>(scrypt);

export const randomSalt = (length: number): Uint8Array => randomBytes(length);

/** 32 bytes. Takes 2^cost × 1 KiB of memory and about a second for the default cost, off the event loop. */
export async function keyOf(
  passphrase: string,
  { cost, salt }: Pick<BackupHeader, "cost" | "salt">,
): Promise<Uint8Array> {
  const N = 2 ** cost;
  return derive(passphrase.normalize("NFC"), salt, 32, { N, r: 8, p: 1, maxmem: 256 * N * 8 });
}
