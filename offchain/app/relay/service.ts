/** A running relay: the packet path, and beside it what settles with the chain. */
import { countingMetrics, type CounterSnapshot } from "../../adapters/system/counters.ts";
import { libp2pTransport } from "../../adapters/libp2p/transport.ts";
import type { Alarm } from "../../core/alarms.ts";
import { WaybillError } from "../../core/errors.ts";
import { eraAt } from "../../core/epochs/epochs.ts";
import { amount, millis, type Amount, type Layer, type RelayId } from "../../core/units.ts";
import type { NetworkParams } from "../../ports/network.ts";
import type { Randomness } from "../../ports/randomness.ts";
import type { WinnerState } from "../../ports/store.ts";
import type { Transport } from "../../ports/transport.ts";
import type { CoverFigures } from "../../relay/cover/figures.ts";
import { Relay } from "../../relay/relay.ts";
import { BeaconDriver } from "../../settlement/beacon-driver.ts";
import { ChannelKeeper } from "../../settlement/channel-keeper.ts";
import { Exposure } from "../../settlement/exposure.ts";
import { readReport, type LotteryReport } from "../../settlement/lottery/report.ts";
import { repeat, type Repeating } from "../../settlement/repeat.ts";
import type { Identity } from "../identity.ts";
import type { Node } from "../node.ts";
import type { FigureSource } from "../report/figures.ts";
import type { RelayInside } from "../report/report.ts";
import { formatAmount } from "../output.ts";
import { lotteryDuties } from "./lottery.ts";
import { addressToAnnounce, Announcer } from "./announcer.ts";
import { packetKeys } from "./packet-keys.ts";
import { openRandomness } from "./randomness.ts";
import { createRedeemer } from "./redeeming.ts";
import { registered } from "./registered.ts";

export interface RelayOptions {
  readonly listen: string;
  /** What to announce; the listening address when undefined. */
  readonly announce: string | undefined;
  /** What each channel is filled up to; 16 winners unless given, 2 at the least. */
  readonly channelTarget: Amount | undefined;
  /** What all of them hold at most; 64 of them unless given. */
  readonly channelBudget: Amount | undefined;
  readonly leastPayout: Amount;
  /** Endpoints of the network's drand chain; the public ones of quicknet when empty. */
  readonly drandUrls: readonly string[];
  /** Epochs for which a packet key stays in force; the settlement window when undefined, 0 for ever. */
  readonly packetKeyEpochs: number | undefined;
}

export interface RelayStatus {
  readonly relay: RelayId;
  /** This era's layer; undefined while inactive or while the era has no layers. */
  readonly layer: Layer | undefined;
  readonly mixing: number;
  /** Without a funded channel: relays of the next layer, and of the first, where cover leaves. */
  readonly missingChannels: number;
  readonly missingCoverChannels: number;
  /** What an operator should look at. */
  readonly alarms: readonly Alarm[];
  /** This relay's cover in the newest epoch that may show; undefined before, and without a lottery. */
  readonly cover: CoverFigures | undefined;
  readonly counts: CounterSnapshot["counts"];
  readonly drops: CounterSnapshot["drops"];
  readonly winners: Readonly<
    Record<WinnerState, { readonly count: number; readonly amount: Amount }>
  >;
  /** Undefined in a network without a lottery. */
  readonly lottery: LotteryReport | undefined;
}

/** Winners that a channel covers by default, and at the least: of the dearest layer that this relay pays into. */
const DEFAULT_WINNERS = 16n;
const LEAST_WINNERS = 2n;
/** Channels that the default budget is enough for. */
const DEFAULT_CHANNELS = 64n;
const BEACON_STAGGER = millis(1_500);
const DRAIN = millis(3_000);
const LONGEST_PAUSE = millis(30_000);

export class RelayService {
  readonly self: RelayId;
  readonly #node: Node;
  readonly #relay: Relay;
  readonly #keeper: ChannelKeeper;
  readonly #metrics: ReturnType<typeof countingMetrics>;
  readonly #loops: Repeating[];
  readonly #randomness: Randomness | undefined;
  readonly #exposure: Exposure;

  private constructor(
    node: Node,
    self: RelayId,
    relay: Relay,
    keeper: ChannelKeeper,
    metrics: ReturnType<typeof countingMetrics>,
    loops: Repeating[],
    randomness: Randomness | undefined,
    exposure: Exposure,
  ) {
    this.#node = node;
    this.self = self;
    this.#relay = relay;
    this.#keeper = keeper;
    this.#metrics = metrics;
    this.#loops = loops;
    this.#randomness = randomness;
    this.#exposure = exposure;
  }

