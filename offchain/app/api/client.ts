/** The typed client of a running agent's API, as commands and tests use it. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import createClient, { type Client } from "openapi-fetch";

import { WaybillError } from "../../core/errors.ts";
import { ADDRESS_FILE } from "./address.ts";
import { isAgent } from "./proof.ts";
import { readToken } from "./token.ts";
import type { paths } from "./types.ts";

export type ApiClient = Client<paths>;

export const apiClient = (url: string, token: string): ApiClient =>
  createClient<paths>({ baseUrl: url, headers: { authorization: `Bearer ${token}` } });

/**
 * Of the agent with that data folder; undefined when none runs. An agent that was killed leaves the note of where it
 * listened, and somebody else may listen there now: the token is sent only to whoever has shown to have it.
 */
export async function clientOf(folder: string): Promise<ApiClient | undefined> {
  const file = join(folder, ADDRESS_FILE);
  if (!existsSync(file)) return undefined;
  const url = readFileSync(file, "utf8").trim();
  const token = readToken(folder);
  return (await isAgent(url, token)) ? apiClient(url, token) : undefined;
}

interface Answered<Data> {
  readonly data?: Data;
  readonly error?: unknown;
}

/**
 * What the agent answered.
 * @throws WaybillError API_UNREACHABLE when nothing answers, and API_REFUSED with the agent's own words
 */
export async function answerOf<Data>(request: Promise<Answered<Data>>): Promise<Data> {
  let answered: Answered<Data>;
  try {
    answered = await request;
  } catch (cause) {
    throw new WaybillError("API_UNREACHABLE", { cause });
  }
  if (answered.data !== undefined) return answered.data;
  const { error } = answered;
  const said =
    typeof error === "object" && error !== null && "message" in error ? error.message : error;
  throw new WaybillError("API_REFUSED", { got: String(said) });
}
