/** Reading a parameter file's sections: tables of named values, each of a known form, and nothing else. */
import { bytesToHex, hexToBytes, type Hex } from "../offchain/core/bytes.ts";
import { WaybillError } from "../offchain/core/errors.ts";

/** An object with exactly these names; `optional` ones may be missing. */
export function table<Name extends string, Optional extends string = never>(
  what: string,
  content: unknown,
  names: readonly Name[],
  optional: readonly Optional[] = [],
): Readonly<Record<Name, unknown> & Partial<Record<Optional, unknown>>> {
  const found = typeof content === "object" && content !== null ? Object.keys(content) : [];
  const known: readonly string[] = [...names, ...optional];
  const different = [
    ...names.filter((name) => !found.includes(name)),
    ...found.filter((name) => !known.includes(name)),
  ];
  if (different.length > 0)
    throw malformed(what, `missing or unknown: ${different.join(", ")}`, known.join(", "));
  return content as Record<Name, unknown> & Partial<Record<Optional, unknown>>;
}

/** A table of integers, each at most its limit. */
export function integers<Name extends string>(
  section: string,
  content: unknown,
  limits: Readonly<Record<Name, bigint>>,
): Readonly<Record<Name, bigint>> {
  const names = Object.keys(limits) as Name[];
  const values: Readonly<Record<string, unknown>> = table(section, content, names);
  const entries = names.map((name) => [name, integer(name, values[name], limits[name])] as const);
  return Object.fromEntries(entries) as Record<Name, bigint>;
}

/** The one kind that the section names, and what it says of it. */
export function choice<Kind extends string>(
  section: string,
  content: unknown,
  kinds: readonly Kind[],
): readonly [kind: Kind, content: unknown] {
  const named = typeof content === "object" && content !== null ? Object.entries(content) : [];
  const [kind, value] = named[0] ?? [];
  if (named.length !== 1 || !(kinds as readonly (string | undefined)[]).includes(kind))
    throw malformed(
      section,
      named.map(([name]) => name).join(", ") || "nothing",
      `one of ${kinds.join(", ")}`,
    );
  return [kind as Kind, value];
}

export function integer(what: string, value: unknown, limit: bigint): bigint {
  const number =
    typeof value === "bigint" || Number.isSafeInteger(value)
      ? BigInt(value as bigint | number)
      : -1n;
  if (number < 0n || number > limit)
    throw malformed(what, String(value), `an integer, 0 … ${String(limit)}`);
  return number;
}

/** So many bytes, as hexadecimal digits with or without `0x`. */
export function bytes(what: string, value: unknown, length: number): Hex {
  const digits = typeof value === "string" ? value.replace(/^0x/, "") : "";
  if (digits.length !== 2 * length || !/^[0-9a-fA-F]*$/.test(digits))
    throw malformed(what, String(value), `${String(2 * length)} hexadecimal digits`);
  return bytesToHex(hexToBytes(digits));
}

export function malformed(what: string, got: string, allowed: string): WaybillError {
  return new WaybillError("DEPLOYMENT_PARAMETERS_MALFORMED", { what, got, allowed });
}
