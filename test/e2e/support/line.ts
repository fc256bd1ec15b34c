/** A TCP line to a server on this machine that can be cut and mended; its own port stays the same. */
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";

export class Line {
  readonly #target: number;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #port = 0;
  #made = 0;

  /** A line to the server behind `url`, cut until it is mended. */
  constructor(url: string) {
    this.#target = Number(new URL(url).port);
  }

  /** Where the other end is found, once the line has been mended for the first time. */
  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Connections over it: those that are open, and all that ever were. */
  get open(): number {
    return this.#sockets.size / 2;
  }

  get made(): number {
    return this.#made;
  }

  async mend(): Promise<void> {
    this.#server = createServer((near) => {
      this.#join(near, connect(this.#target, "127.0.0.1"));
    });
    this.#server.listen(this.#port, "127.0.0.1");
    await once(this.#server, "listening");
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** Ends all connections; new ones are refused. */
  async cut(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    for (const socket of this.#sockets) socket.destroy();
    server.close();
    await once(server, "close");
  }

  #join(near: Socket, far: Socket): void {
    this.#made += 1;
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(one);
      // A reset is one more way to end.
      one.on("error", () => undefined);
      one.on("close", () => {
        this.#sockets.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  }
}
