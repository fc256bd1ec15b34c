/** Everything that lets one look at a running agent: its log, its report, its HTTP API. */
import { lineLog } from "../adapters/system/log.ts";
import { LogLevels } from "../adapters/system/log-levels.ts";
import { systemClock } from "../adapters/system/clock.ts";
import type { Log } from "../ports/log.ts";
import type { AgentApi } from "./api/agent.ts";
import type { ListenAddress } from "./api/address.ts";
import type { Effective } from "./config/layers.ts";
import { describeOrigin, withoutCredentials } from "./config/values.ts";
import type { Node, Opening } from "./node.ts";
import type { RelayService } from "./relay/service.ts";
import { Figures, requireSpan } from "./report/figures.ts";
import type { Stage } from "./report/health.ts";
import { metricSamples } from "./report/metrics.ts";
import type { Schemas } from "./report/schemas.ts";
import { Report } from "./report/report.ts";
import type { CommonOptions } from "./settings.ts";

export interface MonitorOptions {
  /** Undefined: no API. */
  readonly listen: ListenAddress | undefined;
  /** Further Host headers that the API answers to. */
  readonly names: readonly string[];
  /** What the agent was started with. */
  readonly settings: readonly Effective[];
  /** Seconds between two states of the figures about packets. */
  readonly figuresEvery: number;
}

const shown = ({ key, text, origin }: Effective): Schemas["Setting"] => ({
  name: key,
  value: text === undefined ? null : withoutCredentials(text),
  origin: describeOrigin(origin),
});

export class Monitor implements Opening {
  readonly log: Log;
  readonly #report: Report;
  readonly #options: MonitorOptions;
  #api: AgentApi | undefined;
  #figures: Figures | undefined;

  private constructor(log: Log, report: Report, options: MonitorOptions) {
    this.log = log;
    this.#report = report;
    this.#options = options;
  }

  /**
   * Before the agent's node is opened, which takes this as its surroundings.
   * @throws WaybillError API_LISTEN_FAILED, and what reading the token throws
   */
  static async open(
    { data, json, logLevel }: Pick<CommonOptions, "data" | "json" | "logLevel">,
    options: MonitorOptions,
  ): Promise<Monitor> {
    const clock = systemClock();
    const levels = new LogLevels(logLevel);
    const log = lineLog({ format: json ? "json" : "pretty", level: levels, clock });
    const report = new Report(clock, options.settings.map(shown));
    const monitor = new Monitor(log, report, options);
    const { listen, names } = options;
    if (listen === undefined) return monitor;
    // What serves the API is loaded by agents alone: commands have the options of `run`, too, and start without it.
    const [{ startApi }, { exposition }] = await Promise.all([
      import("./api/agent.ts"),
      import("../adapters/prometheus/exposition.ts"),
    ]);
    monitor.#api = await startApi({
      ...{ data, listen, names, report, levels },
      metrics: async () => exposition(await metricSamples(report)),
      log: log.child("api"),
    });
    return monitor;
  }

  /** Where the API listens; undefined without one. */
  get url(): string | undefined {
    return this.#api?.url;
  }

  reached(stage: Stage): void {
    this.#report.reached(stage);
    // From here on the data folder is this process's alone.
    if (stage === "reaching-chain") this.#api?.announce();
  }

  sees(node: Node): void {
    this.#report.sees(node);
  }

  /** @throws WaybillError OPTION_INVALID when the figures would change too often for this network */
  runs(node: Node, { self, inside }: Pick<RelayService, "self" | "inside">): void {
    const { chainId } = node.view.params;
    const span = requireSpan(this.#options.figuresEvery, chainId, "--figures-every");
    this.#figures = new Figures({ clock: node.clock, span, source: inside });
    this.#report.is(self);
    this.#report.runs(inside, this.#figures);
    this.reached("running");
  }

  async close(): Promise<void> {
    this.#figures?.stop();
    await this.#api?.close();
  }
}
