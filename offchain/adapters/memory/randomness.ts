/** A drand chain's rounds without a network: signed here when their time has come, as the servers do. */
import { type Round, timeOfRound } from "../../core/drand/chain.ts";
import type { LocalDrand } from "../../core/drand/signer.ts";
import { WaybillError } from "../../core/errors.ts";
import { millisToSeconds } from "../../core/units.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Randomness } from "../../ports/randomness.ts";

export class MemoryRandomness implements Randomness {
  readonly #drand: LocalDrand;
  readonly #clock: Clock;
  /** While true, nothing answers. */
  down = false;

  constructor(drand: LocalDrand, clock: Clock) {
    this.#drand = drand;
    this.#clock = clock;
  }

  async round(round: Round): Promise<Uint8Array | undefined> {
    await Promise.resolve();
    if (this.down)
      throw new WaybillError("DRAND_UNREACHABLE", { what: `round ${round}`, got: "down" });
    const isOut = timeOfRound(this.#drand.chain, round) <= millisToSeconds(this.#clock.now());
    return isOut ? this.#drand.sign(round) : undefined;
  }

  close(): Promise<void> {
    this.down = true;
    return Promise.resolve();
  }
}
