/**
 * What a command says. People get sentences on standard output; with `--json` standard output carries one
 * JSON object a line and nothing else. Amounts are decimal strings of the token's smallest unit.
 */
import { WaybillError } from "../core/errors.ts";

export type Fields = Readonly<Record<string, unknown>>;

export interface Output {
  readonly json: boolean;
  /** One thing that happened: `text` for people, `{event, ...fields}` for programs. */
  event(name: string, text: string, fields?: Fields): void;
}

export function createOutput(
  json: boolean,
  write = (line: string) => process.stdout.write(`${line}\n`),
): Output {
  return {
    json,
    event(name, text, fields = {}) {
      write(json ? toJson({ event: name, ...fields }) : text);
    },
  };
}

/** JSON in which bigints are decimal strings. */
export function toJson(value: unknown): string {
  return JSON.stringify(value, (_key, field: unknown) =>
    typeof field === "bigint" ? field.toString() : field,
  );
}

/** An amount for people: at most six decimals, thousands grouped. */
export function formatAmount(amount: bigint, decimals = 18): string {
  const unit = 10n ** BigInt(decimals);
  const sign = amount < 0n ? "-" : "";
  const positive = amount < 0n ? -amount : amount;
  const whole = (positive / unit).toString().replace(/\B(?=(\d{3})+$)/g, ",");
  const fraction = (positive % unit)
    .toString()
    .padStart(decimals, "0")
    .slice(0, 6)
    .replace(/0+$/, "");
  return `${sign}${whole}${fraction === "" ? "" : `.${fraction}`}`;
}

/** Errors as a command ends with them: code, sentence, what to do; never a stack for a known error. */
export function describeError(error: unknown): { readonly code: string; readonly message: string } {
  if (error instanceof WaybillError) return { code: error.code, message: error.message };
  if (error instanceof Error) return { code: "UNEXPECTED", message: error.stack ?? error.message };
  return { code: "UNEXPECTED", message: String(error) };
}
