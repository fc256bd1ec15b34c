/**
 * After a restoration: learns which ticket indexes of each outgoing channel were issued since the backup was made
 * (docs/decisions/0039-restored-ticket-indexes.md). The relay at the channel's other end knows the highest that it
 * has taken, the chain the highest that was paid; above both, and above what may have been under way, the store
 * reserves indexes again. Until then it refuses to, so that no ticket can be signed whatever else goes wrong.
 */
import type { CurveBackend } from "../core/crypto/backend.ts";
import { ticketDomain, type TicketDomain } from "../core/tickets/index.ts";
import {
  decodeHighWater,
  encodeHighWaterQuestion,
  HIGH_WATER_ANSWER_BYTES,
  highWaterDigest,
} from "../core/tickets/high-water.ts";
import { millis, ticketIndex } from "../core/units.ts";
import type { Address, ChannelId, Millis, NodeId, PayerId, Seconds } from "../core/units.ts";
import { nodeIdOfPeer } from "../core/wire/node-id.ts";
import type { Clock } from "../ports/clock.ts";
import type { Log } from "../ports/log.ts";
import type { ChannelState, NetworkView } from "../ports/network.ts";
import type { Store } from "../ports/store.ts";
import type { Transport } from "../ports/transport.ts";
import {
  FURTHEST_RESTORED_INDEX,
  RECONCILED_AT_ONCE,
  RECONCILING_BACKOFF,
  RECONCILING_BACKOFF_LIMIT,
  RECONCILING_INTERVAL,
  RECONCILING_TIMEOUT,
  RESTORED_INDEX_MARGIN,
  RESTORED_INDEXES_PER_SECOND,
} from "./limits.ts";

export interface IndexReconcilerParts {
  /** Whose channels; of those, the ones that `ticketSigner` signs for with `signingKey`. */
  readonly payer: PayerId;
  readonly ticketSigner: Address;
  readonly signingKey: Uint8Array;
  readonly network: NetworkView;
  readonly backend: CurveBackend;
  readonly transport: Pick<Transport, "self" | "request">;
  readonly store: Pick<Store, "indexes" | "restoration">;
  readonly clock: Clock;
  readonly log: Log;
}

/** A channel and the lowest index that this database had not reserved on it. */
interface Waiting extends ChannelState {
  readonly known: number;
}

interface Rest {
  readonly until: Millis;
  readonly length: Millis;
}

export class IndexReconciler {
  readonly #parts: IndexReconcilerParts;
  readonly #domain: TicketDomain;
  readonly #self: NodeId;
  readonly #done = new Set<ChannelId>();
  readonly #rests = new Map<ChannelId, Rest>();
  #takenAt: Seconds | undefined;
  #waiting = 0;
  #said = 0;
  #stopped = false;
  #cancel: (() => void) | undefined;
  #running: Promise<void> | undefined;

  constructor(parts: IndexReconcilerParts) {
    this.#parts = parts;
    const { chainId, channels } = parts.network.params;
    this.#domain = ticketDomain(chainId, channels);
    this.#self = nodeIdOfPeer(parts.transport.self);
  }

  /** Open channels on which no ticket can be signed yet. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Does nothing when the database never came out of a backup. The transport must have been started. */
  async start(): Promise<void> {
    const { store, log } = this.#parts;
    const restoration = await store.restoration();
    if (restoration === undefined) return;
    this.#takenAt = restoration.takenAt;
    log.warn("this database came out of a backup: tickets wait until relays say which they have");
    this.#again();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancel?.();
    await this.#running;
  }

  #again(): void {
    this.#running = this.#step()
      .catch((error: unknown) => {
        this.#parts.log.error("ticket indexes cannot be reconciled", { error: String(error) });
      })
      .then(() => {
        if (this.#stopped) return;
        this.#cancel = this.#parts.clock.after(RECONCILING_INTERVAL, () => {
          this.#again();
        });
      });
  }

  /** One look at all channels; several are asked about at once. */
  async #step(): Promise<void> {
    const { clock } = this.#parts;
    const open = await this.#unreconciled();
    const now = clock.monotonic();
    const due = open.filter(({ id }) => now >= (this.#rests.get(id)?.until ?? 0));
    const work = async (): Promise<void> => {
      for (let next = due.shift(); next !== undefined; next = due.shift())
        if (!this.#stopped) await this.#reconcile(next);
    };
    await Promise.all(Array.from({ length: RECONCILED_AT_ONCE }, work));
    this.#waiting = open.filter(({ id }) => !this.#done.has(id)).length;
    if (this.#waiting === this.#said) return;
    this.#said = this.#waiting;
    this.#parts.log.info("channels whose tickets wait after the restoration", {
      channels: this.#waiting,
    });
  }

  async #unreconciled(): Promise<readonly Waiting[]> {
    const { network, payer, ticketSigner, store } = this.#parts;
    const open: Waiting[] = [];
    for (const channel of network.channelsFrom(payer)) {
      const isOurs = channel.status === "open" && channel.ticketSigner === ticketSigner;
      if (!isOurs || this.#done.has(channel.id)) continue;
      const { isReconciled, next } = await store.indexes.of(channel.id);
      if (isReconciled) this.#done.add(channel.id);
      else open.push({ ...channel, known: Math.max(next, channel.nextIndex) });
    }
    return open;
  }

  async #reconcile(channel: Waiting): Promise<void> {
    const { id, known } = channel;
    const taken = await this.#ask(channel);
    if (taken === undefined) {
      this.#rest(id);
      return;
    }
    const next = ticketIndex(Math.max(taken + 1, known) + RESTORED_INDEX_MARGIN);
    await this.#parts.store.indexes.reconcile(id, next);
    this.#done.add(id);
    this.#rests.delete(id);
  }

  /** The highest index that the relay has taken; undefined while it does not say, or says what cannot be. */
  async #ask({ id, relay, known }: Waiting): Promise<number | undefined> {
    const { network, transport, backend, signingKey, log } = this.#parts;
    const { peer, multiaddr = "" } = network.relay(relay) ?? {};
    if (peer === undefined) return undefined;
    const digest = highWaterDigest(this.#domain, id, this.#self);
    const question = encodeHighWaterQuestion(backend, digest, id, signingKey);
    const limits = { timeout: RECONCILING_TIMEOUT, maxAnswer: HIGH_WATER_ANSWER_BYTES };
    try {
      const answer = decodeHighWater(
        await transport.request({ peer, multiaddr }, question, limits),
      );
      if (answer !== undefined && answer <= this.#furthest(known)) return answer;
      log.warn("a relay says that it has taken more tickets than can have been signed");
      return undefined;
    } catch {
      // It is away, or an earlier version; the channels that wait are counted and said.
      return undefined;
    }
  }

  /** What can have been issued at the most, so that no relay can use a channel up by a number. */
  #furthest(known: number): number {
    const { network } = this.#parts;
    const since = Math.max(0, network.chainTime() - (this.#takenAt ?? 0));
    return known + FURTHEST_RESTORED_INDEX + since * RESTORED_INDEXES_PER_SECOND;
  }

  #rest(id: ChannelId): void {
    const length = Math.min(
      2 * (this.#rests.get(id)?.length ?? RECONCILING_BACKOFF / 2),
      RECONCILING_BACKOFF_LIMIT,
    );
    const until = millis(this.#parts.clock.monotonic() + length);
    this.#rests.set(id, { until, length: millis(length) });
  }
}
