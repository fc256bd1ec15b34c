/**
 * Tickets whose puzzle is solved are drawn at once, for the relay knows its VRF output of the epoch; the
 * winners are made durable. The output is a secret until the epoch is over: whoever knew it could make
 * tickets that lose. It stays in here.
 */
import { isWinner } from "../core/tickets/draw.ts";
import { millis } from "../core/units.ts";
import type { Epoch, RelayId } from "../core/units.ts";
import { ticketAlpha } from "../core/vrf/alpha.ts";
import { vrfProve } from "../core/vrf/vrf.ts";
import type { Clock } from "../ports/clock.ts";
import type { Log } from "../ports/log.ts";
import type { Metrics } from "../ports/metrics.ts";
import type { ExposureGuard, NetworkView } from "../ports/network.ts";
import type { WinnerStore, WinningTicket } from "../ports/store.ts";
import type { IncomingBatch } from "./incoming-batch.ts";
import { WINNERS_WINDOW } from "./limits.ts";

/** Outputs kept: this epoch's, and those of its neighbours while their tickets are under way. */
const KEPT_OUTPUTS = 4;
const RETRY: ReturnType<typeof millis> = millis(1_000);

export interface DrawsParts {
  readonly self: RelayId;
  readonly network: NetworkView;
  readonly guard: ExposureGuard;
  readonly winners: WinnerStore;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly log: Log;
  /** 32-byte secret of the relay's VRF key. */
  readonly vrfKey: Uint8Array;
}

export class Draws {
  readonly #parts: DrawsParts;
  readonly #outputs = new Map<Epoch, Uint8Array>();
  #unsaved: WinningTicket[] = [];
  /** The latest of the savings, which follow one another; never rejects. */
  #saving: Promise<void> = Promise.resolve();
  #cancelSave: (() => void) | undefined;

  constructor(parts: DrawsParts) {
    this.#parts = parts;
  }

  /** Draws the ticket at `position`, opened by `response` (32 bytes), and keeps it when it wins. */
  draw(batch: IncomingBatch, position: number, response: Uint8Array): void {
    const { metrics, guard } = this.#parts;
    const { channel, epoch, amount, winProb, signature } = batch.tickets;
    const leaf = batch.leaf(position);
    if (leaf === undefined) return;
    if (!isWinner(this.#output(epoch), leaf, signature, response, winProb)) {
      metrics.count("tickets-lost");
      return;
    }
    const winner = batch.winning(position, response);
    if (winner === undefined) return;
    metrics.count("tickets-won");
    guard.won(channel, epoch, amount);
    this.#unsaved.push(winner);
    this.#scheduleSave(WINNERS_WINDOW);
  }

  /** Computes the output of `epoch` ahead of its first ticket: it takes some milliseconds. */
  prepare(epoch: Epoch): void {
    this.#output(epoch);
  }

  /** Resolves when every winner so far is durable, or cannot be made so now. */
  save(): Promise<void> {
    this.#cancelSave?.();
    this.#cancelSave = undefined;
    this.#saving = this.#saving.then(() => this.#saveAll());
    return this.#saving;
  }

  async #saveAll(): Promise<void> {
    if (this.#unsaved.length === 0) return;
    const batch = this.#unsaved;
    this.#unsaved = [];
    try {
      await this.#parts.winners.add(batch);
    } catch (error) {
      this.#unsaved = [...batch, ...this.#unsaved];
      this.#parts.log.error("winning tickets are not stored yet", {
        count: batch.length,
        error: String(error),
      });
      this.#scheduleSave(RETRY);
    }
  }

  #scheduleSave(after: typeof WINNERS_WINDOW): void {
    this.#cancelSave ??= this.#parts.clock.after(after, () => {
      this.#cancelSave = undefined;
      void this.save();
    });
  }

  #output(epoch: Epoch): Uint8Array {
    let output = this.#outputs.get(epoch);
    if (output === undefined) {
      const { self, network, vrfKey } = this.#parts;
      const { chainId, channels } = network.params;
      output = vrfProve(vrfKey, ticketAlpha(chainId, channels, self, epoch)).beta;
      this.#outputs.set(epoch, output);
      const [oldest] = this.#outputs.keys();
      if (this.#outputs.size > KEPT_OUTPUTS && oldest !== undefined) this.#outputs.delete(oldest);
    }
    return output;
  }
}
