/**
 * Starts what a channel keeper decides, each with a line in the journal that says why, and no more in an epoch
 * than its gas may cost.
 */
import { epochAt, startOf } from "../core/epochs/epochs.ts";
import { amount } from "../core/units.ts";
import type { Call, Chain } from "../ports/chain.ts";
import { JOURNAL_LIMIT, type JournalEntry, type JournalStore } from "../ports/store.ts";
import type { Outbox } from "./outbox.ts";
import type { IndexedView } from "./view.ts";

/** Gas of the dearest of these calls, rounded up: opening a channel with a first transfer of tokens. */
const GAS_OF_AN_ACTION = 200_000n;

export interface ChannelActionsOptions {
  readonly view: IndexedView;
  readonly chain: Pick<Chain, "fees">;
  readonly outbox: Outbox;
  readonly journal: JournalStore;
  /** Wei; undefined for no bound. */
  readonly gasPerEpoch: bigint | undefined;
}

export type Action = Omit<JournalEntry, "at">;

export class ChannelActions {
  readonly #options: ChannelActionsOptions;
  #room = Infinity;
  /** The reason given last; that of the run before until one is given. */
  #said: string | undefined;

  constructor(options: ChannelActionsOptions) {
    this.#options = options;
  }

  /** Looks how many actions this epoch's gas still pays for; before the first of a pass. */
  async begin(): Promise<void> {
    const { view, chain, journal, gasPerEpoch } = this.#options;
    const epoch = epochAt(view.params, view.chainTime());
    if (gasPerEpoch === undefined || epoch === undefined) return;
    const start = startOf(view.params, epoch);
    const entries = await journal.list(JOURNAL_LIMIT);
    const done = entries.filter(({ at, action }) => at >= start && action !== "wait").length;
    const { expected } = await chain.fees();
    const price = expected > 0n ? expected : 1n;
    this.#room = Number(gasPerEpoch / (price * GAS_OF_AN_ACTION)) - done;
  }

  /** Whether this epoch's gas pays for one more. */
  get hasRoom(): boolean {
    return this.#room >= 1;
  }

  /** False when this epoch's gas does not pay for it: then nothing has happened. */
  async take(key: string, call: Call, action: Action): Promise<boolean> {
    if (!this.hasRoom) return false;
    this.#room -= 1;
    await this.#options.outbox.intend(key, call);
    await this.#write(action);
    return true;
  }

  /** Says why nothing is done; again only when the reason is another one. */
  async wait(why: string): Promise<void> {
    const said = this.#said ?? (await this.#lastWait());
    this.#said = why;
    if (why === said) return;
    if (why !== "")
      await this.#write({ action: "wait", relay: undefined, amount: amount(0n), why });
  }

  async #lastWait(): Promise<string> {
    const [last] = await this.#options.journal.list(1);
    return last?.action === "wait" ? last.why : "";
  }

  #write(action: Action): Promise<void> {
    const { view, journal } = this.#options;
    return journal.add({ at: view.chainTime(), ...action });
  }
}
