/**
 * Status lines of a running relay. They tell of packets, so there is one a span and none in between, also when the
 * relay ends (docs/decisions/0042-figures-by-the-minute.md); on local chains the last one comes in any case.
 */
import type { Millis } from "../../core/units.ts";
import type { Clock } from "../../ports/clock.ts";
import { isLocalChain } from "../report/figures.ts";

export interface StatusLinesOptions {
  readonly clock: Pick<Clock, "after" | "monotonic">;
  readonly chainId: bigint;
  readonly span: Millis;
  readonly tell: () => Promise<void>;
}

export class StatusLines {
  readonly #options: StatusLinesOptions;
  #toldAt: Millis;
  #cancel: () => void;

  /** The first line comes after a span. */
  constructor(options: StatusLinesOptions) {
    this.#options = options;
    this.#toldAt = options.clock.monotonic();
    this.#cancel = this.#later();
  }

  /** No further line comes by itself. */
  stop(): void {
    this.#cancel();
  }

  /** The last line, if it is time for one. */
  async tellLast(): Promise<void> {
    const { clock, chainId, span, tell } = this.#options;
    if (isLocalChain(chainId) || clock.monotonic() - this.#toldAt >= span) await tell();
  }

  #later(): () => void {
    const { clock, span, tell } = this.#options;
    return clock.after(span, () => {
      this.#toldAt = clock.monotonic();
      this.#cancel = this.#later();
      void tell();
    });
  }
}
