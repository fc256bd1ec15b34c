/**
 * JSON-RPC, and nothing that runs by itself: ethers' own providers poll, cache and detect networks in the
 * background, which the indexer and the outbox do themselves and on purpose. HTTP here, WebSocket in its own file.
 */
import { FetchRequest, type FetchResponse } from "ethers";

import { WaybillError } from "../../core/errors.ts";
import type { Millis } from "../../core/units.ts";
import { redactor } from "./redact.ts";

export interface JsonRpcOptions {
  readonly url: string;
  /** How long one answer may take. */
  readonly timeout: Millis;
}

/** What the node answered instead of a result. */
export class RpcFailure {
  readonly code: number;
  /** Without the endpoint's address, which providers like to repeat. */
  readonly message: string;
  /** Where nodes put the bytes that a contract reverted with; each kind of node nests them differently. */
  readonly data: unknown;

  constructor(code: number, message: string, data: unknown) {
    this.code = code;
    this.message = message;
    this.data = data;
  }
}

export type RpcAnswer =
  | { readonly ok: true; readonly result: unknown }
  | { readonly ok: false; readonly failure: RpcFailure };

/** One endpoint. */
export abstract class JsonRpc {
  /** The node's answer, be it a failure. Rejects with CHAIN_UNREACHABLE when there is none. */
  abstract ask(method: string, params: readonly unknown[]): Promise<RpcAnswer>;

  /** The newest block's header, as the node told it by itself not long ago; undefined when it did not. */
  abstract toldHead(): unknown;

  /** Calls `listener` when the node tells of a new block by itself; returns the unsubscribe function. */
  abstract onHead(listener: () => void): () => void;

  abstract close(): void;

  /** Like `ask` for methods that fail only when the node is unwell: a failure is CHAIN_UNREACHABLE, too. */
  async get(method: string, params: readonly unknown[]): Promise<unknown> {
    const answer = await this.ask(method, params);
    if (answer.ok) return answer.result;
    throw unreachable(method, answer.failure.message);
  }
}

export class HttpRpc extends JsonRpc {
  readonly #options: JsonRpcOptions;
  readonly #redact: (text: string) => string;
  readonly #underWay = new Set<FetchRequest>();
  #nextId = 1;
  #closed = false;

  constructor(options: JsonRpcOptions) {
    super();
    this.#options = options;
    this.#redact = redactor(options.url);
  }

  /** What is under way ends with CHAIN_UNREACHABLE, at once. */
  close(): void {
    this.#closed = true;
    for (const request of this.#underWay) request.cancel();
  }

  /** HTTP tells nothing unasked. */
  toldHead(): undefined {
    return undefined;
  }

  onHead(): () => void {
    return () => undefined;
  }

  async ask(method: string, params: readonly unknown[]): Promise<RpcAnswer> {
    if (this.#closed) throw unreachable(method, "this connection was closed");
    const request = new FetchRequest(this.#options.url);
    request.timeout = this.#options.timeout;
    request.body = { jsonrpc: "2.0", id: this.#nextId++, method, params };
    this.#underWay.add(request);
    let answer: unknown;
    try {
      const sent = request.send();
      this.#underWay.add(request);
      answer = jsonOf(await sent);
    } catch (cause) {
      throw unreachable(method, this.#redact(brief(cause)));
    } finally {
      this.#underWay.delete(request);
    }
    return parseAnswer(method, answer, this.#redact);
  }
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** As `bodyJson`, which reads UTF-8 character by character and takes many times as long. */
function jsonOf({ body }: FetchResponse): unknown {
  try {
    return JSON.parse(utf8.decode(body ?? undefined));
  } catch {
    throw new Error("response body is not valid JSON");
  }
}

export function unreachable(what: string, why: string): WaybillError {
  return new WaybillError("CHAIN_UNREACHABLE", { what, got: why });
}

/** @param redact takes out of the node's words what no log may show */
export function parseAnswer(
  method: string,
  answer: unknown,
  redact: (text: string) => string,
): RpcAnswer {
  if (typeof answer !== "object" || answer === null)
    throw unreachable(method, "no JSON-RPC answer");
  if ("result" in answer) return { ok: true, result: answer.result };
  if (!("error" in answer) || typeof answer.error !== "object" || answer.error === null)
    throw unreachable(method, "no JSON-RPC answer");
  const { code, message, data } = answer.error as Record<string, unknown>;
  const failure = new RpcFailure(
    typeof code === "number" ? code : 0,
    typeof message === "string" ? redact(message) : "no reason given",
    data,
  );
  return { ok: false, failure };
}

/** A code where there is one, else the first line. */
function brief(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = (error as { code?: unknown }).code;
  return typeof code === "string" ? code : (error.message.split("\n")[0] ?? "");
}
