/** A running relay: the packet path, and beside it what settles with the chain. */
import { countingMetrics, type CounterSnapshot } from "../adapters/system/counters.ts";
import { libp2pTransport } from "../adapters/libp2p/transport.ts";
import { bytesToHex } from "../core/bytes.ts";
import { eraAt } from "../core/epochs/epochs.ts";
import { amount, millis, seconds, type Amount, type Layer, type RelayId } from "../core/units.ts";
import { ticketAlpha } from "../core/vrf/alpha.ts";
import type { RelayRecord } from "../ports/network.ts";
import type { WinnerState } from "../ports/store.ts";
import type { Transport } from "../ports/transport.ts";
import { ticketEpochSlack } from "../relay/limits.ts";
import { Relay } from "../relay/relay.ts";
import { AttemptLog } from "../settlement/attempts.ts";
import { BeaconDriver } from "../settlement/beacon-driver.ts";
import { ChannelKeeper } from "../settlement/channel-keeper.ts";
import { Exposure } from "../settlement/exposure.ts";
import type { Outbox } from "../settlement/outbox.ts";
import { Redeemer } from "../settlement/redeemer.ts";
import { allow } from "../settlement/relay-life.ts";
import { repeat, type Repeating } from "../settlement/repeat.ts";
import { proveOnChain, type Identity } from "./identity.ts";
import type { Node } from "./node.ts";

export interface RelayOptions {
  readonly listen: string;
  /** What to announce; the listening address when undefined. */
  readonly announce: string | undefined;
  /** What each channel to the next layer is filled up to, and all of them together at most. */
  readonly channelTarget: Amount;
  readonly channelBudget: Amount;
  readonly leastPayout: Amount;
}

export interface RelayStatus {
  readonly relay: RelayId;
  /** This era's layer; undefined while inactive or while the era has no layers. */
  readonly layer: Layer | undefined;
  readonly mixing: number;
  readonly missingChannels: number;
  readonly counts: CounterSnapshot["counts"];
  readonly drops: CounterSnapshot["drops"];
  readonly winners: Readonly<
    Record<WinnerState, { readonly count: number; readonly amount: Amount }>
  >;
}

/** Packet keys that the node's secret is tried for; each rotation uses the next one. */
const PACKET_KEYS = 8;
/** EIP-7825 caps a transaction at 2^24 gas; a margin is left for the estimate. */
const GAS_CAP = 16_000_000n;
/** Room for a round trip after the clock slack, before an epoch's VRF output may show. */
const ROUND_TRIP_SECONDS = 1;
const BEACON_STAGGER = millis(1_500);
const DRAIN = millis(3_000);
const LONGEST_PAUSE = millis(30_000);
const REGISTRATION_POLL = millis(500);

export class RelayService {
  readonly self: RelayId;
  readonly #node: Node;
  readonly #relay: Relay;
  readonly #keeper: ChannelKeeper;
  readonly #metrics: ReturnType<typeof countingMetrics>;
  readonly #loops: Repeating[];

