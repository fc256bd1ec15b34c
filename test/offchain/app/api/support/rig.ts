/** The HTTP API as it listens, over a report whose chain, store and relay the test plays. */
import { mkdtempSync, rmSync } from "node:fs";
import { request, type IncomingHttpHeaders } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { ManualClock } from "../../../../../offchain/adapters/memory/clock.ts";
import { memoryStore } from "../../../../../offchain/adapters/memory/store.ts";
import { exposition } from "../../../../../offchain/adapters/prometheus/exposition.ts";
import { countingMetrics } from "../../../../../offchain/adapters/system/counters.ts";
import { LogLevels } from "../../../../../offchain/adapters/system/log-levels.ts";
import { answersOf, type Answers } from "../../../../../offchain/app/api/answers.ts";
import { serveApi, type ApiServer } from "../../../../../offchain/app/api/server.ts";
import { ensureToken } from "../../../../../offchain/app/api/token.ts";
import { Figures, type FigureSource } from "../../../../../offchain/app/report/figures.ts";
import { metricSamples } from "../../../../../offchain/app/report/metrics.ts";
import { Report, type RelayInside } from "../../../../../offchain/app/report/report.ts";
import {
  millis,
  seconds,
  type Amount,
  type ChannelId,
  type RelayId,
} from "../../../../../offchain/core/units.ts";
import type { ChainEvent, ChainRecord } from "../../../../../offchain/ports/events.ts";
import type { NetworkParams } from "../../../../../offchain/ports/network.ts";
import { toStored } from "../../../../../offchain/settlement/records.ts";
import { emptyState, reduce } from "../../../../../offchain/settlement/state.ts";
import { IndexedView } from "../../../../../offchain/settlement/view.ts";
import {
  LOTTERY_PARAMS,
  recordingLog,
  relayNumber,
  simulatedChain,
} from "../../../settlement/support/simulation.ts";

export const SELF: RelayId = relayNumber(1);
/** Of events, in milliseconds. */
export const PACE = { every: 100, heartbeat: 400 };
const START = millis(1_000_000_000);

export interface Got {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly json: unknown;
}

export class ApiRig {
  readonly clock = new ManualClock(START);
  readonly store = memoryStore();
  readonly levels = new LogLevels("info");
  readonly log = recordingLog();
  readonly counters = countingMetrics();
  readonly report = new Report(this.clock, [
    { name: "listen", value: "/ip4/127.0.0.1/tcp/0", origin: "flag" },
    { name: "announce", value: null, origin: "default" },
  ]);
  readonly view: IndexedView;
  readonly folder = mkdtempSync(join(tmpdir(), "waybill-api-"));
  readonly token = ensureToken(this.folder);
  mixing = 0;
  outstanding: ReadonlyMap<ChannelId, Amount> = new Map();
  /** How long the chain has not answered. */
  silence = millis(0);
  server: ApiServer | undefined;
  #figures: Figures | undefined;
  #blocks = 0;

  constructor(params: NetworkParams = LOTTERY_PARAMS) {
    this.view = new IndexedView(params, this.clock);
  }

  /** `answers`: instead of the report's own. */
  async start(page?: string, answers: Partial<Answers> = {}, host = "127.0.0.1"): Promise<this> {
    this.server = await serveApi({
      listen: { host, port: 0 },
      names: [],
      token: this.token,
      answers: { ...answersOf(this.report, this.levels), ...answers },
      metrics: async () => exposition(await metricSamples(this.report)),
      log: this.log,
      page,
      pace: PACE,
    });
    return this;
  }

  /** One block with these events, in the view and in the store. */
  async mine(events: readonly ChainEvent[], timestamp = 1_000): Promise<void> {
    this.#blocks += 1;
    const records = events.map((event, logIndex): ChainRecord => ({
      ...{ event, logIndex, blockNumber: this.#blocks, blockHash: `0x0${this.#blocks}` },
      contract: this.view.params.channels,
    }));
    const state = this.#blocks === 1 ? emptyState(this.view.params) : this.view.state;
    this.view.show(reduce(state, records));
    await this.store.chain.append(records.map(toStored), [], 10);
    this.view.sawBlock({
      number: this.#blocks,
      hash: `0x0${this.#blocks}`,
      timestamp: seconds(timestamp),
    });
  }

  /** A transaction of that key is in the chain. */
  async paidForGas(key: string, coin: bigint, at = 1_000): Promise<void> {
    const full = `0xaa/${key}`;
    const intent = { key: full, to: "0xbb", data: "0x", value: 0n, gasLimit: undefined };
    await this.store.outbox.intend(intent);
    const cost = { at: seconds(at), gas: 21_000n, coin };
    const hash = `0x${"01".repeat(32)}`;
    await this.store.outbox.update(full, { state: "confirmed", hash, settledAt: cost.at, cost });
  }

  /** The agent's node is open. */
  sees(): void {
    this.report.sees({
      clock: this.clock,
      store: { ...this.store, snapshot: () => Promise.reject(new Error("nothing asks for it")) },
      view: this.view,
      chain: simulatedChain({ params: this.view.params }),
      chainSilence: () => this.silence,
    });
  }

  /** The relay runs. */
  runs(more: Partial<RelayInside> = {}): void {
    const rig = this as ApiRig;
    const source: FigureSource = {
      counted: () => this.counters.snapshot(),
      get mixing() {
        return rig.mixing;
      },
      outstanding: () => this.outstanding,
    };
    this.#figures = new Figures({ clock: this.clock, span: millis(60_000), source });
    this.report.is(SELF);
    const inside: RelayInside = {
      ...{ missing: [], missingForCover: [] },
      alarms: () => [],
      coverFigures: () => Promise.resolve([]),
      claimsWaiting: () => [],
      ...more,
    };
    this.report.runs(inside, this.#figures);
    this.report.reached("running");
  }

  get port(): number {
    return Number(new URL(this.server?.url ?? "").port);
  }

  /** Any request, with any headers: those that a browser would not let a page choose, too. */
  ask(
    path: string,
    headers: Readonly<Record<string, string>> = {},
    { method = "GET", body = "" } = {},
  ): Promise<Got> {
    return new Promise((resolve, reject) => {
      const sent = request(
        { host: "127.0.0.1", port: this.port, path, method, headers, agent: false },
        (response) => {
          let text = "";
          response.setEncoding("utf8").on("data", (part: string) => (text += part));
          response.on("end", () => {
            resolve({
              status: response.statusCode ?? 0,
              headers: response.headers,
              text,
              json: /json/.test(response.headers["content-type"] ?? "") ? JSON.parse(text) : null,
            });
          });
        },
      );
      sent.on("error", reject);
      sent.end(body);
    });
  }

  /** With the token. */
  get(path: string): Promise<Got> {
    return this.ask(path, this.authorised);
  }

  put(path: string, value: unknown): Promise<Got> {
    const headers = { ...this.authorised, "content-type": "application/json" };
    return this.ask(path, headers, { method: "PUT", body: JSON.stringify(value) });
  }

  get authorised(): Readonly<Record<string, string>> {
    return { authorization: `Bearer ${this.token}` };
  }

  async stop(): Promise<void> {
    this.#figures?.stop();
    await this.server?.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
