/** A drand endpoint under the test's control: it changes an honest one's documents, or answers something else. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

type Document = Record<string, unknown>;

/** What becomes of a document of the honest endpoint; of lists of chains nothing does. */
export type Change = (document: Document, path: string) => Document;

export type Behaviour =
  /** Passes on what the honest endpoint says, changed. */
  | { readonly change: Change }
  /** Answers every request like this. */
  | { readonly status: number; readonly body?: string; readonly location?: string }
  /** Has these by their paths, and nothing else. */
  | { readonly documents: Readonly<Record<string, unknown>> }
  /** Answers requests below these paths with 404, and is honest about others. */
  | { readonly lacks: string }
  /** Hangs up; never answers; one byte after the other; without an end. */
  | "dead"
  | "silent"
  | "slow"
  | "endless";

const CHUNK = "x".repeat(8_192);

export class BadEndpoint {
  behaviour: Behaviour;
  /** Chains that it says it serves, in place of the honest endpoint's. */
  chains: readonly string[] | undefined;
  /** Paths asked for, in order. */
  readonly asked: string[] = [];
  /** Bytes of answers without end that went out. */
  poured = 0;
  readonly #server: Server;
  readonly #honest: string;

  private constructor(honest: string, behaviour: Behaviour) {
    this.#honest = honest;
    this.behaviour = behaviour;
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch(() => response.destroy());
    });
  }

  static async start(honest: string, behaviour: Behaviour): Promise<BadEndpoint> {
    const endpoint = new BadEndpoint(honest, behaviour);
    await new Promise<void>((resolve) => {
      endpoint.#server.listen(0, "127.0.0.1", resolve);
    });
    return endpoint;
  }

  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** With what must never show in it. */
  get url(): string {
    return `http://${this.host}/a-secret-key?token=another-secret`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => {
      this.#server.close(() => {
        resolve();
      });
    });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = new URL(request.url ?? "/", "http://x").pathname.replace("/a-secret-key", "");
    this.asked.push(path);
    const { behaviour } = this;
    if (behaviour === "dead") response.destroy();
    else if (behaviour === "slow") this.#drip(response, 1);
    else if (behaviour === "endless") this.#drip(response, CHUNK.length);
    else if (behaviour === "silent") return;
    else if ("status" in behaviour) {
      const { status, body, location } = behaviour;
      response.writeHead(status, location === undefined ? {} : { location }).end(body);
    } else if ("documents" in behaviour) {
      const document = behaviour.documents[path.slice(1)];
      response.writeHead(document === undefined ? 404 : 200).end(JSON.stringify(document));
    } else if ("lacks" in behaviour && path.startsWith(behaviour.lacks))
      response.writeHead(404).end("404 page not found");
    else await this.#passOn(path, response, "change" in behaviour ? behaviour.change : (d) => d);
  }

  async #passOn(path: string, response: ServerResponse, change: Change): Promise<void> {
    const answer = await fetch(`${this.#honest}${path}`);
    const document = (await answer.json()) as Document | string[];
    const changed = Array.isArray(document) ? (this.chains ?? document) : change(document, path);
    const isInvented = this.chains?.some((hash) => path.includes(hash)) ?? false;
    response.writeHead(isInvented ? 200 : answer.status).end(JSON.stringify(changed));
  }

  /** Until the other side has had enough. */
  #drip(response: ServerResponse, bytes: number): void {
    const timer = setInterval(() => {
      this.poured += bytes;
      response.write(CHUNK.slice(0, bytes));
    }, 10);
    response.on("close", () => {
      clearInterval(timer);
    });
  }
}
