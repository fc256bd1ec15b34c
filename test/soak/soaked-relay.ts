/** A relay of the soak: its process, what it says, and what the system says of it, over all its lives. */
import { once } from "node:events";
import { mkdirSync, readFileSync, readdirSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";

import { peerIdOfSeed } from "../../offchain/adapters/libp2p/identity.ts";
import { deriveKeys } from "../../offchain/core/keys/derive.ts";
import type { Child } from "../../scripts/local-network/child.ts";
import type { Line, LocalNetwork, NodeFiles } from "../../scripts/local-network/network.ts";
import { Line as Wire } from "../e2e/support/line.ts";
import type { Status } from "../e2e/support/traffic.ts";
import { DEEPEST_REORG } from "./faults.ts";

const STATUSES_KEPT = 60;
const COLLECTING = new URL("collecting.ts", import.meta.url).href;

/** What a process holds, as Linux counts it. */
export interface Holding {
  /** Seconds since the process started. */
  readonly at: number;
  /** Bytes. */
  readonly memory: number;
  readonly descriptors: number;
}

/** What a thread of a process holds after each collection of its garbage (collecting.ts). */
export interface Heap {
  readonly samples: readonly {
    /** Seconds since the process started. */
    readonly at: number;
    /** Bytes that its code can reach, in the heap and outside. */
    readonly bytes: number;
  }[];
}

interface Tickets {
  readonly epochs: readonly {
    readonly epoch: number;
    readonly sums: readonly { readonly state: string; readonly count: number }[];
  }[];
}
const OPEN = ["won", "submitted"];

export class SoakedRelay {
  readonly node: NodeFiles;
  /** Its own line to the chain. */
  readonly chain: Wire;
  /** The line by which others dial it. */
  readonly door: Wire;
  /** Lines by which its processes ended, other than as they were asked to. */
  readonly faults: string[] = [];
  readonly #network: LocalNetwork;
  #child: Child | undefined;
  #statuses: Status[] = [];
  #holdings: Holding[] = [];
  #started = 0;
  /** Processes so far. */
  #lives = 0;
  #running = false;
  /** By this soak. */
  #killed = false;
  readonly #port: number;
  readonly #peer: string;

  private constructor(network: LocalNetwork, node: NodeFiles, port: number, peer: string) {
    this.#network = network;
    this.node = node;
    this.chain = new Wire(network.rpcUrl);
    this.door = new Wire(`http://127.0.0.1:${port}`);
    this.#port = port;
    this.#peer = peer;
  }

  /** With both lines whole; its process does not run yet. */
  static async create(network: LocalNetwork, node: NodeFiles): Promise<SoakedRelay> {
    const peer = await peerIdOfSeed(deriveKeys(Buffer.from(node.secret, "hex")).network);
    const relay = new SoakedRelay(network, node, await freePort(), peer);
    await relay.chain.mend();
    await relay.door.mend();
    return relay;
  }

  get status(): Status | undefined {
    return this.#statuses.at(-1);
  }

  /** The latest of the process that runs now, one a second. */
  get statuses(): readonly Status[] {
    return this.#statuses;
  }

  get running(): boolean {
    return this.#running;
  }

  /** Of the process that runs now, in the order of time. */
  get holdings(): readonly Holding[] {
    return this.#holdings;
  }

  /** Of the process that runs now: its main thread, then the others. */
  get heaps(): readonly Heap[] {
    const files = readdirSync(this.#heapsFolder).sort();
    return files.map((name) => ({
      samples: readFileSync(join(this.#heapsFolder, name), "utf8")
        .trimEnd()
        .split("\n")
        .map((line) => line.split(" ").map(Number))
        .map(([at = 0, bytes = 0]) => ({ at, bytes })),
    }));
  }

  get #heapsFolder(): string {
    return join(this.#network.folder, "heaps", `${this.node.name}-${this.#lives}`);
  }

  start(): void {
    this.#lives += 1;
    mkdirSync(this.#heapsFolder, { recursive: true });
    this.#killed = false;
    this.#statuses = [];
    this.#holdings = [];
    this.#started = performance.now();
    const onLine = (line: Line): void => {
      if (line.event === "running") this.#running = true;
      if (line.event === "status") this.#statuses.push(line as unknown as Status);
      if (this.#statuses.length > STATUSES_KEPT) this.#statuses.shift();
      if (line.event === "error") this.faults.push(String(line.message));
    };
    const child = this.#network.startRelay(this.node, onLine, undefined, {
      NODE_OPTIONS: `--import=${COLLECTING}`,
      SOAK_HEAPS: this.#heapsFolder,
      WAYBILL_RPC_URL: this.chain.url,
      WAYBILL_LISTEN: `/ip4/127.0.0.1/tcp/${this.#port}`,
      WAYBILL_ANNOUNCE: `/ip4/127.0.0.1/tcp/${new URL(this.door.url).port}/p2p/${this.#peer}`,
      WAYBILL_CONFIRMATIONS: String(DEEPEST_REORG + 1),
    });
    this.#child = child;
    void child.exited.then(({ code, signal }) => {
      // What has not even begun has nothing to bring to an end.
      const mayEnd = [this.#killed ? "SIGKILL" : "", this.#running ? "" : "SIGTERM"];
      this.#running = false;
      if (code !== 0 && !mayEnd.includes(String(signal)))
        this.faults.push(`ended with ${signal ?? String(code)}`);
    });
  }

  /** kill −9. */
  async kill(): Promise<void> {
    this.#killed = true;
    this.#child?.kill("SIGKILL");
    await this.#child?.exited;
  }

  /** SIGTERM. */
  async stop(): Promise<void> {
    this.#child?.kill("SIGTERM");
    await this.#child?.exited;
  }

  freeze(): void {
    this.#child?.kill("SIGSTOP");
  }

  thaw(): void {
    this.#child?.kill("SIGCONT");
  }

  /** Winners up to this epoch that are still to be redeemed, as the running agent says. */
  async unredeemed(last: number): Promise<number> {
    const [line] = await this.#network.command(this.node, ["tickets", "list"]);
    const { epochs } = line?.tickets as Tickets;
    return epochs
      .filter(({ epoch }) => epoch <= last)
      .flatMap(({ sums }) => sums)
      .reduce((sum, { state, count }) => sum + (OPEN.includes(state) ? count : 0), 0);
  }

  /** Takes its lines away. */
  async close(): Promise<void> {
    await this.chain.cut();
    await this.door.cut();
  }

  /** Looks at the process once. */
  measure(): void {
    const pid = this.#child?.process.pid;
    if (pid === undefined || !this.#running) return;
    try {
      const memory = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
      this.#holdings.push({
        at: (performance.now() - this.#started) / 1_000,
        memory: 1_024 * Number(memory),
        descriptors: readdirSync(`/proc/${pid}/fd`).length,
      });
    } catch {
      // It has just ended.
    }
  }
}

/** A port that nobody listens at now. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