  private constructor(
    node: Node,
    self: RelayId,
    relay: Relay,
    keeper: ChannelKeeper,
    metrics: ReturnType<typeof countingMetrics>,
    loops: Repeating[],
  ) {
    this.#node = node;
    this.self = self;
    this.#relay = relay;
    this.#keeper = keeper;
    this.#metrics = metrics;
    this.#loops = loops;
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
    const record = await registered(node, identity);
    const self = record.id;
    const outbox = node.outbox(identity.signer);
    const exposure = new Exposure(view);
    const metrics = countingMetrics();
    const transport = wrap(
      await libp2pTransport({ seed: identity.keys.network, listen: [options.listen] }),
    );
    const relay = new Relay({
      self,
      secrets: {
        vrfKey: identity.keys.vrf,
        packetKeys: Array.from({ length: PACKET_KEYS }, (_, serial) =>
          identity.keys.packet(serial),
        ),
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
    });
    const redeemer = createRedeemer(node, identity, self, outbox, exposure, options.leastPayout);
    const keeper = new ChannelKeeper({
      relay: self,
      ticketSigner: identity.ticketSigner,
      view,
      chain,
      outbox,
      log: log.child("channels"),
      target: options.channelTarget,
      budget: options.channelBudget,
    });
    const beacon = new BeaconDriver({
      relay: self,
      view,
      chain,
      outbox,
      clock,
      stagger: BEACON_STAGGER,
    });
    await redeemer.restore();
    await relay.start();
    const account = { chain, params: view.params, outbox };
    const announcer = new Announcer(
      node,
      self,
      outbox,
      options.announce ?? transport.addresses()[0],
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
    return new RelayService(node, self, relay, keeper, metrics, [
      loop("announcing the address", () => announcer.step()),
      loop("keeping channels", async () => {
        await allow(account, view.params.channels, options.channelBudget);
        await keeper.step();
      }),
      loop("driving the beacon", () => beacon.step()),
      loop("redeeming", () => redeemer.step()),
    ]);
  }

  async status(): Promise<RelayStatus> {
    const { view, store } = this.#node;
    const era = eraAt(view.params, view.chainTime());
    return {
      relay: this.self,
      layer: era === undefined ? undefined : view.era(era)?.layerOf(this.self),
      mixing: this.#relay.mixing,
      missingChannels: this.#keeper.missing.length,
      ...this.#metrics.snapshot(),
      winners: await store.winners.totals(),
    };
  }

  /** Drains the mix for a moment, then stops; what needs the chain goes on at the next start. */
  async stop(): Promise<void> {
    await this.#relay.stop(DRAIN);
    await Promise.all(this.#loops.map((loop) => loop.stop()));
  }
}

/** The redeemer as `relay run` and `relay redeem` use it. */
export function createRedeemer(
  node: Node,
  identity: Identity,
  self: RelayId,
  outbox: Outbox,
  exposure: Exposure,
  leastPayout: Amount = amount(0n),
): Redeemer {
  const { chain, view, store, log } = node;
  const { chainId, channels } = view.params;
  return new Redeemer({
    relay: self,
    view,
    chain,
    outbox,
    winners: store.winners,
    exposure,
    log: log.child("redeemer"),
    vrfKey: identity.vrfPublicKey,
    prove: (epoch) => proveOnChain(identity, ticketAlpha(chainId, channels, self, epoch)),
    waitAfterEpoch: seconds(ticketEpochSlack(view.params.epochLength) + ROUND_TRIP_SECONDS),
    gasCap: GAS_CAP,
    leastPayout,
  });
}

/** The relay that was registered with this node's VRF key, as soon as there is one. */
export async function registered(node: Node, identity: Identity): Promise<RelayRecord> {
  for (let tries = 0; ; tries++) {
    const record = findRelay(node, identity);
    if (record !== undefined) return record;
    if (tries === 0) node.log.warn("no relay is registered with this node's VRF key yet; waiting");
    await new Promise<void>((resolve) => node.clock.after(REGISTRATION_POLL, resolve));
  }
}

export function findRelay(node: Node, identity: Identity): RelayRecord | undefined {
  const own = bytesToHex(identity.vrfPublicKey);
  return [...node.view.state.relays.values()].find((relay) => bytesToHex(relay.vrfKey) === own);
}

/** Keeps the announced address equal to the one under which the relay can be dialled. */
class Announcer {
  readonly #node: Node;
  readonly #self: RelayId;
  readonly #outbox: Outbox;
  readonly #address: string | undefined;
  readonly #attempts: AttemptLog;

  constructor(node: Node, self: RelayId, outbox: Outbox, address: string | undefined) {
    this.#node = node;
    this.#self = self;
    this.#outbox = outbox;
    this.#address = address;
    this.#attempts = new AttemptLog(outbox, node.view);
  }

  async step(): Promise<void> {
    const { view, chain } = this.#node;
    if (this.#address === undefined || view.relay(this.#self)?.multiaddr === this.#address) return;
    const { underWay, nextKey } = await this.#attempts.of(`announce:${this.#address}`);
    if (!underWay)
      await this.#outbox.intend(nextKey, chain.calls.announce(this.#self, this.#address));
  }
}
