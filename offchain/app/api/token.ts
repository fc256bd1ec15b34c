/**
 * The token that opens the API: random, in a file of the data folder that only its owner can read. It stays the same
 * over restarts, so that scrapers can be given the file; removing the file makes a new one at the next start.
 */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";

import { readPrivateFile, writePrivateFile } from "../../adapters/secrets/private-file.ts";
import { hasCode, WaybillError } from "../../core/errors.ts";

const FILE = "api-token";
const BYTES = 32;
const FORM = /^[0-9a-f]{64}$/;

/**
 * The token of the agent with this data folder; makes one where there is none.
 * @throws WaybillError SECRET_FILE_UNWRITABLE, SECRET_FILE_UNREADABLE, SECRET_FILE_OPEN or SECRET_INVALID
 */
export function ensureToken(folder: string): string {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, FILE);
  // Also on a disk without room the token is there that was there before.
  if (existsSync(path)) return readToken(folder);
  try {
    writePrivateFile(path, `${randomBytes(BYTES).toString("hex")}\n`, "refuse");
  } catch (error) {
    if (!hasCode(error, "SECRET_FILE_EXISTS")) throw error;
  }
  return readToken(folder);
}

/** The same where there must be one already. */
export function readToken(folder: string): string {
  const path = join(folder, FILE);
  const token = readPrivateFile(path).trim();
  if (!FORM.test(token))
    throw new WaybillError("SECRET_INVALID", {
      what: path,
      got: `${token.length} characters`,
      allowed: `${2 * BYTES} hex digits, as the agent wrote them`,
    });
  return token;
}

/** Whether an Authorization header carries the token. Takes the same time whatever it carries instead. */
export function carries(header: string | undefined, token: string): boolean {
  const given = /^Bearer (\S+)$/i.exec(header ?? "")?.[1] ?? "";
  return timingSafeEqual(digest(given), digest(token));
}

const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
