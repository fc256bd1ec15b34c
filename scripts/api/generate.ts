/** The files that follow from the description of the HTTP API. */
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";

import openapiTypescript, { astToString, type OpenAPI3 } from "openapi-typescript";
import { format, resolveConfig } from "prettier";

import { openapi } from "../../offchain/app/api/description/openapi.ts";
import { metricsTable } from "./metrics-table.ts";

const METRICS_DOCUMENT = "docs/metrics.md";
/** Around the table, which is written anew. */
const [TABLE_START, TABLE_END] = ["<!-- table -->", "<!-- end of the table -->"];

export const root = resolve(import.meta.dirname, "../..");

const TYPES_HEADER =
  "/** Types of the HTTP API. Written by `npm run api:generate` out of openapi.json; not to be edited. */\n";

/** Contents by path under the root. */
export async function generateApi(): Promise<Readonly<Record<string, string>>> {
  const description = openapi();
  const types = astToString(await openapiTypescript(description as unknown as OpenAPI3));
  const formatted = async (path: string, text: string): Promise<[string, string]> => [
    path,
    await format(text, { ...(await resolveConfig(join(root, path))), filepath: path }),
  ];
  return Object.fromEntries([
    await formatted("offchain/app/api/openapi.json", JSON.stringify(description)),
    await formatted("offchain/app/api/types.ts", TYPES_HEADER + types),
    await formatted(METRICS_DOCUMENT, metricsDocument()),
  ]);
}

function metricsDocument(): string {
  const text = readFileSync(join(root, METRICS_DOCUMENT), "utf8");
  const [before = ""] = text.split(TABLE_START);
  const [, after = ""] = text.split(TABLE_END);
  return `${before}${TABLE_START}\n\n${metricsTable()}\n\n${TABLE_END}${after}`;
}
