/** Checks lines of `--json` against docs/schemas/lines.json, with the validator that Fastify brings. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

import fastify, { type FastifyInstance } from "fastify";

interface Definition {
  readonly properties?: Readonly<Record<string, unknown>>;
}

interface Schemas {
  readonly definitions: Readonly<Record<string, Definition>>;
}

const ROOT = join(import.meta.dirname, "../..");
const read = (path: string): unknown => JSON.parse(readFileSync(join(ROOT, path), "utf8"));

const schemas = read("docs/schemas/lines.json") as Schemas;
const { components } = read("offchain/app/api/openapi.json") as { readonly components: object };

/** Kinds of lines: what has a field `event`. */
export const kinds: readonly string[] = Object.entries(schemas.definitions)
  .filter(([, { properties }]) => properties !== undefined && "event" in properties)
  .map(([name]) => name);

let validator: FastifyInstance | undefined;

/** A route for each kind, which refuses what does not keep to it. */
function validation(): FastifyInstance {
  const app = fastify({
    ajv: {
      customOptions: {
        ...{ coerceTypes: false, removeAdditional: false, useDefaults: false },
        // Around the API's schemas; no word of JSON Schema.
        keywords: ["components"],
      },
    },
  });
  app.addSchema({ $id: "waybill-api", components });
  app.addSchema(schemas);
  for (const kind of kinds)
    app.post(
      `/${kind}`,
      { schema: { body: { $ref: `waybill#/definitions/${kind}` } } },
      async (_, reply) => reply.code(204).send(),
    );
  return app;
}

/** What is wrong with the line; undefined when nothing is. A field that no schema knows is wrong, too. */
export async function faultOf(
  line: Readonly<Record<string, unknown>>,
): Promise<string | undefined> {
  const kind = String(line.event);
  const properties = schemas.definitions[kind]?.properties;
  if (!kinds.includes(kind) || properties === undefined) return `no schema for ${kind}`;
  const unknown = Object.keys(line).filter((field) => !(field in properties));
  if (unknown.length > 0) return `${kind}: no schema for ${unknown.join(", ")}`;
  validator ??= validation();
  const { statusCode, body } = await validator.inject({
    method: "POST",
    url: `/${kind}`,
    payload: line,
  });
  return statusCode === 204 ? undefined : `${kind}: ${body}`;
}
