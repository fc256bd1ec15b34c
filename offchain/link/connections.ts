/**
 * Keeps connections to the relays that a node needs. A relay that cannot be reached is tried ever more rarely,
 * one that hangs up as soon as it was reached likewise; and however many of them there are, the others do
 * not wait for them.
 */
import { millis } from "../core/units.ts";
import type { Millis, RelayId } from "../core/units.ts";
import { isTcpAddress } from "../core/wire/multiaddr.ts";
import type { Clock } from "../ports/clock.ts";
import type { Log } from "../ports/log.ts";
import type { NetworkView } from "../ports/network.ts";
import type { PeerAddress, Transport } from "../ports/transport.ts";
import {
  DIALS_AT_ONCE,
  DIAL_BACKOFF,
  DIAL_BACKOFF_LIMIT,
  DIAL_INTERVAL,
  REPEATED_DIALS_AT_ONCE,
} from "./limits.ts";

export interface ConnectionsParts {
  readonly transport: Transport;
  readonly network: NetworkView;
  readonly clock: Clock;
  readonly log: Log;
  /** The relays that are needed now, those that matter most first. */
  wanted(): readonly RelayId[];
}

/** A relay that is being reached, or whose connection has not lasted yet. */
interface Attempt {
  /** Dials so far without a connection that lasted. */
  tries: number;
  notBefore: Millis;
  underWay: boolean;
}

export class Connections {
  readonly #parts: ConnectionsParts;
  readonly #attempts = new Map<RelayId, Attempt>();
  /** As last told. */
  #unreachable = 0;
  #stopTimer: (() => void) | undefined;
  #unsubscribe: (() => void) | undefined;
  #running = false;

  constructor(parts: ConnectionsParts) {
    this.#parts = parts;
  }

  /** From now on, and after every change of the chain, what is wanted is connected. */
  start(): void {
    this.#running = true;
    this.#unsubscribe = this.#parts.network.onChange(() => {
      this.#refresh();
    });
    this.#tick();
  }

  /** Dials no more; connections stay. */
  stop(): void {
    this.#running = false;
    this.#unsubscribe?.();
    this.#stopTimer?.();
  }

  isConnected(relay: RelayId): boolean {
    const peer = this.#parts.network.relay(relay)?.peer;
    return peer !== undefined && this.#parts.transport.isConnected(peer);
  }

  #tick(): void {
    this.#refresh();
    this.#stopTimer = this.#parts.clock.after(DIAL_INTERVAL, () => {
      this.#tick();
    });
  }

  #refresh(): void {
    const now = this.#parts.clock.monotonic();
    const wanted = new Set(this.#parts.wanted());
    for (const [relay, attempt] of this.#attempts) {
      if (attempt.underWay) continue;
      const lasted = this.isConnected(relay) && attempt.notBefore <= now;
      if (lasted || !wanted.has(relay)) this.#attempts.delete(relay);
    }
    for (const relay of wanted)
      if (!this.#attempts.has(relay) && !this.isConnected(relay))
        this.#attempts.set(relay, { tries: 0, notBefore: now, underWay: false });
    this.#dialDue();
    this.#tellUnreachable();
  }

  /** Those that were tried least go first, and those that failed before never take all the room. */
  #dialDue(): void {
    const now = this.#parts.clock.monotonic();
    const due = [...this.#attempts]
      .filter(([relay, { notBefore, underWay }]) => {
        return !underWay && notBefore <= now && !this.isConnected(relay);
      })
      .sort(([, a], [, b]) => a.tries - b.tries || a.notBefore - b.notBefore);
    let { all, repeated } = this.#underWay();
    for (const [relay, attempt] of due) {
      const isRepeated = attempt.tries > 0;
      if (all >= DIALS_AT_ONCE || (isRepeated && repeated >= REPEATED_DIALS_AT_ONCE)) break;
      const address = this.#addressOf(relay);
      if (address === undefined) continue;
      all++;
      if (isRepeated) repeated++;
      void this.#dial(address, attempt);
    }
  }

  #underWay(): { all: number; repeated: number } {
    const dials = [...this.#attempts.values()].filter(({ underWay }) => underWay);
    return { all: dials.length, repeated: dials.filter(({ tries }) => tries > 1).length };
  }

  /** Undefined while the relay announces nothing that this node may dial. */
  #addressOf(relay: RelayId): PeerAddress | undefined {
    const { network, transport } = this.#parts;
    const { peer, multiaddr = "" } = network.relay(relay) ?? {};
    if (peer === undefined || peer === transport.self) return undefined;
    return isTcpAddress(multiaddr, peer) ? { peer, multiaddr } : undefined;
  }

  async #dial(address: PeerAddress, attempt: Attempt): Promise<void> {
    const { clock, transport } = this.#parts;
    attempt.underWay = true;
    attempt.tries++;
    try {
      await transport.connect(address);
    } catch {
      // Out of reach for now: told as a number, and tried again after a pause that doubles.
    }
    const pause = Math.min(DIAL_BACKOFF * 2 ** (attempt.tries - 1), DIAL_BACKOFF_LIMIT);
    attempt.notBefore = millis(clock.monotonic() + pause);
    attempt.underWay = false;
    if (this.#running) this.#dialDue();
  }

  /** Which relays this node dials, and when, is nobody's business. */
  #tellUnreachable(): void {
    const relays = [...this.#attempts].filter(([relay, { tries, underWay }]) => {
      return tries > 0 && !underWay && !this.isConnected(relay);
    }).length;
    if (relays === this.#unreachable) return;
    this.#unreachable = relays;
    this.#parts.log.debug("relays that could not be dialled are tried again", { relays });
  }
}
