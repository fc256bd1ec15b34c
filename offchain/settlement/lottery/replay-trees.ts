/**
 * The replay trees of epochs that are over. Building one takes a few microseconds a packet, in slices between
 * which packets go on; a few are kept, since proofs are asked for one after the other.
 */
import { ReplayLeaves, type ReplayTree } from "../../core/cover/index.ts";
import type { Epoch, Millis, RelayId } from "../../core/units.ts";
import type { Clock } from "../../ports/clock.ts";
import type { ReplayStore } from "../../ports/store.ts";
import { ENTRIES_PAGE, TREE_PACKETS } from "./limits.ts";

export interface ReplayTreesOptions {
  readonly relay: RelayId;
  readonly store: Pick<ReplayStore, "entries" | "seal">;
  readonly clock: Clock;
  /** Packets in all trees that are kept; `TREE_PACKETS` unless given. */
  readonly keptPackets?: number;
}

interface Kept {
  readonly tree: ReplayTree;
  readonly packets: number;
}

export class ReplayTrees {
  readonly #options: ReplayTreesOptions;
  /** In order of their latest use. */
  readonly #kept = new Map<Epoch, Kept>();
  readonly #building = new Map<Epoch, Promise<Kept>>();
  #queue: Promise<unknown> = Promise.resolve();

  constructor(options: ReplayTreesOptions) {
    this.#options = options;
  }

  /** Packets in the trees that are kept. */
  get packets(): number {
    return [...this.#kept.values()].reduce((sum, { packets }) => sum + packets, 0);
  }

  /**
   * The tree of `epoch`, which is sealed by that: no packet can join it any more, in this run or a later one.
   * Rejects as the store does.
   */
  async of(epoch: Epoch): Promise<ReplayTree> {
    const kept = this.#kept.get(epoch) ?? (await this.#build(epoch));
    this.#kept.delete(epoch);
    this.#kept.set(epoch, kept);
    this.#shrink(epoch);
    return kept.tree;
  }

  forgetBefore(epoch: Epoch): void {
    for (const known of this.#kept.keys()) if (known < epoch) this.#kept.delete(known);
  }

  /** One after the other, each once however many ask. */
  #build(epoch: Epoch): Promise<Kept> {
    const known = this.#building.get(epoch);
    if (known !== undefined) return known;
    const building = this.#queue.then(() => this.#grow(epoch));
    this.#queue = building.catch(() => undefined);
    this.#building.set(epoch, building);
    const done = (): void => {
      this.#building.delete(epoch);
    };
    building.then(done, done);
    return building;
  }

  async #grow(epoch: Epoch): Promise<Kept> {
    const { relay, store } = this.#options;
    await store.seal(epoch);
    const leaves = new ReplayLeaves(epoch, relay);
    let packets = 0;
    let after: Uint8Array | undefined;
    for (;;) {
      const page = await store.entries(epoch, { after, limit: ENTRIES_PAGE });
      leaves.add(page.map(({ tag, receivedAt }) => ({ tag, time: receivedAt })));
      packets += page.length;
      after = page.at(-1)?.tag;
      if (page.length < ENTRIES_PAGE) break;
    }
    const growing = leaves.grow();
    for (let step = growing.next(); ; step = growing.next()) {
      if (step.done === true) return { tree: step.value, packets };
      await this.#pause();
    }
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      this.#options.clock.after(0 as Millis, resolve);
    });
  }

  #shrink(newest: Epoch): void {
    const limit = this.#options.keptPackets ?? TREE_PACKETS;
    for (const epoch of this.#kept.keys()) {
      if (epoch === newest || this.packets <= limit) return;
      this.#kept.delete(epoch);
    }
  }
}
