/** The files that follow from the description of the HTTP API. */
import { join, resolve } from "node:path";

import openapiTypescript, { astToString, type OpenAPI3 } from "openapi-typescript";
import { format, resolveConfig } from "prettier";

import { openapi } from "../../offchain/app/api/description/openapi.ts";

export const root = resolve(import.meta.dirname, "../..");

const TYPES_HEADER =
  "/** Types of the HTTP API. Written by `npm run api:generate` out of openapi.json; not to be edited. */\n";

/** Contents by path under the root. */
export async function generateApi(): Promise<Readonly<Record<string, string>>> {
  const description = openapi();
  const types = astToString(
    await openapiTypescript(description as unknown as OpenAPI3, {
      immutable: true,
      alphabetize: false,
    }),
  );
  const formatted = async (path: string, text: string): Promise<[string, string]> => [
    path,
    await format(text, { ...(await resolveConfig(join(root, path))), filepath: path }),
  ];
  return Object.fromEntries([
    await formatted("offchain/app/api/openapi.json", JSON.stringify(description)),
    await formatted("offchain/app/api/types.ts", TYPES_HEADER + types),
  ]);
}
