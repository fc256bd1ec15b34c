/** Looks now and then whether an account can pay for the transactions that are coming. */
import type { Address, Millis } from "../core/units.ts";
import type { Chain } from "../ports/chain.ts";
import type { Clock } from "../ports/clock.ts";

/** Gas of about twenty redemptions, at what gas costs now. */
const ENOUGH_GAS = 6_000_000n;
const EVERY = 60_000;

export class CoinWatch {
  readonly #chain: Pick<Chain, "reads" | "fees">;
  readonly #account: Address;
  readonly #clock: Clock;
  #lookedAt: Millis | undefined;
  #isLow = false;

  constructor(chain: Pick<Chain, "reads" | "fees">, account: Address, clock: Clock) {
    this.#chain = chain;
    this.#account = account;
    this.#clock = clock;
  }

  get isLow(): boolean {
    return this.#isLow;
  }

  async step(): Promise<void> {
    const now = this.#clock.monotonic();
    if (this.#lookedAt !== undefined && now < this.#lookedAt + EVERY) return;
    const { expected } = await this.#chain.fees();
    const balance = await this.#chain.reads.nativeBalance(this.#account);
    this.#isLow = balance < ENOUGH_GAS * expected;
    this.#lookedAt = now;
  }
}
