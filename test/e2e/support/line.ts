/** A TCP line to a server on this machine that can be cut, mended and made long; its own port stays the same. */
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { Transform, type TransformCallback } from "node:stream";

/** How long bytes are on their way, in each direction: at least and at most, in milliseconds. */
export type Delay = readonly [least: number, most: number];

export class Line {
  readonly #target: number;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #port = 0;
  #made = 0;
  /** Of bytes that enter the line from now on; they stay in their order. */
  delay: Delay = [0, 0];

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
      const way = new Way(() => this.delay);
      one.on("close", () => {
        this.#sockets.delete(one);
        if (!one.readableEnded) other.destroy();
        else if (way.readableEnded) other.destroySoon();
        else
          way.once("end", () => {
            other.destroySoon();
          });
      });
      one.pipe(way).pipe(other);
    }
  }
}

/** One direction of a connection. */
class Way extends Transform {
  readonly #delay: () => Delay;
  readonly #underWay: Buffer[] = [];
  /** When the latest of them arrives; nothing overtakes it. */
  #arrival = 0;

  constructor(delay: () => Delay) {
    super();
    this.#delay = delay;
  }

  override _transform(bytes: Buffer, _encoding: string, done: TransformCallback): void {
    const [least, most] = this.#delay();
    const now = performance.now();
    this.#arrival = Math.max(this.#arrival, now + least + Math.random() * (most - least));
    this.#underWay.push(bytes);
    this.#after(this.#arrival - now, () => this.push(this.#underWay.shift()));
    done();
  }

  override _flush(done: TransformCallback): void {
    this.#after(this.#arrival - performance.now() + 1, done);
  }

  /** What takes no time is not put off either. */
  #after(milliseconds: number, act: () => void): void {
    if (milliseconds <= 0) act();
    else setTimeout(act, milliseconds);
  }
}
