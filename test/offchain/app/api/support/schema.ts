/** Checks values against the committed description, strictly: nothing is left out, turned into another type or overlooked. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";

import fastify from "fastify";

import type { Schema } from "../../../../../offchain/app/api/description/kinds.ts";

export interface Description {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

export interface Operation {
  readonly operationId: string;
  readonly security: readonly unknown[];
  readonly responses: Readonly<
    Record<string, { readonly content: Readonly<Record<string, { readonly schema: Schema }>> }>
  >;
}

export const description = JSON.parse(
  readFileSync(
    resolve(import.meta.dirname, "../../../../../offchain/app/api/openapi.json"),
    "utf8",
  ),
) as Description;

/** What is wrong with `value` as one of the named schema; undefined when nothing is. */
export type Check = (name: string, value: unknown) => Promise<string | undefined>;

export async function checker(): Promise<Check> {
  const app = fastify({
    ajv: {
      customOptions: {
        removeAdditional: false,
        coerceTypes: false,
        useDefaults: false,
        // "components" around the schemas is no word of JSON Schema.
        strict: false,
      },
    },
  });
  const { components } = description;
  for (const name of Object.keys(components.schemas)) {
    const body = { $id: name, $ref: `#/components/schemas/${name}`, components };
    app.post(`/${name}`, { schema: { body } }, () => "sound");
  }
  await app.ready();
  return async (name, value) => {
    const headers = { "content-type": "application/json" };
    const { statusCode, body } = await app.inject({
      ...{ method: "POST", url: `/${name}`, headers },
      payload: JSON.stringify(value),
    });
    return statusCode === 200 ? undefined : body;
  };
}
