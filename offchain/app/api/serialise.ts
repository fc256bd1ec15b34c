/** What lets answers out: of the properties of an answer, those that its schema names. */
import type { Schema } from "./description/kinds.ts";
import { SCHEMAS } from "./description/schemas.ts";

/** The schema with everything that it refers to in its place, in the words of the server's serialiser. */
export function inlined(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(inlined);
  if (typeof schema !== "object" || schema === null) return schema;
  const { $ref, anyOf, ...rest } = schema as Schema & { $ref?: string; anyOf?: unknown[] };
  if ($ref !== undefined) return inlined(named($ref.split("/").at(-1) ?? ""));
  // Only "this or null" is ever said that way.
  if (anyOf !== undefined) return { ...(inlined(anyOf[0]) as Schema), nullable: true };
  return Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, inlined(value)]));
}

/** Of `value`, what `schema`, an inlined one, names. */
export function described(schema: unknown, value: unknown): unknown {
  const { items, properties } = schema as { items?: unknown; properties?: Schema };
  if (Array.isArray(value)) return value.map((one) => described(items, one));
  if (typeof value !== "object" || value === null) return value;
  const known = value as Readonly<Record<string, unknown>>;
  return Object.fromEntries(
    Object.entries(properties ?? {}).map(([key, own]) => [key, described(own, known[key])]),
  );
}

export function named(name: string): Schema {
  const schema = SCHEMAS[name];
  if (schema === undefined) throw new RangeError(`no schema is named ${name}`);
  return schema;
}
