/**
 * What a node tells its operator: one place that the HTTP API, the metrics and the commands read from. It comes into
 * being before anything else of the agent, and says more as the agent comes further.
 */
import { ALARMS, type Alarm } from "../../core/alarms.ts";
import { WaybillError } from "../../core/errors.ts";
import { millis, type Millis, type RelayId } from "../../core/units.ts";
import type { Clock } from "../../ports/clock.ts";
import type { CoverFigures } from "../../relay/cover/figures.ts";
import type { ClaimReason } from "../../settlement/lottery/claim-reasons.ts";
import { readReport } from "../../settlement/lottery/report.ts";
import type { Node } from "../node.ts";
import { VERSION } from "../version.ts";

import { readCoin } from "./account.ts";
import { cached } from "./cached.ts";
import { channelsReport, type Duties } from "./channels.ts";
import { earningsReport, type Money } from "./earnings.ts";
import { endpointsReport } from "./endpoints.ts";
import { epochsReport } from "./epochs.ts";
import type { Figures } from "./figures.ts";
import { brokenness, readiness, stageReason, type Stage } from "./health.ts";
import { lotteryAnswer, readRewards, reliabilityAnswer } from "./lottery.ts";
import { RunningBook } from "./running-book.ts";
import type { Schemas } from "./schemas.ts";
import { chainPart } from "./status.ts";
import { readTickets, ticketsReport } from "./tickets.ts";
import { mixReport, trafficReport } from "./traffic.ts";
import { transactionsReport } from "./transactions.ts";

/** What a relay that runs knows of itself. */
export interface RelayInside extends Duties {
  alarms(): readonly Alarm[];
  coverFigures(): Promise<readonly CoverFigures[]>;
  /** Claims of the lottery that could be made, but for the reason. */
  claimsWaiting(): readonly { readonly reason: ClaimReason; readonly count: number }[];
}

/** What of a node is looked at. */
export type Seen = Pick<Node, "clock" | "store" | "view" | "chain" | "chainSilence">;

/** How old answers may be that ask the database or the chain. */
const TICKETS_LIFE = millis(5_000);
const LOTTERY_LIFE = millis(15_000);
const MONEY_LIFE = millis(30_000);
const COIN_LIFE = millis(30_000);
const HEALTH_LIFE = millis(2_000);

const NO_DUTIES: Duties = { missing: [], missingForCover: [] };

export class Report {
  readonly #clock: Clock;
  readonly #startedAt: Millis;
  #stage: Stage = "opening-database";
  #node: Seen | undefined;
  #books: Books | undefined;
  #runningBook: RunningBook | undefined;
  #self: RelayId | undefined;
  #inside: RelayInside | undefined;
  #figures: Figures | undefined;
  readonly #settings: readonly Schemas["Setting"][];

  /** `settings`: what the agent was started with. */
  constructor(clock: Clock, settings: readonly Schemas["Setting"][] = []) {
    this.#clock = clock;
    this.#settings = settings;
    this.#startedAt = clock.monotonic();
  }

  get stage(): Stage {
    return this.#stage;
  }

  reached(stage: Stage): void {
    this.#stage = stage;
  }

