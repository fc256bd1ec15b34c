/**
 * Redeems winning tickets once their epoch is over (protocol §3). Every pass looks at the stored winners of
 * each epoch, oldest first: it settles what the contract's events decide, gives up what is too old, and sends
 * the next batch. One batch of an epoch is under way at a time, so that no index is passed over. Winners that are worth
 * too little now wait, and what comes after them in their channels waits behind them: its indexes would void theirs.
 * They go first once both together are worth it, and give way when those behind them come to their last chance.
 */
import { equalBytes } from "../core/bytes.ts";
import { hasCode, type WaybillError } from "../core/errors.ts";
import { endOf, epochAt } from "../core/epochs/epochs.ts";
import { epoch as toEpoch, type ChannelId, type Epoch, type Seconds } from "../core/units.ts";
import type { Chain } from "../ports/chain.ts";
import type { Log } from "../ports/log.ts";
import type { WinnerState, WinnerStore, WinningTicket } from "../ports/store.ts";
import { AttemptLog, type Attempts } from "./attempts.ts";
import type { Exposure } from "./exposure.ts";
import type { Intents } from "./outbox.ts";
import { RedemptionBatches, type BatchOptions } from "./redemption-batches.ts";
import type { Redemption } from "./redemptions.ts";
import { RefusedBatches } from "./refused-batches.ts";
import { RedemptionWorth, type Unworthy, type WorthOptions } from "./redemption-worth.ts";
import { selectWinners, type Selection } from "./selection.ts";
import { isPaid, verdictOf } from "./verdicts.ts";
import { gaveWay, inFrontOf, type Waiting } from "./waiting.ts";
import type { IndexedView } from "./view.ts";
import { worthOf } from "./winners.ts";

export interface RedeemerOptions extends BatchOptions, WorthOptions {
  readonly view: IndexedView;
  readonly chain: Pick<Chain, "calls" | "estimateGas" | "fees">;
  readonly outbox: Intents;
  readonly winners: WinnerStore;
  readonly exposure: Exposure;
  readonly log: Log;
  /** Seconds after an epoch's end before its VRF output may show: the clock slack s and a round trip. */
  readonly waitAfterEpoch: Seconds;
}

/** Seconds until fees are looked at again for what was not worth its gas; a quarter of an epoch where that is less. */
const LOOK_AGAIN = 60;

/** Why winners wait, or were given up. */
type Held = Unworthy | "behind-earlier-winners";
/** Why winners were given up while their window was open. */
const GAVE_WAY = "gave-way-to-later-winners";

/** What one pass has found so far. */
interface Pass {
  readonly current: Epoch;
  /** Channels whose earlier winners are under way, or wait for money: nothing may pass them. */
  readonly blocked: Set<ChannelId>;
  /** Epochs that wait because they are worth too little, oldest first. */
  readonly waiting: Waiting[];
}

const UNSETTLED: readonly WinnerState[] = ["won", "submitted"];

export class Redeemer {
  readonly #options: RedeemerOptions;
  readonly #refused = new RefusedBatches();
  readonly #attempts: AttemptLog;
  readonly #batches: RedemptionBatches;
  readonly #worth: RedemptionWorth;
  /** Epochs whose winners wait because of what they are worth now. */
  readonly #unworthy = new Map<Epoch, Held>();
  /** When gas is looked at again for what waits, in chain time. */
  readonly #looksAgain = new Map<Epoch, number>();
  /** Zero at first: also what was undone before this object was made is looked at again. */
  #rollbacksSeen = 0;
  #deepRollbacksSeen = 0;

  /** Throws where the view keeps no redemptions of this relay. */
  constructor(options: RedeemerOptions) {
    const { redeemer } = options.view.emptyState;
    if (redeemer === undefined || !equalBytes(redeemer, options.vrfKey))
      throw new Error("the view keeps the redemptions of another relay, or of none");
    this.#options = options;
    this.#attempts = new AttemptLog(options.outbox, options.view);
    this.#batches = new RedemptionBatches(options);
    this.#worth = new RedemptionWorth(options, this.#batches);
  }

