/**
 * Works the slots of an epoch out as soon as its seed and its layers are there, one slot at a time, so that
 * packets never wait long for it. A slot that has left already is worked out again only to know its loop.
 */
import { bytesToHex, equalBytes } from "../../core/bytes.ts";
import { LEAST_COVER_RELAYS } from "../../core/cover/index.ts";
import { epochAt, eraOf } from "../../core/epochs/epochs.ts";
import { epoch as toEpoch } from "../../core/units.ts";
import type { Epoch, RelayId } from "../../core/units.ts";
import type { Clock } from "../../ports/clock.ts";
import type { EraView, NetworkView } from "../../ports/network.ts";
import type { CoverSlot, CoverStore, ReplayStore } from "../../ports/store.ts";
import { PLANNING_PAUSE } from "./limits.ts";
import type { PlannedPacket, SlotPackets } from "./slot-packets.ts";

export interface PlannerParts {
  readonly self: RelayId;
  readonly network: NetworkView;
  /** J. */
  readonly slots: number;
  readonly packets: SlotPackets;
  readonly store: { readonly cover: CoverStore; readonly replay: ReplayStore };
  readonly clock: Clock;
  /** A packet that is to leave. */
  readonly planned: (packet: PlannedPacket) => void;
  /** A packet that had left when this process started, and was not known to be back. */
  readonly underWay: (packet: PlannedPacket) => void;
  /** The chain went back on what an epoch's slots follow from: none of its planned packets leaves. */
  readonly withdrawn: (epoch: Epoch) => void;
}

interface EpochPlan {
  readonly epoch: Epoch;
  readonly seed: Uint8Array;
  readonly view: EraView;
  withdrawn: boolean;
}

export class Planner {
  readonly #parts: PlannerParts;
  readonly #plans = new Map<Epoch, EpochPlan>();
  /** The latest of the plannings, which follow one another; never rejects. */
  #planning: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(parts: PlannerParts) {
    this.#parts = parts;
  }

  /** Plans this epoch and the coming one, and looks for loops of the one before, as far as that is not done. */
  update(): void {
    const { params } = this.#parts.network;
    const now = epochAt(params, this.#parts.network.chainTime());
    if (now === undefined || this.#stopped) return;
    for (const known of this.#plans.keys()) if (known < now - 1) this.#plans.delete(known);
    for (const epoch of [now, now - 1, now + 1]) if (epoch > 0) this.#consider(toEpoch(epoch));
  }

  /** Resolves when no planning goes on any more. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#planning;
  }

  #consider(epoch: Epoch): void {
    const { self, network, withdrawn } = this.#parts;
    const seed = network.seed(epoch);
    const view = network.era(eraOf(network.params, epoch));
    const known = this.#plans.get(epoch);
    if (known !== undefined && isSame(known, seed, view)) return;
    if (known !== undefined) {
      known.withdrawn = true;
      this.#plans.delete(epoch);
      withdrawn(epoch);
    }
    if (seed === undefined || view?.layerOf(self) === undefined) return;
    if (view.layers.flat().length < LEAST_COVER_RELAYS) return;
    const plan = { epoch, seed, view, withdrawn: false };
    this.#plans.set(epoch, plan);
    this.#planning = this.#planning.then(() => this.#plan(plan));
  }

  async #plan(plan: EpochPlan): Promise<void> {
    try {
      await this.#planSlots(plan);
    } catch {
      // The store refuses, which is said where packets are made durable. The next look tries again.
      if (this.#plans.get(plan.epoch) === plan) this.#plans.delete(plan.epoch);
    }
  }

  async #planSlots(plan: EpochPlan): Promise<void> {
    const { network, packets, planned, slots, store } = this.#parts;
    const { epoch } = plan;
    const known = new Map((await store.cover.list(epoch)).map(({ slot, state }) => [slot, state]));
    const isOver = epoch < (epochAt(network.params, network.chainTime()) ?? 0);
    const left: PlannedPacket[] = [];
    const unsent: CoverSlot[] = [];
    for (let slot = 0; slot < slots; slot++) {
      const state = known.get(slot);
      if (state !== undefined && state !== "sent") continue;
      if (state === undefined && isOver) {
        unsent.push({ slot, state: "late" });
        continue;
      }
      if (this.#stopped || plan.withdrawn) return;
      const packet = packets.plan(epoch, slot, plan.seed, plan.view);
      if (typeof packet === "string") {
        if (state === undefined) unsent.push({ slot, state: packet });
      } else if (state === undefined) planned(packet);
      else left.push(packet);
      await this.#pause();
    }
    await store.cover.settle(epoch, unsent);
    if (left.length > 0) await this.#recognise(epoch, left);
  }

  /** What came back before its tag was known here is in the replay database. */
  async #recognise(epoch: Epoch, left: readonly PlannedPacket[]): Promise<void> {
    const { store, underWay } = this.#parts;
    for (const packet of left) underWay(packet);
    const epochs = [epoch, toEpoch(epoch + 1)];
    const entries = (await Promise.all(epochs.map((one) => store.replay.entries(one)))).flat();
    const here = new Set(entries.map(({ tag }) => bytesToHex(tag)));
    const back = left.filter(({ tag }) => here.has(bytesToHex(tag)));
    await store.cover.settle(
      epoch,
      back.map(({ slot }) => ({ slot, state: "returned" })),
    );
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => this.#parts.clock.after(PLANNING_PAUSE, resolve));
  }
}

function isSame(plan: EpochPlan, seed: Uint8Array | undefined, view: EraView | undefined): boolean {
  if (seed === undefined || view === undefined || !equalBytes(plan.seed, seed)) return false;
  if (plan.view === view) return true;
  const [before, now] = [plan.view.layers.flat(), view.layers.flat()];
  return before.length === now.length && before.every((relay, i) => relay === now[i]);
}
