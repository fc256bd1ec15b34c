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

export function named(name: string): Schema {
  const schema = SCHEMAS[name];
  if (schema === undefined) throw new RangeError(`no schema is named ${name}`);
  return schema;
}
