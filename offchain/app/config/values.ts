/** From what stands in the environment or a file to the value of an option: the same parsers as for flags. */
import { dirname, resolve } from "node:path";

import { InvalidArgumentError, type Option } from "commander";

import { WaybillError } from "../../core/errors.ts";

export type Origin =
  | { readonly kind: "flag" }
  | { readonly kind: "environment"; readonly name: string }
  | { readonly kind: "file"; readonly path: string; readonly key: string }
  | { readonly kind: "preset"; readonly name: string }
  | { readonly kind: "default" };

/** What somebody wrote, and where. */
export interface Given {
  /** A string, or whatever TOML knows. */
  readonly raw: unknown;
  readonly origin: Origin;
}

export interface Parsed {
  readonly value: unknown;
  /** As a person would write it. */
  readonly text: string;
}

const YES = ["true", "yes", "1"];
const NO = ["false", "no", "0"];

/** For messages and tables. */
export function describeOrigin(origin: Origin): string {
  switch (origin.kind) {
    case "flag":
      return "flag";
    case "environment":
      return `environment ${origin.name}`;
    case "file":
      return `file ${origin.path}`;
    case "preset":
      return `preset ${origin.name}`;
    case "default":
      return "default";
  }
}

/** Addresses without what may be a key: of a URL with more than a host, the host is left. */
export function withoutCredentials(text: string): string {
  return text.replaceAll(/\b(?:https?|wss?):\/\/[^\s,]+/gi, (url) => {
    const parsed = URL.parse(url);
    if (parsed === null) return "…";
    const plain = `${parsed.protocol}//${parsed.host}`;
    return [plain, `${plain}/`].includes(url) ? url : `${plain}/…`;
  });
}

/**
 * The value that `given` has for `option`. Undefined when it says that a switch is not thrown.
 * @throws WaybillError OPTION_INVALID as the flag's parser throws it, with where the value came from
 */
export function parseGiven(option: Option, given: Given): Parsed | undefined {
  if (option.negate || option.isBoolean()) {
    const on = parseSwitch(given);
    if (!option.negate) return { value: on, text: String(on) };
    return on ? { value: false, text: "none" } : undefined;
  }
  const texts = textsOf(option, given);
  if (texts.length === 0) throw refused(given, "an empty list", "one value at least");
  const value = texts.reduce(
    (earlier, text) => parse(option, text, earlier, given),
    option.variadic ? undefined : (option.defaultValue as unknown),
  );
  if (Array.isArray(given.raw) && !Array.isArray(value))
    throw refused(given, "a list", "one value");
  return { value, text: texts.join(", ") };
}

function parseSwitch(given: Given): boolean {
  const text = String(given.raw).toLowerCase();
  if (YES.includes(text)) return true;
  if (NO.includes(text)) return false;
  throw refused(given, shown(given.raw), "true or false");
}

function textsOf(option: Option, given: Given): readonly string[] {
  const { raw } = given;
  if (Array.isArray(raw)) return raw.map((one) => textOf(option, { ...given, raw: one }));
  if (option.variadic && typeof raw === "string") return raw.split(",").map((text) => text.trim());
  return [textOf(option, given)];
}

function textOf(option: Option, given: Given): string {
  const { raw, origin } = given;
  if (typeof raw === "number" || typeof raw === "bigint") return String(raw);
  if (typeof raw !== "string") throw refused(given, shown(raw), "text or a number");
  if (origin.kind === "file" && isPath(option, raw)) return resolve(dirname(origin.path), raw);
  return raw;
}

/** Whether `text` names a file that has to be there. */
export const isFile = (option: Option, text: string): boolean =>
  !/[<[]folder/.test(option.flags) && isPath(option, text);

/** Paths in a file start from where the file is. What takes a name or a path has a path when there is a slash or a dot. */
function isPath(option: Option, text: string): boolean {
  if (/[<[](?:file|folder|path)/.test(option.flags)) return true;
  return option.flags.includes("<name-or-file>") && /[/.]/.test(text);
}

function parse(option: Option, text: string, earlier: unknown, given: Given): unknown {
  if (option.parseArg === undefined)
    return option.variadic ? [...((earlier ?? []) as readonly string[]), text] : text;
  try {
    return option.parseArg<unknown>(text, earlier);
  } catch (error) {
    if (error instanceof InvalidArgumentError)
      throw refused(given, text, option.argChoices?.join(", ") ?? error.message, error);
    if (!(error instanceof WaybillError)) throw error;
    const { got, allowed } = error.context;
    throw new WaybillError(error.code, { what: placeOf(given.origin), got, allowed, cause: error });
  }
}

function refused(given: Given, got: string, allowed: string, cause?: unknown): WaybillError {
  return new WaybillError("OPTION_INVALID", { what: placeOf(given.origin), got, allowed, cause });
}

function placeOf(origin: Origin): string {
  if (origin.kind === "environment") return `${origin.name} in the environment`;
  if (origin.kind === "file") return `${origin.key} in ${origin.path}`;
  return describeOrigin(origin);
}

function shown(raw: unknown): string {
  if (typeof raw === "string") return raw;
  return Array.isArray(raw)
    ? "a list"
    : typeof raw === "boolean"
      ? String(raw)
      : "a date or a table";
}
