/** A running relay: the packet path, and beside it what settles with the chain. */
import { countingMetrics } from "../../adapters/system/counters.ts";
import type { Alarm } from "../../core/alarms.ts";
import { amount, millis, type Amount, type RelayId } from "../../core/units.ts";
import type { Randomness } from "../../ports/randomness.ts";
import type { Transport } from "../../ports/transport.ts";
import { Relay } from "../../relay/relay.ts";
import { BeaconDriver } from "../../settlement/beacon-driver.ts";
import { ChannelKeeper } from "../../settlement/channel-keeper.ts";
import { CoinWatch } from "../../settlement/coin-watch.ts";
import { hasLateWinners } from "../../settlement/closings.ts";
import { Exposure } from "../../settlement/exposure.ts";
import type { Claimer } from "../../settlement/lottery/claimer.ts";
import { repeat, type Repeating } from "../../settlement/repeat.ts";
import { RELAY_META } from "../backup/watch-export.ts";
import type { Identity } from "../identity.ts";
import type { Node } from "../node.ts";
import type { FigureSource } from "../report/figures.ts";
import type { RelayInside } from "../report/report.ts";
import { openTransport } from "../transport.ts";
import { endsWithin } from "../wait.ts";
import { chainAlarms } from "./chain-alarms.ts";
import { addressToAnnounce, Announcer, warnOfReach } from "./announcer.ts";
import { channelPolicy, type WrittenPolicy } from "./channel-policy.ts";
import { Health } from "./health.ts";
import { lotteryDuties } from "./lottery.ts";
import { packetKeys } from "./packet-keys.ts";
import { openRandomness } from "./randomness.ts";
import { createRedeemer } from "./redeeming.ts";
import { registryAlarms } from "./registry-alarms.ts";
import { registered } from "./registered.ts";
import { reachHead } from "./start-up.ts";
import { relayStatus, type RelayStatus } from "./status.ts";

export interface RelayOptions {
  readonly listen: string;
  /** What to announce, whole; the listening address when undefined. */
  readonly announce: string | undefined;
  /** What flags and file say of its channels. */
  readonly channels: WrittenPolicy;
  readonly leastPayout: Amount;
  /** Wei of the chain's coin for one whole token; undefined: gas does not count. */
  readonly tokenPrice?: bigint | undefined;
  /** Endpoints of the network's drand chain; the public ones of quicknet when empty. */
  readonly drandUrls: readonly string[];
  /** Epochs for which a packet key stays in force; the settlement window when undefined, 0 for ever. */
  readonly packetKeyEpochs: number | undefined;
}

