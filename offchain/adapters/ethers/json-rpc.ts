/**
 * JSON-RPC, and nothing that runs by itself: ethers' own providers poll, cache and detect networks in the
 * background, which the indexer and the outbox do themselves and on purpose. HTTP here, WebSocket in its own file.
 */
import { FetchRequest } from "ethers";

import { WaybillError } from "../../core/errors.ts";
import type { Millis } from "../../core/units.ts";

export interface JsonRpcOptions {
  readonly url: string;
  /** How long one answer may take. */
  readonly timeout: Millis;
}

/** What the node answered instead of a result. */
export class RpcFailure {
  readonly code: number;
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
  readonly #underWay = new Set<FetchRequest>();
  #nextId = 1;
  #closed = false;

  constructor(options: JsonRpcOptions) {
    super();
    this.#options = options;
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
      answer = (await sent).bodyJson;
    } catch (cause) {
      throw unreachable(method, cause instanceof Error ? brief(cause) : String(cause));
    } finally {
      this.#underWay.delete(request);
    }
    return parseAnswer(method, answer);
  }
}

export function unreachable(what: string, why: string): WaybillError {
  return new WaybillError("CHAIN_UNREACHABLE", { what, got: why });
}

export function parseAnswer(method: string, answer: unknown): RpcAnswer {
  if (typeof answer !== "object" || answer === null)
    throw unreachable(method, "no JSON-RPC answer");
  if ("result" in answer) return { ok: true, result: answer.result };
  if (!("error" in answer) || typeof answer.error !== "object" || answer.error === null)
    throw unreachable(method, "no JSON-RPC answer");
  const { code, message, data } = answer.error as Record<string, unknown>;
  const failure = new RpcFailure(
    typeof code === "number" ? code : 0,
    typeof message === "string" ? message : "no reason given",
    data,
  );
  return { ok: false, failure };
}

/** The first line only, and never the URL: it can hold an access key. */
function brief(error: Error): string {
  const code = (error as { code?: unknown }).code;
  if (typeof code === "string") return code;
  return (error.message.split("\n")[0] ?? "").replaceAll(/https?:\/\/\S+/g, "the endpoint");
}
