/** An endpoint between agent and node that misbehaves on demand. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/**
 * `forward`: honest. `dead`: hangs up. `lost-answer`: passes the request on, then hangs up. `garbage`: an error
 * page. `undecided`: an error of the node's own, by which the contracts refuse nothing. `silent`: never answers.
 */
export type Mood = "forward" | "dead" | "lost-answer" | "garbage" | "undecided" | "silent";

export class BadEndpoint {
  /** Asked for every request by its JSON-RPC method and parameters. */
  mood: (method: string, params: readonly unknown[]) => Mood = () => "forward";
  /** Answered instead of the node's results while it is set. */
  result: { readonly value: unknown } | undefined;
  /** Changes the node's results while it is set. */
  lie: ((method: string, result: unknown) => unknown) | undefined;
  readonly #server: Server;
  readonly #node: string;

  private constructor(node: string) {
    this.#node = node;
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch(() => response.destroy());
    });
  }

  static async start(node: string): Promise<BadEndpoint> {
    const endpoint = new BadEndpoint(node);
    await new Promise<void>((resolve) => {
      endpoint.#server.listen(0, "127.0.0.1", resolve);
    });
    return endpoint;
  }

  get url(): string {
    const { port } = this.#server.address() as AddressInfo;
    return `http://127.0.0.1:${port}/with-a-secret-key`;
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
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const body = Buffer.concat(parts).toString();
    const { method, id, params } = JSON.parse(body) as {
      readonly method: string;
      readonly id: number;
      readonly params?: readonly unknown[];
    };
    if (this.result !== undefined) {
      response.end(JSON.stringify({ jsonrpc: "2.0", id, result: this.result.value }));
      return;
    }
    const mood = this.mood(method, params ?? []);
    if (mood === "dead") response.destroy();
    if (mood === "garbage") response.end("<html>502 Bad Gateway</html>");
    if (mood === "undecided") {
      const error = { code: -32_000, message: "header not found" };
      response.end(JSON.stringify({ jsonrpc: "2.0", id, error }));
    }
    if (mood !== "forward" && mood !== "lost-answer") return;
    const headers = { "content-type": "application/json" };
    const answer = await fetch(this.#node, { method: "POST", headers, body });
    const text = this.#told(method, await answer.text());
    if (mood === "lost-answer") response.destroy();
    else response.writeHead(200, headers).end(text);
  }

  #told(method: string, text: string): string {
    if (this.lie === undefined) return text;
    const answer = JSON.parse(text) as { readonly result?: unknown };
    if (!("result" in answer)) return text;
    return JSON.stringify({ ...answer, result: this.lie(method, answer.result) });
  }
}
