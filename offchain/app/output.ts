/**
 * What a command says. People get sentences on standard output; with `--json` standard output carries one
 * JSON object a line and nothing else. Each says under `schema` which of docs/schemas/ it keeps to. Amounts are
 * decimal strings of the token's smallest unit.
 */
import { WaybillError, type ErrorCode } from "../core/errors.ts";

export type Fields = Readonly<Record<string, unknown>>;

export interface Output {
  readonly json: boolean;
  /** One thing that happened: `text` for people, `{schema, event, ...fields}` for programs. */
  event(name: string, text: string, fields?: Fields): void;
  /** Text in a format of somebody else's, as it is. */
  raw(text: string): void;
}

/**
 * Version of every kind of line. A field that is new changes nothing; one that goes, or means something else, makes
 * the kind's version two.
 */
const VERSION = 1;

/** What a kind of line keeps to: `waybill/plan/1`. */
export const schemaOf = (event: string): string => `waybill/${event}/${VERSION}`;

export function createOutput(
  json: boolean,
  write = (line: string) => process.stdout.write(`${line}\n`),
): Output {
  return {
    json,
    event(name, text, fields = {}) {
      write(json ? toJson({ schema: schemaOf(name), event: name, ...fields }) : text);
    },
    raw: write,
  };
}

/** JSON in which bigints are decimal strings. */
export function toJson(value: unknown): string {
  return JSON.stringify(value, (_key, field: unknown) =>
    typeof field === "bigint" ? field.toString() : field,
  );
}

/** Errors as a command ends with them: code, sentence, what to do; never a stack for a known error. */
export function describeError(error: unknown): {
  readonly code: ErrorCode | "UNEXPECTED";
  readonly message: string;
} {
  if (error instanceof WaybillError) return { code: error.code, message: error.message };
  if (error instanceof Error) return { code: "UNEXPECTED", message: error.stack ?? error.message };
  return { code: "UNEXPECTED", message: String(error) };
}
