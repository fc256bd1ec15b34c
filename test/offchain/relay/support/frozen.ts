/**
 * Relays that take packets in for a while and do nothing with them, as a process that is stopped. What they took in
 * meanwhile they go on with afterwards, or have lost, as one that was killed.
 */
import { memoryStore } from "../../../../offchain/adapters/memory/store.ts";
import type { Store } from "../../../../offchain/ports/store.ts";

export class Freezer {
  readonly #labels: readonly string[];
  #thawed: Promise<unknown> = Promise.resolve();
  #thaw: () => void = () => undefined;
  #kill: (reason: Error) => void = () => undefined;

  /** For relays of these labels. */
  constructor(...labels: readonly string[]) {
    this.#labels = labels;
  }

  /** For the option `store` of a mixnet. */
  readonly store = (label: string): Store => {
    const whole = memoryStore();
    if (!this.#labels.includes(label)) return whole;
    const accept: Store["replay"]["accept"] = async (...tags) => {
      await this.#thawed;
      return whole.replay.accept(...tags);
    };
    return { ...whole, replay: { ...whole.replay, accept } };
  };

  freeze(): void {
    this.#thawed = new Promise((resolve, reject) => {
      this.#thaw = () => {
        resolve(undefined);
      };
      this.#kill = reject;
    });
  }

  thaw(): void {
    this.#thaw();
  }

  /** What was taken in is lost; what comes from now on is not. */
  restart(): void {
    this.#kill(new Error("it was killed meanwhile"));
    this.#thawed = Promise.resolve();
  }
}
