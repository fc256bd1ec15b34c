/** Whether redeeming is worth its transaction. */
import { burnedOf } from "../core/tickets/index.ts";
import { amount, type Epoch } from "../core/units.ts";
import type { Chain } from "../ports/chain.ts";
import type { WinningTicket } from "../ports/store.ts";
import { isClosingSoon } from "./closings.ts";
import type { RedemptionBatches } from "./redemption-batches.ts";
import type { IndexedView } from "./view.ts";
import type { Waiting } from "./waiting.ts";
import { worthOf } from "./winners.ts";
import { coversGas } from "./worth.ts";

export interface WorthOptions {
  readonly view: Pick<IndexedView, "channel" | "chainTime" | "params">;
  readonly chain: Pick<Chain, "fees">;
  /**
   * Batches worth less than this are not sent: they wait for a top-up of their channels or for later winners of them,
   * and are given up when the window ends.
   */
  readonly leastPayout: bigint;
  /**
   * Wei of the chain's coin for one whole token: batches that are not worth their gas wait for lower fees or for later
   * winners of their channels, and are given up when the window ends. At their last chance those that cover their gas
   * are sent, however small: in the last epoch of the window, and before half of a closing channel's notice period is
   * over. Undefined: only the least payout counts.
   */
  readonly tokenPrice?: bigint | undefined;
}

/** Why a batch is not worth a transaction now. */
export type Unworthy = "below-least-payout" | "not-worth-gas";

type Ready = Pick<Waiting, "epoch" | "selection">;

export class RedemptionWorth {
  readonly #options: WorthOptions;
  readonly #batches: RedemptionBatches;

  constructor(options: WorthOptions, batches: RedemptionBatches) {
    this.#options = options;
    this.#batches = batches;
  }

  /** Why the next batch of what is chosen is not worth a transaction now; undefined when it is. */
  async unworthiness(one: Ready, current: Epoch): Promise<Unworthy | undefined> {
    const { chosen } = one.selection;
    if (worthOf(chosen) < this.#options.leastPayout && !this.#onlyGasCounts(one, current))
      return "below-least-payout";
    return (await this.#coverGas([one])) ? undefined : "not-worth-gas";
  }

  /** Whether one transaction for each of these epochs is worth it, taken together. */
  async pay(epochs: readonly Ready[], current: Epoch): Promise<boolean> {
    const bound = epochs.filter((one) => !this.#onlyGasCounts(one, current));
    const worth = epochs.reduce((total, { selection }) => total + worthOf(selection.chosen), 0n);
    if (worth < this.#options.leastPayout * BigInt(bound.length)) return false;
    return this.#coverGas(epochs);
  }

  /** No later epoch comes, or none before half of a closing channel's notice period is over. */
  isLastChance(epoch: Epoch, tickets: readonly WinningTicket[], current: Epoch): boolean {
    const { view } = this.#options;
    if (current === epoch + view.params.redemptionWindow) return true;
    return tickets.some(({ channel }) => isClosingSoon(view, channel));
  }

  #onlyGasCounts({ epoch, selection }: Ready, current: Epoch): boolean {
    const { tokenPrice } = this.#options;
    return tokenPrice !== undefined && this.isLastChance(epoch, selection.chosen, current);
  }

  /** Whether the next batches of these epochs pay together for their gas. */
  async #coverGas(epochs: readonly Ready[]): Promise<boolean> {
    const { tokenPrice, chain, view } = this.#options;
    if (tokenPrice === undefined) return true;
    let [payout, gas] = [0n, 0n];
    for (const { epoch, selection } of epochs) {
      const batch = await this.#batches.next(epoch, selection);
      payout += worthOf(batch.tickets);
      gas += batch.gas;
    }
    const net = payout - burnedOf(amount(payout), view.params.burnShareBps);
    const { expected: gasPrice } = await chain.fees();
    return coversGas({ payout: net, gas, gasPrice, tokenPrice });
  }
}
