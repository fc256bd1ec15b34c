/**
 * Secrets come from the environment, or from a file that only its owner can read; never from arguments,
 * which every process of the machine can see. No error carries a secret or a part of one.
 */
import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";

import { hexToBytes } from "../../core/bytes.ts";
import { WaybillError } from "../../core/errors.ts";
import { SECRET_LENGTH } from "../../core/keys/derive.ts";

type Environment = Readonly<Record<string, string | undefined>>;

const GROUP_AND_OTHERS = 0o077;

/**
 * The 32-byte secret in the variable `name`, or in the file that the variable `name`_FILE names.
 * @throws WaybillError SECRET_MISSING, SECRET_FILE_UNREADABLE, SECRET_FILE_OPEN or SECRET_INVALID
 */
export function readSecret(name: string, environment: Environment = process.env): Uint8Array {
  const direct = environment[name];
  const file = environment[`${name}_FILE`];
  if (direct !== undefined && file !== undefined)
    throw new WaybillError("SECRET_INVALID", {
      what: name,
      got: `both ${name} and ${name}_FILE`,
      allowed: "one of them",
    });
  if (direct !== undefined) return parse(name, direct);
  if (file !== undefined) return parse(`${name}_FILE`, readPrivateFile(file));
  throw new WaybillError("SECRET_MISSING", { what: `${name} or ${name}_FILE` });
}

/** Everything is asked of the open file, so that it cannot be exchanged in between; a pipe does not hold it up. */
function readPrivateFile(path: string): string {
  let descriptor: number;
  try {
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (cause) {
    throw new WaybillError("SECRET_FILE_UNREADABLE", { what: path, cause });
  }
  try {
    const stat = fstatSync(descriptor);
    if (!stat.isFile() || stat.uid !== (process.getuid?.() ?? stat.uid))
      throw new WaybillError("SECRET_FILE_UNREADABLE", {
        what: path,
        got: stat.isFile() ? `a file of user ${stat.uid}` : "no regular file",
      });
    const mode = stat.mode & 0o777;
    if ((mode & GROUP_AND_OTHERS) !== 0)
      throw new WaybillError("SECRET_FILE_OPEN", {
        what: path,
        got: `mode ${mode.toString(8)}`,
        allowed: "mode 600 or 400",
      });
    return readFileSync(descriptor, "utf8");
  } finally {
    closeSync(descriptor);
  }
}

function parse(name: string, text: string): Uint8Array {
  const digits = text.trim().replace(/^0x/, "");
  if (!/^[0-9a-fA-F]*$/.test(digits) || digits.length !== 2 * SECRET_LENGTH)
    throw new WaybillError("SECRET_INVALID", {
      what: name,
      got: `${digits.length} characters`,
      allowed: `${2 * SECRET_LENGTH} hex digits`,
    });
  return hexToBytes(digits);
}
