/**
 * Drives the beacon (protocol §1): whenever it waits for a transaction, one relay after the other gets its turn,
 * so that normally one of them pays and the others see that it is done. Turns rotate by epoch.
 */
import { epochAt } from "../core/epochs/epochs.ts";
import type { Epoch, Millis, RelayId } from "../core/units.ts";
import type { Chain } from "../ports/chain.ts";
import type { Clock } from "../ports/clock.ts";
import type { Randomness } from "../ports/randomness.ts";
import { AttemptLog } from "./attempts.ts";
import { advancing, bringingRounds, type BeaconNeed } from "./beacon-needs.ts";
import type { Outbox } from "./outbox.ts";
import { turnOf } from "./turns.ts";
import type { IndexedView } from "./view.ts";

export interface BeaconDriverOptions {
  readonly relay: RelayId;
  readonly view: IndexedView;
  readonly chain: Pick<Chain, "calls" | "reads">;
  readonly outbox: Outbox;
  readonly clock: Clock;
  /** Of the network's drand chain; a network whose beacon takes no rounds needs none. */
  readonly randomness?: Randomness;
  /** How much later each further relay acts: longer than a transaction takes to be seen. */
  readonly stagger: Millis;
}

export class BeaconDriver {
  readonly #options: BeaconDriverOptions;
  readonly #attempts: AttemptLog;
  readonly #need: BeaconNeed;
  /** Since when the beacon has waited, in monotonic time. */
  #since: Millis | undefined;

  constructor(options: BeaconDriverOptions) {
    this.#options = options;
    this.#attempts = new AttemptLog(options.outbox, options.view);
    this.#need =
      options.randomness === undefined
        ? advancing(options.chain)
        : bringingRounds(options.view, options.chain, options.randomness);
  }

  /** One look: sends at most one transaction. */
  async step(): Promise<void> {
    const { view, clock, outbox } = this.#options;
    const epoch = epochAt(view.params, view.chainTime());
    if (view.head === undefined || epoch === undefined || !(await this.#need.isThere(epoch))) {
      this.#since = undefined;
      return;
    }
    const now = clock.monotonic();
    this.#since ??= now;
    if (now < this.#since + this.turn(epoch)) return;
    const { underWay, resting, nextKey } = await this.#attempts.of(`beacon:${epoch}`);
    if (underWay || resting) return;
    const call = await this.#need.call(epoch);
    if (call !== undefined) await outbox.intend(nextKey, call);
  }

  /** How long this relay leaves it to others in `epoch`. */
  turn(epoch: Epoch): Millis {
    const { view, relay, stagger } = this.#options;
    return turnOf(view, relay, stagger, epoch);
  }
}