  /** Tells the exposure what earlier runs have won and have not been paid yet. */
  async restore(): Promise<void> {
    const { winners, exposure } = this.#options;
    for (const epoch of await winners.epochs(UNSETTLED))
      exposure.setKnown(epoch, sumByChannel(await winners.list(epoch, UNSETTLED)));
  }

  /** One pass. A refusal in one epoch does not hold up the others; the first one is thrown at the end. */
  async step(): Promise<void> {
    const { view, winners, exposure } = this.#options;
    if (view.head === undefined) return;
    const now = view.chainTime();
    const current = epochAt(view.params, now);
    if (current === undefined) return;
    await this.#lookAgainAfterReorg(current);

    const pass: Pass = { current, blocked: new Set(), waiting: [] };
    let refusal: WaybillError | undefined;
    for (const epoch of await winners.epochs(UNSETTLED)) {
      if (!this.#isDrawn(epoch, now)) break;
      try {
        const open = await this.#settle(epoch, pass);
        if (open === undefined) break;
        if (!this.#letsPass(epoch, pass)) for (const { channel } of open) pass.blocked.add(channel);
        exposure.setKnown(epoch, sumByChannel(open));
      } catch (error) {
        if (!hasCode(error, "CHAIN_REVERTED") && !hasCode(error, "CHAIN_CALL_FAILED")) throw error;
        refusal ??= error;
        for (const { channel } of await winners.list(epoch, UNSETTLED)) pass.blocked.add(channel);
      }
    }
    if (this.#isSame()) this.#forget(current, now);
    if (refusal !== undefined) throw refusal;
  }

  /** No more answers can come in, and the epoch's VRF output may be shown. */
  #isDrawn(epoch: Epoch, now: Seconds): boolean {
    return now >= endOf(this.#options.view.params, epoch) + this.#options.waitAfterEpoch;
  }

  /** What waits for its worth may be passed when that is better; after its window there is nothing to wait for. */
  #letsPass(epoch: Epoch, { current, waiting }: Pass): boolean {
    const isOver = current > epoch + this.#options.view.params.redemptionWindow;
    return isOver ? this.#unworthy.has(epoch) : waiting.at(-1)?.epoch === epoch;
  }

  /** False once blocks were undone since the pass began: what it has read does not go together any more. */
  #isSame(): boolean {
    return this.#options.view.rollbacks === this.#rollbacksSeen;
  }

  /**
   * Brings one epoch forward; returns its winners that are still unpaid. Undefined when blocks were undone meanwhile:
   * the next pass decides.
   */
  async #settle(epoch: Epoch, pass: Pass): Promise<readonly WinningTicket[] | undefined> {
    const { winners, view } = this.#options;
    const { current, blocked } = pass;
    const attempts = await this.#attempts.of(this.#key(epoch));
    if (attempts.underWay) return winners.list(epoch, UNSETTLED);
    const submitted = await winners.list(epoch, ["submitted"]);
    if (!this.#isSame()) return undefined;
    await this.#conclude(submitted);
    const won = await winners.list(epoch, ["won"]);
    if (!this.#isSame()) return undefined;
    const { paid = [], open = [] } = Object.groupBy(won, (ticket) =>
      isPaid(ticket, this.#redemptionsOf(ticket)) === true ? "paid" : "open",
    );
    // Somebody else has redeemed them for the relay: who watches for it, or this node before it was restored.
    await this.#conclude(paid);
    const last = epoch + view.params.redemptionWindow;
    if (current > last) {
      if (!this.#isSurelyAfter(toEpoch(last))) return open;
      await this.#giveUp(epoch, open);
      return [];
    }
    if (open.length === 0 || this.#isResting(epoch, current, attempts)) return open;

    const selection = this.#select(epoch, open, current, blocked);
    await this.#reject(selection);
    if (selection.chosen.length > 0)
      await this.#decide({ epoch, key: attempts.nextKey, selection }, pass);
    return winners.list(epoch, UNSETTLED);
  }

  #select(
    epoch: Epoch,
    winners: readonly WinningTicket[],
    current: Epoch,
    blocked: ReadonlySet<ChannelId>,
  ): Selection {
    const { view } = this.#options;
    return selectWinners({
      ...{ winners, blocked, params: view.params },
      channel: (id) => view.channel(id),
      sureChannel: (id) => (view.sureBlock === undefined ? undefined : view.sureChannel(id)),
      lastChance: current === epoch + view.params.redemptionWindow,
    });
  }

  /** Confirmed blocks are past the epoch: no money is given up for what one block says of the time. */
  #isSurelyAfter(epoch: Epoch): boolean {
    const { view } = this.#options;
    return (view.sureBlock?.timestamp ?? 0) >= endOf(view.params, epoch);
  }

  #key(epoch: Epoch): string {
    return `redeem:${this.#options.relay}:${epoch}`;
  }

  /** True while a batch that the chain refused must not be tried again. */
  #isResting(epoch: Epoch, current: Epoch, attempts: Attempts): boolean {
    const { view, log } = this.#options;
    const last = toEpoch(epoch + view.params.redemptionWindow);
    const end = current === last ? endOf(view.params, last) : undefined;
    const found = this.#refused.look(epoch, attempts, { current, now: view.chainTime(), end });
    if (found === "refused") {
      const { lastError } = attempts;
      log.error(`redeeming failed: ${lastError?.message ?? "no reason known"}`, {
        epoch,
        code: lastError?.code,
      });
    }
    return found !== "may-try";
  }

  #redemptionsOf({ channel }: WinningTicket): readonly Redemption[] {
    return this.#options.view.sureState.redemptions.get(channel) ?? [];
  }