  /**
   * Waits until the relay is registered, then starts it. `wrap` lets a test stand between the relay and its
   * transport.
   */
  static async start(
    node: Node,
    identity: Identity,
    options: RelayOptions,
    wrap: (transport: Transport) => Transport = (transport) => transport,
  ): Promise<RelayService> {
    const { clock, chain, view, store, log, random } = node;
    const target = channelTarget(view.params, options.channelTarget);
    const randomness = openRandomness(node, options.drandUrls);
    node.reached("finding-relay");
    const record = await registered(node, identity);
    node.reached("starting");
    const self = record.id;
    const outbox = node.outbox(identity.signer);
    const exposure = new Exposure(view);
    const metrics = countingMetrics();
    const transport = wrap(
      await libp2pTransport({ seed: identity.keys.network, listen: [options.listen] }),
    );
    const keys = await packetKeys(node, identity, self, outbox, options.packetKeyEpochs);
    const lottery = lotteryDuties(node, identity, self, outbox, transport, options.leastPayout);
    const relay = new Relay({
      self,
      secrets: {
        vrfKey: identity.keys.vrf,
        packetKeys: keys.secrets,
        ticketSigningKey: identity.keys.ticket,
      },
      ticketSigner: identity.ticketSigner,
      backend: identity.backend,
      transport,
      store,
      network: view,
      guard: exposure,
      clock,
      random,
      metrics,
      log: log.child("relay"),
      ...(lottery === undefined ? {} : { answer: lottery.answer }),
    });
    const redeemer = createRedeemer(node, identity, self, outbox, exposure, options.leastPayout);
    const keeper = new ChannelKeeper({
      relay: self,
      ticketSigner: identity.ticketSigner,
      view,
      chain,
      outbox,
      log: log.child("channels"),
      target,
      budget: options.channelBudget ?? amount(DEFAULT_CHANNELS * target),
    });
    const beacon = new BeaconDriver({
      relay: self,
      view,
      chain,
      outbox,
      clock,
      ...(randomness === undefined ? {} : { randomness }),
      stagger: BEACON_STAGGER,
    });
    await redeemer.restore();
    await keys.rotation.restore();
    await relay.start();
    const announcer = new Announcer(
      node,
      self,
      outbox,
      options.announce ?? addressToAnnounce(transport.addresses()),
    );
    const loop = (what: string, step: () => Promise<void>): Repeating =>
      repeat(
        {
          clock,
          log: log.child("settlement"),
          what,
          interval: node.interval,
          longestPause: LONGEST_PAUSE,
        },
        step,
      );
    const loops = [
      loop("announcing the address", () => announcer.step()),
      loop("keeping channels", () => keeper.step()),
      loop("driving the beacon", () => beacon.step()),
      loop("redeeming", () => redeemer.step()),
      loop("changing the packet key", () => keys.rotation.step()),
      ...(lottery === undefined
        ? []
        : [
            loop("committing to packets", () => lottery.committer.step()),
            loop("claiming rewards", () => lottery.claimer.step()),
            loop("reporting missed commitments", () => lottery.reporter.step()),
          ]),
    ];
    return new RelayService(node, self, relay, keeper, metrics, loops, randomness, exposure);
  }

  async status(): Promise<RelayStatus> {
    const { view, store } = this.#node;
    const era = eraAt(view.params, view.chainTime());
    return {
      relay: this.self,
      layer: era === undefined ? undefined : view.era(era)?.layerOf(this.self),
      mixing: this.#relay.mixing,
      missingChannels: this.#keeper.missing.length,
      missingCoverChannels: this.#keeper.missingForCover.length,
      alarms: this.#alarms(),
      cover: (await this.#relay.coverFigures()).at(-1),
      ...this.#metrics.snapshot(),
      winners: await store.winners.totals(),
      lottery:
        view.params.lottery === undefined ? undefined : await readReport(this.self, view, store),
    };
  }

  /** What a report may read at any time. */
  get inside(): RelayInside & FigureSource {
    const [relay, keeper, metrics] = [this.#relay, this.#keeper, this.#metrics];
    return {
      counted: () => metrics.snapshot(),
      get mixing() {
        return relay.mixing;
      },
      get missing() {
        return keeper.missing;
      },
      get missingForCover() {
        return keeper.missingForCover;
      },
      outstanding: () =>
        new Map(
          this.#node.view
            .channelsTo(this.self)
            .map(({ id }) => [id, amount(this.#exposure.outstanding(id))]),
        ),
      alarms: () => this.#alarms(),
      coverFigures: () => relay.coverFigures(),
    };
  }

  #alarms(): readonly Alarm[] {
    const { loopsMissing, packetKeyMissing } = this.#relay;
    return [
      ...(loopsMissing ? (["loops-missing"] as const) : []),
      ...(packetKeyMissing ? (["packet-key-missing"] as const) : []),
    ];
  }

  /** Drains the mix for a moment, then stops; what needs the chain goes on at the next start. */
  async stop(): Promise<void> {
    try {
      await this.#relay.stop(DRAIN);
    } finally {
      await this.#randomness?.close();
      await Promise.all(this.#loops.map((loop) => loop.stop()));
    }
  }
}

/** A payee stops at half of a balance and keeps one winner in reserve, so a channel of less than two carries nothing. */
function channelTarget(params: NetworkParams, given: Amount | undefined): Amount {
  const winner = params.ticketAmounts[params.lottery === undefined ? 1 : 0];
  if (given === undefined) return amount(DEFAULT_WINNERS * winner);
  const least = LEAST_WINNERS * winner;
  if (given < least)
    throw new WaybillError("OPTION_INVALID", {
      what: "--channel-target",
      got: `${formatAmount(given)} tokens`,
      allowed: `≥ ${formatAmount(least)} tokens, two winners of this network`,
    });
  return given;
}