const BEACON_STAGGER = millis(1_500);
const DRAIN = millis(3_000);
/** For calls to the chain that are under way when the relay stops. */
const CALLS_PATIENCE = millis(1_000);
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
  readonly #health: Health;
  readonly #claimer: Claimer | undefined;

  private constructor(
    node: Node,
    self: RelayId,
    relay: Relay,
    keeper: ChannelKeeper,
    metrics: ReturnType<typeof countingMetrics>,
    loops: Repeating[],
    randomness: Randomness | undefined,
    exposure: Exposure,
    health: Health,
    claimer: Claimer | undefined,
  ) {
    this.#node = node;
    this.self = self;
    this.#relay = relay;
    this.#keeper = keeper;
    this.#metrics = metrics;
    this.#loops = loops;
    this.#randomness = randomness;
    this.#exposure = exposure;
    this.#health = health;
    this.#claimer = claimer;
  }

  /**
   * Waits until the relay is registered and the chain at its head, then starts it. `wrap` lets a test stand
   * between the relay and its transport.
   */
  static async start(
    node: Node,
    identity: Identity,
    options: RelayOptions,
    wrap: (transport: Transport) => Transport = (transport) => transport,
  ): Promise<RelayService> {
    const { clock, chain, view, store, log, random } = node;
    const policy = channelPolicy(view.params, options.channels);
    const randomness = openRandomness(node, options.drandUrls);
    node.reached("finding-relay");
    const record = await registered(node, identity);
    node.reached("starting");
    await reachHead(node);
    const self = record.id;
    await store.setMeta(RELAY_META, self);
    const outbox = node.outbox(identity.signer);
    const exposure = new Exposure(view);
    const metrics = countingMetrics();
    const transport = wrap(
      await openTransport({ seed: identity.keys.network, listen: [options.listen] }),
    );
    const keys = await packetKeys(node, identity, self, outbox, options.packetKeyEpochs);
    const { leastPayout, tokenPrice } = options;
    const lottery = lotteryDuties(
      ...([node, identity, self, outbox, transport, tokenPrice] as const),
    );
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
    const redeemer = createRedeemer(
      ...([node, identity, self, outbox, exposure, leastPayout] as const),
      ...([store.winners, tokenPrice] as const),
    );
    const coin = new CoinWatch(chain, outbox.account, clock);
    const keeper = new ChannelKeeper({
      relay: self,
      ticketSigner: identity.ticketSigner,
      view,
      chain,
      outbox,
      journal: store.journal,
      log: log.child("channels"),
      policy,
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
    const health = new Health({
      ...{ clock, view, log: log.child("health"), freeBytes: () => node.freeBytes() },
      others: () => [
        ...relayAlarms(relay, identity),
        ...registryAlarms(view.state.relays.get(self), identity.account),
        ...chainAlarms(chain.health(), outbox, coin),
        ...(hasLateWinners(view, self, (id) => exposure.unpaid(id))
          ? (["closing-unpaid"] as const)
          : []),
      ],
    });
    log.info("start-up checks passed: database, deployment, chain and its head", {
      ...{ backend: identity.backend.name, block: view.head?.number },
      alarms: health.alarms().join(" ") || "none",
    });
    await redeemer.restore();
    await keys.rotation.restore();
    await relay.start();
    health.start();
    const address = options.announce ?? addressToAnnounce(transport.addresses());
    warnOfReach(log, address, view.params.chainId);
    const announcer = new Announcer(node, self, outbox, address);
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
      loop("watching the account's coin", () => coin.step()),
      loop("changing the packet key", () => keys.rotation.step()),
      ...(lottery === undefined
        ? []
        : [
            loop("committing to packets", () => lottery.committer.step()),
            loop("claiming rewards", () => lottery.claimer.step()),
            loop("reporting missed commitments", () => lottery.reporter.step()),
          ]),
    ];
    return new RelayService(
      node,
      self,
      relay,
      keeper,
      metrics,
      loops,
      randomness,
      exposure,
      health,
      lottery?.claimer,
    );
  }

  status(): Promise<RelayStatus> {
    return relayStatus({
      ...{ self: this.self, node: this.#node, relay: this.#relay, keeper: this.#keeper },
      counters: this.#metrics.snapshot(),
      alarms: this.#health.alarms(),
    });
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
      alarms: () => this.#health.alarms(),
      coverFigures: () => relay.coverFigures(),
      claimsWaiting: () => this.#claimer?.waiting ?? [],
    };
  }

  /** Drains the mix for a moment, then stops; what needs the chain goes on at the next start. */
  async stop(): Promise<void> {
    try {
      await this.#relay.stop(DRAIN);
    } finally {
      this.#health.stop();
      await this.#randomness?.close();
      const stopped = Promise.all(this.#loops.map((loop) => loop.stop()));
      await endsWithin(this.#node.clock, CALLS_PATIENCE, stopped);
    }
  }
}

function relayAlarms(relay: Relay, { backend }: Identity): readonly Alarm[] {
  const { loopsMissing, packetKeyMissing, storeRefuses, unreconciledChannels } = relay;
  return [
    ...(loopsMissing ? (["loops-missing"] as const) : []),
    ...(packetKeyMissing ? (["packet-key-missing"] as const) : []),
    ...(unreconciledChannels > 0 ? (["tickets-waiting"] as const) : []),
    ...(storeRefuses ? (["store-refuses"] as const) : []),
    ...(backend.name === "native" ? [] : (["slow-crypto"] as const)),
  ];
}