  async #conclude(sent: readonly WinningTicket[]): Promise<void> {
    const { winners } = this.#options;
    const verdicts = Map.groupBy(sent, (ticket) =>
      JSON.stringify(verdictOf(ticket, this.#redemptionsOf(ticket))),
    );
    for (const [text, tickets] of verdicts) {
      const { state, reason } = JSON.parse(text) as { state: WinnerState; reason?: string };
      await winners.mark(tickets, state, reason);
    }
  }

  async #reject({ rejected }: Selection): Promise<void> {
    for (const [reason, list] of Map.groupBy(rejected, (one) => one.reason)) {
      const tickets = list.map(({ ticket }) => ticket);
      await this.#options.winners.mark(tickets, "rejected", reason);
      this.#options.log.warn("winning tickets cannot be redeemed", {
        reason,
        tickets: tickets.length,
        amount: worthOf(tickets),
      });
    }
  }

  async #giveUp(epoch: Epoch, open: readonly WinningTicket[]): Promise<void> {
    if (open.length === 0) return;
    const reason = this.#unworthy.get(epoch) ?? "window-over";
    await this.#options.winners.mark(open, "expired", reason);
    this.#options.log.warn("winning tickets were not redeemed in time", {
      epoch,
      tickets: open.length,
      amount: worthOf(open),
    });
  }

  /** Sends what is worth it, or what has to go before it, or lets it wait. */
  async #decide(one: Waiting, pass: Pass): Promise<void> {
    const { epoch, selection } = one;
    if (this.#options.view.chainTime() < (this.#looksAgain.get(epoch) ?? 0)) {
      pass.waiting.push(one);
      return;
    }
    const reason = await this.#worth.unworthiness(one, pass.current);
    if (reason !== undefined) {
      await this.#wait(one, reason, pass);
      return;
    }
    const inFront = inFrontOf(selection, pass.waiting);
    const [first] = inFront;
    if (first === undefined) await this.#send(one);
    else if (await this.#worth.pay([...inFront, one], pass.current)) {
      const { chosen, held } = first.selection;
      for (const { channel } of [...chosen, ...held]) pass.blocked.add(channel);
      pass.waiting.splice(pass.waiting.indexOf(first), 1);
      await this.#send(first);
    } else await this.#passBy(one, inFront, pass);
  }

  /** Sends what is behind nobody, and what cannot wait any longer for those in front of it: these are given up. */
  async #passBy(one: Waiting, inFront: readonly Waiting[], pass: Pass): Promise<void> {
    const { epoch, selection } = one;
    const blocked = new Set(pass.blocked);
    for (const { selection: earlier } of inFront)
      for (const ticket of [...earlier.chosen, ...earlier.held])
        if (!this.#worth.isLastChance(epoch, [ticket], pass.current)) blocked.add(ticket.channel);
    const free = {
      ...one,
      selection: this.#select(epoch, selection.chosen, pass.current, blocked),
    };
    const isWorthIt =
      free.selection.chosen.length > 0 &&
      (await this.#worth.unworthiness(free, pass.current)) === undefined;
    if (!isWorthIt) {
      await this.#wait(one, "behind-earlier-winners", pass);
      return;
    }
    const sent = await this.#send(free);
    const lost = inFront.flatMap((earlier) => gaveWay(earlier.selection, sent));
    if (lost.length === 0) return;
    await this.#options.winners.mark(lost, "expired", GAVE_WAY);
    this.#options.log.warn(
      "winning tickets that are worth too little gave way to later ones, which cannot wait",
      { tickets: lost.length, amount: worthOf(lost), later: epoch },
    );
  }

  /** Returns what it sends: nothing when blocks were undone meanwhile, since the next pass decides. */
  async #send({ epoch, key, selection }: Waiting): Promise<readonly WinningTicket[]> {
    const { outbox, winners, log } = this.#options;
    const { call, tickets, gas } = await this.#batches.next(epoch, selection);
    if (!this.#isSame()) return [];
    this.#unworthy.delete(epoch);
    await winners.mark(tickets, "submitted");
    log.info("redeeming", { epoch, tickets: tickets.length, amount: worthOf(tickets) });
    await outbox.intend(key, call, gas);
    return tickets;
  }

  /** Keeps with the winners why they wait, and says it when that changes. */
  async #wait(one: Waiting, reason: Held, { waiting }: Pass): Promise<void> {
    const { view, winners, log, tokenPrice } = this.#options;
    const { epoch, selection } = one;
    waiting.push(one);
    const pause = Math.min(LOOK_AGAIN, view.params.epochLength / 4);
    if (reason !== "below-least-payout" && tokenPrice !== undefined)
      this.#looksAgain.set(epoch, view.chainTime() + pause);
    if (this.#unworthy.get(epoch) === reason) return;
    this.#unworthy.set(epoch, reason);
    await winners.mark(selection.chosen, "won", reason);
    const says =
      reason === "behind-earlier-winners"
        ? "winning tickets wait for earlier ones of their channels, which are worth too little now"
        : "winning tickets wait: they are worth too little for a transaction now";
    const { length: tickets } = selection.chosen;
    log.info(says, { epoch, reason, tickets, amount: worthOf(selection.chosen) });
  }

  /**
   * Payments that a reorg may have undone are open again, with the batches that brought them. So is what was given
   * up, once blocks were undone that had counted as confirmed.
   */
  async #lookAgainAfterReorg(current: Epoch): Promise<void> {
    const { rollbacks, deepRollbacks } = this.#options.view;
    if (rollbacks === this.#rollbacksSeen) return;
    await this.#reopen(["redeemed"], "submitted", current);
    if (deepRollbacks !== this.#deepRollbacksSeen)
      await this.#reopen(["rejected", "expired"], "won", current);
    this.#rollbacksSeen = rollbacks;
    this.#deepRollbacksSeen = deepRollbacks;
  }

  /** Of epochs whose window is open. */
  async #reopen(from: readonly WinnerState[], to: WinnerState, current: Epoch): Promise<void> {
    const { view, winners } = this.#options;
    for (const epoch of await winners.epochs(from))
      if (epoch + view.params.redemptionWindow >= current)
        await winners.mark(await winners.list(epoch, from), to);
  }

  #forget(current: Epoch, now: Seconds): void {
    const { view, exposure } = this.#options;
    const oldest = toEpoch(Math.max(0, current - view.params.redemptionWindow));
    for (let epoch = current; epoch >= oldest && epoch >= 0; epoch = (epoch - 1) as Epoch)
      if (this.#isDrawn(epoch, now)) {
        exposure.drawn(epoch, oldest);
        break;
      }
    this.#refused.forgetBefore(oldest);
    this.#batches.forgetBefore(oldest);
    for (const map of [this.#unworthy, this.#looksAgain])
      for (const epoch of map.keys()) if (epoch < oldest) map.delete(epoch);
  }
}

function sumByChannel(tickets: readonly WinningTicket[]): Map<ChannelId, bigint> {
  const sums = new Map<ChannelId, bigint>();
  for (const { channel, amount } of tickets) sums.set(channel, (sums.get(channel) ?? 0n) + amount);
  return sums;
}
