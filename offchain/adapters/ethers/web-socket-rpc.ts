/**
 * JSON-RPC over a WebSocket. The node tells of new blocks by itself, so that looking for them asks for nothing while
 * it does. When the connection drops, what was asked is answered with CHAIN_UNREACHABLE, the next question opens a
 * new one, and until the node has told of a block again it is asked for them.
 */
import {
  JsonRpc,
  parseAnswer,
  unreachable,
  type JsonRpcOptions,
  type RpcAnswer,
} from "./json-rpc.ts";
import { redactor } from "./redact.ts";

/** A block that was told of longer ago is asked for: a connection can be dead and look alive. */
const TOLD_FOR = 15_000;

interface Question {
  readonly method: string;
  readonly resolve: (answer: RpcAnswer) => void;
  readonly reject: (error: unknown) => void;
  readonly timer: NodeJS.Timeout;
}

interface Connection {
  readonly socket: WebSocket;
  readonly questions: Map<number, Question>;
}

export class WebSocketRpc extends JsonRpc {
  readonly #options: JsonRpcOptions;
  readonly #redact: (text: string) => string;
  readonly #listeners = new Set<() => void>();
  #connection: Promise<Connection> | undefined;
  #open: WebSocket | undefined;
  #told: { readonly header: unknown; readonly at: number } | undefined;
  #nextId = 1;
  #closed = false;

  constructor(options: JsonRpcOptions) {
    super();
    this.#options = options;
    this.#redact = redactor(options.url);
  }

  toldHead(): unknown {
    const told = this.#told;
    return told === undefined || performance.now() - told.at > TOLD_FOR ? undefined : told.header;
  }

  onHead(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): void {
    this.#closed = true;
    this.#open?.close();
  }

  async ask(method: string, params: readonly unknown[]): Promise<RpcAnswer> {
    if (this.#closed) throw unreachable(method, "this connection was closed");
    const connecting = (this.#connection ??= this.#connect());
    let connection: Connection;
    try {
      connection = await connecting;
    } catch {
      if (this.#connection === connecting) this.#connection = undefined;
      throw unreachable(method, "no connection");
    }
    return this.#send(connection, method, params);
  }

  #send(
    { socket, questions }: Connection,
    method: string,
    params: readonly unknown[],
  ): Promise<RpcAnswer> {
    const id = this.#nextId++;
    const { promise, resolve, reject } = Promise.withResolvers<RpcAnswer>();
    const timer = setTimeout(() => {
      questions.delete(id);
      reject(unreachable(method, "no answer in time"));
      // Whatever is wrong with it, the next question gets a new one.
      socket.close();
    }, this.#options.timeout);
    questions.set(id, { method, resolve, reject, timer });
    socket.send(JSON.stringify({ jsonrpc: "2.0", id, method, params }));
    return promise;
  }

  async #connect(): Promise<Connection> {
    const socket = new WebSocket(this.#options.url);
    this.#open = socket;
    const connection: Connection = { socket, questions: new Map() };
    socket.addEventListener("message", ({ data }) => {
      this.#hear(connection, data);
    });
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    const timer = setTimeout(() => {
      socket.close();
      reject(unreachable("connecting", "no connection in time"));
    }, this.#options.timeout);
    socket.addEventListener("open", () => {
      resolve(undefined);
    });
    socket.addEventListener("close", () => {
      reject(unreachable("connecting", "the connection was refused"));
      this.#lost(connection);
    });
    try {
      await promise;
    } finally {
      clearTimeout(timer);
    }
    // A node without subscriptions is asked for its blocks, as over HTTP.
    this.#send(connection, "eth_subscribe", ["newHeads"]).catch(() => undefined);
    return connection;
  }

  #lost({ socket, questions }: Connection): void {
    if (this.#open === socket) {
      this.#connection = undefined;
      this.#told = undefined;
    }
    for (const { method, reject, timer } of questions.values()) {
      clearTimeout(timer);
      reject(unreachable(method, "the connection was lost"));
    }
    questions.clear();
  }

  #hear({ questions }: Connection, data: unknown): void {
    const message = parseJson(data);
    if (message?.method === "eth_subscription") {
      this.#tellHead((message.params as { readonly result?: unknown } | undefined)?.result);
      return;
    }
    const question = questions.get(Number(message?.id));
    if (message === undefined || question === undefined) return;
    questions.delete(Number(message.id));
    clearTimeout(question.timer);
    try {
      question.resolve(parseAnswer(question.method, message, this.#redact));
    } catch (error) {
      question.reject(error);
    }
  }

  #tellHead(header: unknown): void {
    this.#told = { header, at: performance.now() };
    for (const listener of this.#listeners) listener();
  }
}

function parseJson(data: unknown): Readonly<Record<string, unknown>> | undefined {
  try {
    const parsed: unknown = JSON.parse(String(data));
    return typeof parsed === "object" && parsed !== null
      ? (parsed as Readonly<Record<string, unknown>>)
      : undefined;
  } catch {
    return undefined;
  }
}
