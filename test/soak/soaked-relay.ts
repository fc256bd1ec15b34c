/** A relay of the soak: its process, what it says, and what the system says of it, over all its lives. */
import { readFileSync, readdirSync } from "node:fs";

import type { Child } from "../../scripts/local-network/child.ts";
import type { Line, LocalNetwork, NodeFiles } from "../../scripts/local-network/network.ts";
import { Line as Wire } from "../e2e/support/line.ts";
import type { Status } from "../e2e/support/traffic.ts";
import { DEEPEST_REORG } from "./faults.ts";

/** What a process holds, as Linux counts it. */
export interface Holding {
  /** Seconds since the process started. */
  readonly at: number;
  /** Bytes. */
  readonly memory: number;
  readonly descriptors: number;
}

export class SoakedRelay {
  readonly node: NodeFiles;
  /** Its own line to the chain. */
  readonly wire: Wire;
  /** Lines by which its processes ended, other than as they were asked to. */
  readonly faults: string[] = [];
  readonly #network: LocalNetwork;
  #child: Child | undefined;
  #status: Status | undefined;
  #holdings: Holding[] = [];
  #started = 0;
  #running = false;

  constructor(network: LocalNetwork, node: NodeFiles) {
    this.#network = network;
    this.node = node;
    this.wire = new Wire(network.rpcUrl);
  }

  get status(): Status | undefined {
    return this.#status;
  }

  get running(): boolean {
    return this.#running;
  }

  /** Of the process that runs now, in the order of time. */
  get holdings(): readonly Holding[] {
    return this.#holdings;
  }

  start(): void {
    this.#status = undefined;
    this.#holdings = [];
    this.#started = performance.now();
    const onLine = (line: Line): void => {
      if (line.event === "running") this.#running = true;
      if (line.event === "status") this.#status = line as unknown as Status;
      if (line.event === "error") this.faults.push(String(line.message));
    };
    const child = this.#network.startRelay(this.node, onLine, undefined, {
      WAYBILL_RPC_URL: this.wire.url,
      WAYBILL_CONFIRMATIONS: String(DEEPEST_REORG + 1),
    });
    this.#child = child;
    void child.exited.then(({ code, signal }) => {
      this.#running = false;
      if (code !== 0 && signal !== "SIGKILL")
        this.faults.push(`ended with ${signal ?? String(code)}`);
    });
  }

  /** kill −9. */
  async kill(): Promise<void> {
    this.#child?.kill("SIGKILL");
    await this.#child?.exited;
  }

  /** SIGTERM; how the process ended. */
  async stop(): Promise<number | string | undefined> {
    this.#child?.kill("SIGTERM");
    const ended = await this.#child?.exited;
    return ended?.signal ?? ended?.code ?? undefined;
  }

  freeze(): void {
    this.#child?.kill("SIGSTOP");
  }

  thaw(): void {
    this.#child?.kill("SIGCONT");
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
