/**
 * Which loops of this relay are under way, by the tag that they will have here. What came back is made durable a
 * little later: after a crash the replay database still knows it.
 */
import { bytesToHex } from "../../core/bytes.ts";
import type { Epoch } from "../../core/units.ts";
import type { Clock } from "../../ports/clock.ts";
import type { CoverStore } from "../../ports/store.ts";
import type { OwnLoops } from "../deliveries.ts";
import { RETURNS_WINDOW, STORE_RETRY } from "./limits.ts";

interface Loop {
  readonly epoch: Epoch;
  readonly slot: number;
}

export class LoopBook implements OwnLoops {
  readonly #store: CoverStore;
  readonly #clock: Clock;
  readonly #underWay = new Map<string, Loop>();
  #back: Loop[] = [];
  #cancelFlush: (() => void) | undefined;
  /** The latest of the savings, which follow one another; never rejects. */
  #saving: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(store: CoverStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Loops that have not come back. */
  get size(): number {
    return this.#underWay.size;
  }

  expect(tag: Uint8Array, { epoch, slot }: Loop): void {
    this.#underWay.set(bytesToHex(tag), { epoch, slot });
  }

  /** The packet did not leave. */
  forget(tag: Uint8Array): void {
    this.#underWay.delete(bytesToHex(tag));
  }

  /** Loops of earlier epochs are lost. */
  forgetBefore(epoch: Epoch): void {
    for (const [tag, loop] of this.#underWay) if (loop.epoch < epoch) this.#underWay.delete(tag);
  }

  returned(tag: Uint8Array): boolean {
    const key = bytesToHex(tag);
    const loop = this.#underWay.get(key);
    if (loop === undefined) return false;
    this.#underWay.delete(key);
    this.#back.push(loop);
    this.#schedule(RETURNS_WINDOW);
    return true;
  }

  /** Resolves when all that came back so far is durable, or cannot be made so now. */
  save(): Promise<void> {
    this.#cancelFlush?.();
    this.#cancelFlush = undefined;
    this.#saving = this.#saving.then(() => this.#saveAll());
    return this.#saving;
  }

  /** The last saving: what cannot be made durable now is found in the replay database at the next start. */
  close(): Promise<void> {
    this.#closed = true;
    return this.save();
  }

  async #saveAll(): Promise<void> {
    const back = this.#back;
    this.#back = [];
    try {
      for (const [epoch, loops] of Map.groupBy(back, (loop) => loop.epoch)) {
        const slots = loops.map(({ slot }) => ({ slot, state: "returned" as const }));
        await this.#store.settle(epoch, slots);
      }
    } catch {
      // Without a line in the log, which would tell when a loop came back. That the store refuses is said elsewhere.
      this.#back = [...back, ...this.#back];
      this.#schedule(STORE_RETRY);
    }
  }

  #schedule(after: typeof RETURNS_WINDOW): void {
    if (this.#closed) return;
    this.#cancelFlush ??= this.#clock.after(after, () => {
      this.#cancelFlush = undefined;
      void this.save();
    });
  }
}
