/** The demo's relays: processes of their own, known by the status lines that they print every second. */
import { resolve } from "node:path";

import type { LotteryReport } from "../../offchain/settlement/lottery/report.ts";
import type { Child } from "../local-network/child.ts";
import type { Line, LocalNetwork, NodeFiles } from "../local-network/network.ts";

const DROPPING_RELAY = resolve(import.meta.dirname, "dropping-relay.ts");

/** A relay's status line, as far as the demo reads it. */
export interface RelayLine {
  readonly relay: string;
  readonly layer?: number;
  readonly missingChannels: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly drops: Readonly<Record<string, number>>;
  readonly winners: Readonly<Record<string, { readonly count: number }>>;
  readonly lottery?: LotteryReport;
  /** Of the relay that drops: frames with packets that it took, and that it threw away. */
  readonly frames?: { readonly taken: number; readonly dropped: number };
}

export interface Drop {
  /** Share of what comes in that is thrown away. */
  readonly share: number;
  readonly seed: string;
}

export class RunningRelay {
  readonly node: NodeFiles;
  readonly child: Child;
  /** Undefined unless this one throws packets away. */
  readonly drop: Drop | undefined;
  /** The layer that it is in and those before, in order. */
  readonly layers: number[] = [];
  status: RelayLine | undefined;
  /** Where its HTTP API listens; undefined until it runs. */
  api: string | undefined;

  constructor(network: LocalNetwork, node: NodeFiles, drop?: Drop) {
    this.node = node;
    this.drop = drop;
    const onLine = (line: Line): void => {
      if (line.event === "status") this.#take(line as unknown as RelayLine);
      if (line.event === "running") this.api = String(line.api);
    };
    this.child =
      drop === undefined
        ? network.startRelay(node, onLine)
        : network.startRelay(node, onLine, DROPPING_RELAY, {
            DROP_SHARE: String(drop.share),
            DROP_SEED: drop.seed,
          });
  }

  get isReady(): boolean {
    return this.status?.layer !== undefined && this.status.missingChannels === 0;
  }

  count(counter: string): number {
    return this.status?.counts[counter] ?? 0;
  }

  winners(state: string): number {
    return this.status?.winners[state]?.count ?? 0;
  }

  #take(status: RelayLine): void {
    this.status = status;
    if (status.layer !== undefined && this.layers.at(-1) !== status.layer)
      this.layers.push(status.layer);
  }
}

export const sumOver = (
  relays: readonly RunningRelay[],
  figure: (relay: RunningRelay) => number,
): number => relays.reduce((sum, relay) => sum + figure(relay), 0);