  /** The node shows the chain from now on. */
  sees(node: Seen): void {
    this.#node = node;
    this.#books = booksOf(
      node,
      () => this.#relay(),
      () => this.#money(node),
    );
  }

  /** This node is that relay. */
  is(self: RelayId): void {
    this.#self = self;
  }

  /** The relay runs. */
  runs(inside: RelayInside, figures: Figures): void {
    this.#inside = inside;
    this.#figures = figures;
    // A winner that showed at once would tell when its packet came (docs/decisions/0042).
    const ticketsLife = millis(Math.max(TICKETS_LIFE, figures.span));
    this.#books = { ...this.#read(), tickets: ticketsOf(this.#seeing(), ticketsLife) };
  }

  started(): Schemas["Health"] {
    const has = this.#stage === "running" || this.#stage === "stopping";
    return this.#health(has ? [] : [stageReason(this.#stage)]);
  }

  ready(): Schemas["Health"] {
    return this.#health(this.#notReady());
  }

  async healthy(): Promise<Schemas["Health"]> {
    return this.#health((await this.#books?.broken()) ?? []);
  }

  async status(): Promise<Schemas["Status"]> {
    const notReady = this.#notReady();
    const tickets = await this.#books?.tickets();
    const { missing, missingForCover } = this.#inside ?? NO_DUTIES;
    return {
      version: VERSION,
      stage: this.#stage,
      ready: notReady.length === 0,
      notReady,
      uptimeMinutes: Math.floor((this.#clock.monotonic() - this.#startedAt) / 60_000),
      ...this.#chainPart(),
      account: await this.#account(),
      alarms: (this.#inside?.alarms() ?? []).map((name) => ({ name, ...ALARMS[name] })),
      packetsInMix: this.#figures?.mixing ?? 0,
      channelsMissing: missing.length,
      coverChannelsMissing: missingForCover.length,
      winnersWaiting: tickets === undefined ? 0 : waiting(tickets.totals),
      winnersRedeemed: tickets?.totals.redeemed.count ?? 0,
      claimsWaiting: [...(this.#inside?.claimsWaiting() ?? [])],
    };
  }

  /** @throws WaybillError API_NOT_READY, as everything below, while the agent has not come so far */
  endpoints(): Schemas["Endpoints"] {
    return endpointsReport(this.#seeing().chain.health());
  }

  traffic(spans: number): Schemas["Traffic"] {
    return trafficReport(this.#running(), spans);
  }

  mix(): Schemas["Mix"] {
    return mixReport(this.#running(), this.#seeing().view.params);
  }

  channels(): Schemas["Channels"] {
    const { missing, missingForCover } = this.#inside ?? NO_DUTIES;
    const { view } = this.#seeing();
    return channelsReport(view, this.#relay(), { missing, missingForCover }, this.#figures);
  }

  async tickets(epochs: number): Promise<Schemas["Tickets"]> {
    return ticketsReport(await this.#read().tickets(), epochs);
  }

  async epochs(count: number): Promise<Schemas["Epochs"]> {
    const { sums } = await this.#read().tickets();
    return epochsReport(this.#seeing().view, this.#relay(), sums, count);
  }

  /** @throws WaybillError LOTTERY_NONE */
  async lottery(): Promise<Schemas["Lottery"]> {
    if (this.#seeing().view.params.lottery === undefined) throw new WaybillError("LOTTERY_NONE");
    const cover = (await this.#inside?.coverFigures()) ?? [];
    return lotteryAnswer(await this.#read().lottery(), cover, await this.#read().rewards());
  }

  async reliability(): Promise<Schemas["Reliability"]> {
    return reliabilityAnswer(await this.#read().lottery());
  }

  async earnings(epochs: number): Promise<Schemas["Earnings"]> {
    const money = await this.#read().money();
    return earningsReport(money, this.#seeing().view, this.#relay(), epochs);
  }

  async journal(count: number): Promise<Schemas["Journal"]> {
    const entries = await this.#seeing().store.journal.list(count);
    return {
      entries: entries.map(({ at, action, relay, amount, why }) => ({
        ...{ at, action, why },
        relay: relay ?? null,
        amount: amount.toString(),
      })),
    };
  }

  async transactions(count: number): Promise<Schemas["Transactions"]> {
    return transactionsReport(await this.#seeing().store.outbox.latest(count));
  }

  settings(): Schemas["Settings"] {
    return { settings: [...this.#settings] };
  }

  #health(reasons: Schemas["Reason"][]): Schemas["Health"] {
    return { ok: reasons.length === 0, stage: this.#stage, reasons };
  }

  #notReady(): Schemas["Reason"][] {
    return readiness(this.#stage, this.#node?.chainSilence(), this.#inside?.alarms() ?? []);
  }

  #chainPart(): ReturnType<typeof chainPart> {
    if (this.#node !== undefined) return chainPart(this.#node.view, this.#clock, this.#self);
    const nothing = { relay: null, relayState: null, layer: null, network: null };
    return { ...nothing, chain: null, time: null };
  }

  /** Of the agent, as the registry has it. */
  async #account(): Promise<Schemas["Account"] | null> {
    const agent = this.#self === undefined ? undefined : this.#node?.view.relay(this.#self)?.agent;
    if (agent === undefined) return null;
    return { address: agent, coin: (await this.#books?.coin())?.toString() ?? null };
  }

  async #money({ store, view }: Seen): Promise<Money> {
    this.#runningBook ??= new RunningBook(store.chain, view, this.#relay());
    const book = await this.#runningBook.read();
    const { genesis, epochLength } = view.params;
    return { book, costs: await store.outbox.costs(genesis, epochLength) };
  }

  #seeing(): Seen {
    return this.#node ?? this.#notYet();
  }

  #read(): Books {
    return this.#books ?? this.#notYet();
  }

  #relay(): RelayId {
    return this.#self ?? this.#notYet();
  }

  #running(): Figures {
    return this.#figures ?? this.#notYet();
  }

  #notYet(): never {
    throw new WaybillError("API_NOT_READY", { got: stageReason(this.#stage).says });
  }
}

const ticketsOf = ({ clock, store }: Seen, life: Millis) =>
  cached(clock, life, () => readTickets(store.winners));

/** What has to be asked for, each kept for a while. */
function booksOf(node: Seen, self: () => RelayId, money: () => Promise<Money>) {
  const { clock, store, view, chain } = node;
  return {
    coin: cached(clock, COIN_LIFE, async () => readCoin(chain, view.relay(self())?.agent)),
    broken: cached(clock, HEALTH_LIFE, () => brokenness(store, clock)),
    tickets: ticketsOf(node, TICKETS_LIFE),
    lottery: cached(clock, LOTTERY_LIFE, async () => readReport(self(), view, store)),
    rewards: cached(clock, LOTTERY_LIFE, async () => readRewards(chain, self())),
    money: cached(clock, MONEY_LIFE, money),
  };
}
type Books = ReturnType<typeof booksOf>;

const waiting = ({ won, submitted }: Record<"won" | "submitted", { readonly count: number }>) =>
  won.count + submitted.count;
