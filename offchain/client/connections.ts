/**
 * Keeps connections to the relays that a sender or recipient needs: those of the first layer that it has
 * channels to, and those of the last layer through which it is reached. Looks again after every change of
 * the chain and after a pause that grows while dialling fails.
 */
import { millis, type Millis, type RelayId } from "../core/units.ts";
import type { Clock } from "../ports/clock.ts";
import type { Log } from "../ports/log.ts";
import type { NetworkView } from "../ports/network.ts";
import type { Transport } from "../ports/transport.ts";

const FIRST_PAUSE = millis(500);
const LONGEST_PAUSE = millis(30_000);

interface Dialling {
  pause: Millis;
  notBefore: Millis;
  busy: boolean;
}

interface Parts {
  readonly transport: Transport;
  readonly network: NetworkView;
  readonly clock: Clock;
  readonly log: Log;
  /** The relays that are needed now. */
  wanted(): readonly RelayId[];
}

export class Connections {
  readonly #parts: Parts;
  readonly #dialling = new Map<RelayId, Dialling>();
  /** As last told. */
  #unreachable = 0;
  #stopTimer: (() => void) | undefined;
  #unsubscribe: (() => void) | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  start(): void {
    this.#unsubscribe = this.#parts.network.onChange(() => {
      this.refresh();
    });
    this.#tick();
  }

  stop(): void {
    this.#unsubscribe?.();
    this.#stopTimer?.();
    this.#stopTimer = undefined;
  }

  isConnected(relay: RelayId): boolean {
    const peer = this.#parts.network.relay(relay)?.peer;
    return peer !== undefined && this.#parts.transport.isConnected(peer);
  }

  /** Dials what is wanted, not connected, and not resting after a failure. */
  refresh(): void {
    const now = this.#parts.clock.monotonic();
    for (const relay of this.#parts.wanted()) {
      if (this.isConnected(relay)) {
        this.#dialling.delete(relay);
        continue;
      }
      const state = this.#dialling.get(relay) ?? {
        pause: FIRST_PAUSE,
        notBefore: now,
        busy: false,
      };
      this.#dialling.set(relay, state);
      if (!state.busy && state.notBefore <= now) void this.#dial(relay, state);
    }
  }

  #tick(): void {
    this.refresh();
    this.#stopTimer = this.#parts.clock.after(FIRST_PAUSE, () => {
      this.#tick();
    });
  }

  async #dial(relay: RelayId, state: Dialling): Promise<void> {
    const { network, transport, clock } = this.#parts;
    const record = network.relay(relay);
    if (record?.peer === undefined) return;
    state.busy = true;
    try {
      await transport.connect({ peer: record.peer, multiaddr: record.multiaddr });
      this.#dialling.delete(relay);
    } catch {
      // Out of reach for now: told as a number, and tried again after a pause that doubles.
      state.notBefore = millis(clock.monotonic() + state.pause);
      state.pause = millis(Math.min(2 * state.pause, LONGEST_PAUSE));
      this.#tellUnreachable();
    } finally {
      state.busy = false;
    }
  }

  /** Which relays this node dials, and when, is nobody's business. */
  #tellUnreachable(): void {
    const resting = [...this.#dialling.values()].filter(({ pause }) => pause > FIRST_PAUSE);
    if (resting.length === this.#unreachable) return;
    this.#unreachable = resting.length;
    this.#parts.log.debug("relays that could not be dialled are tried again", {
      relays: resting.length,
    });
  }
}
