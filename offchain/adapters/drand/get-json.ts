/** One GET for a small JSON document: bounded in time and size, without redirects. */
import type { Millis } from "../../core/units.ts";
import { EndpointFault } from "./fault.ts";

export interface GetOptions {
  /** Until the last byte of the answer. */
  readonly timeout: Millis;
  readonly maxBytes: number;
  /** Ends the request from outside. */
  readonly signal: AbortSignal;
}

/** The parsed answer; rejects with an EndpointFault. Neither ever holds the URL: it can contain an access key. */
export async function getJson(url: URL, options: GetOptions): Promise<unknown> {
  const timeout = AbortSignal.timeout(options.timeout);
  try {
    const response = await fetch(url, {
      headers: { accept: "application/json" },
      redirect: "error",
      signal: AbortSignal.any([timeout, options.signal]),
    });
    if (!response.ok) {
      await response.body?.cancel();
      throw new EndpointFault("refused", `status ${response.status}`, response.status);
    }
    return parse(await readBounded(response, options.maxBytes));
  } catch (error) {
    if (error instanceof EndpointFault) throw error;
    if (timeout.aborted) throw new EndpointFault("timed-out", `${options.timeout} ms`);
    throw new EndpointFault("unreachable", reason(error));
  }
}

/** Reads no further than the bound, whatever length was announced. */
async function readBounded(response: Response, maxBytes: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  const body: AsyncIterable<Uint8Array> = response.body ?? nothing();
  for await (const part of body) {
    length += part.length;
    if (length > maxBytes) throw new EndpointFault("too-large", `over ${maxBytes} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts);
}

async function* nothing(): AsyncGenerator<Uint8Array> {
  // A success without a body is an empty document.
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw new EndpointFault("malformed", "no JSON");
  }
}

/** The system's code, as ECONNREFUSED; messages may quote the URL. */
function reason(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  const code = (cause as { readonly code?: unknown } | undefined)?.code;
  return typeof code === "string" ? code : "no answer";
}
