/**
 * Secrets come from the environment, or from a file that only its owner can read; never from arguments,
 * which every process of the machine can see. No error carries a secret or a part of one.
 */
import { hexToBytes } from "../../core/bytes.ts";
import { WaybillError } from "../../core/errors.ts";
import { SECRET_LENGTH } from "../../core/keys/derive.ts";
import { readPrivateFile } from "./private-file.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The 32-byte secret in the variable `name`, or in the file that the variable `name`_FILE names.
 * @throws WaybillError SECRET_MISSING, SECRET_FILE_UNREADABLE, SECRET_FILE_OPEN or SECRET_INVALID
 */
export function readSecret(name: string, environment: Environment = process.env): Uint8Array {
  const given = readText(name, environment);
  if (given === undefined)
    throw new WaybillError("SECRET_MISSING", { what: `${name} or ${name}_FILE` });
  return parse(given.from, given.text);
}

/**
 * The text in the variable `name`, or in the file that `name`_FILE names; undefined when neither is set.
 * @throws WaybillError SECRET_FILE_UNREADABLE, SECRET_FILE_OPEN, and SECRET_INVALID when both are set
 */
export function readText(
  name: string,
  environment: Environment,
): { readonly from: string; readonly text: string } | undefined {
  const direct = environment[name];
  const file = environment[`${name}_FILE`];
  if (direct !== undefined && file !== undefined)
    throw new WaybillError("SECRET_INVALID", {
      what: name,
      got: `both ${name} and ${name}_FILE`,
      allowed: "one of them",
    });
  if (direct !== undefined) return { from: name, text: direct };
  if (file !== undefined) return { from: `${name}_FILE`, text: readPrivateFile(file) };
  return undefined;
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
