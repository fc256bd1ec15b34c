/**
 * The replay trees of epochs that are over. Building one takes a few microseconds a packet, in slices between
 * which packets go on; those of epochs whose draws can be claimed are kept, since proofs are asked for one after the
 * other.
 */
import {
  type ClaimTiming,
  oldestClaimable,
  ReplayLeaves,
  type ReplayTree,
} from "../../core/cover/index.ts";
import { epoch as toEpoch, type Epoch, type Millis, type RelayId } from "../../core/units.ts";
import type { Clock } from "../../ports/clock.ts";
import type { ReplayStore } from "../../ports/store.ts";
import { ENTRIES_PAGE, TREE_PACKETS } from "./limits.ts";

export interface ReplayTreesOptions {
  readonly relay: RelayId;
  readonly lottery: ClaimTiming;
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

  /** Epochs whose trees are kept. */
  get epochs(): readonly Epoch[] {
    return [...this.#kept.keys()];
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
    this.#forgetOld();
    this.#shrink(epoch);
    return kept.tree;
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

  /** An epoch whose tree is there is over, so that the one after it runs by now. */
  #forgetOld(): void {
    const running = toEpoch(Math.max(...this.#kept.keys()) + 1);
    const oldest = oldestClaimable(this.#options.lottery, running);
    for (const epoch of this.#kept.keys()) if (epoch < oldest) this.#kept.delete(epoch);
  }

  #shrink(latest: Epoch): void {
    const limit = this.#options.keptPackets ?? TREE_PACKETS;
    for (const epoch of this.#kept.keys()) {
      if (epoch === latest || this.packets <= limit) return;
      this.#kept.delete(epoch);
    }
  }
}
