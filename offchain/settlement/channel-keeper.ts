/**
 * A relay's duty (docs/protocol.md §7): an open, funded channel to every relay of the layer after its own, in this
 * era and, as soon as its layers are known, in the next. Channels are paid from the agent's tokens, or from
 * the relay's earnings within the allowance that its owner set. A free network has no channels, and no such duty.
 */
import { eraAt } from "../core/epochs/epochs.ts";
import { channelIdOf, isFree, relayPayerId } from "../core/tickets/index.ts";
import {
  amount,
  era as toEra,
  type Address,
  type Amount,
  type Era,
  type RelayId,
} from "../core/units.ts";
import type { Call, Chain } from "../ports/chain.ts";
import type { Log } from "../ports/log.ts";
import type { ChannelState } from "../ports/network.ts";
import { AttemptLog } from "./attempts.ts";
import type { Outbox } from "./outbox.ts";
import { Purse, type Source } from "./purse.ts";
import type { IndexedView } from "./view.ts";

export interface ChannelKeeperOptions {
  readonly relay: RelayId;
  readonly ticketSigner: Address;
  readonly view: IndexedView;
  readonly chain: Pick<Chain, "calls" | "reads">;
  readonly outbox: Outbox;
  readonly log: Log;
  /** What a channel is filled up to. It is topped up when less than half of it is left. */
  readonly target: Amount;
  /** Most that may lie in all outgoing channels together. */
  readonly budget: Amount;
}

/** Relays to which channels have to lead. */
interface Duties {
  /** For what this relay forwards. */
  readonly next: readonly RelayId[];
  /** For what it sends to itself. */
  readonly cover: readonly RelayId[];
}

export class ChannelKeeper {
  readonly #options: ChannelKeeperOptions;
  readonly #attempts: AttemptLog;
  #missing: readonly RelayId[] = [];
  #missingForCover: readonly RelayId[] = [];
  #said = "";

  constructor(options: ChannelKeeperOptions) {
    this.#options = options;
    this.#attempts = new AttemptLog(options.outbox, options.view);
  }

  /** Relays of the running era's next layer to which no funded open channel leads: packets to them are dropped. */
  get missing(): readonly RelayId[] {
    return this.#missing;
  }

  /** The same for the first layer, which this relay's cover needs. */
  get missingForCover(): readonly RelayId[] {
    return this.#missingForCover;
  }

  /** One look at all duties: starts what is missing and can be paid. */
  async step(): Promise<void> {
    const { view } = this.#options;
    const { params } = view;
    const current = eraAt(params, view.chainTime());
    if (view.head === undefined || current === undefined || isFree(params.ticketAmounts)) return;
    const owed = this.#duties(current);
    const coming = this.#duties(toEra(current + 1));
    const isMissing = (relay: RelayId): boolean => !isUsable(this.#channelTo(relay));
    this.#missing = owed.next.filter(isMissing);
    this.#missingForCover = owed.cover.filter(isMissing);
    const isLacking = (relay: RelayId): boolean => !this.#isFilled(this.#channelTo(relay));
    const next = new Set([...owed.next, ...coming.next].filter(isLacking));
    const all = new Set([...next, ...[...owed.cover, ...coming.cover].filter(isLacking)]);
    const unpaid = all.size === 0 ? 0 : await this.#fill([...next], [...all].slice(next.size));
    this.#warn(current, unpaid);
  }

  #duties(era: Era): Duties {
    const { relay: self, view } = this.#options;
    const eraView = view.era(era);
    const layer = eraView?.layerOf(self);
    if (eraView === undefined || layer === undefined) return { next: [], cover: [] };
    const next = layer === 2 ? [] : eraView.layers[layer === 0 ? 1 : 2];
    const cover = view.params.lottery === undefined ? [] : eraView.layers[0];
    return { next, cover: cover.filter((relay) => relay !== self) };
  }

  #channelTo(relay: RelayId): ChannelState | undefined {
    return this.#options.view.channel(this.#idTo(relay));
  }

  #idTo(relay: RelayId) {
    const { relay: self, ticketSigner } = this.#options;
    return channelIdOf(relayPayerId(self), ticketSigner, relay);
  }

  #isFilled(channel: ChannelState | undefined): boolean {
    return channel?.status === "open" && channel.balance * 2n >= this.#options.target;
  }

  /**
   * Starts payments into channels, first into `next`; where one of these lacks money, none of it goes into
   * `cover`. Returns for how many relays there is no money or no way.
   */
  async #fill(next: readonly RelayId[], cover: readonly RelayId[]): Promise<number> {
    const { target, budget } = this.#options;
    const wanted = target * BigInt(next.length + cover.length);
    const purse = await this.#openPurse(wanted < budget ? wanted : budget);
    const unpaid = await this.#fillFrom(purse, next);
    if (unpaid.withoutMoney > 0) return unpaid.all + cover.length;
    return unpaid.all + (await this.#fillFrom(purse, cover)).all;
  }

  async #fillFrom(
    purse: Purse,
    relays: readonly RelayId[],
  ): Promise<{ readonly all: number; readonly withoutMoney: number }> {
    const { target, outbox } = this.#options;
    const waiting: { relay: RelayId; key: string; resting: boolean }[] = [];
    for (const relay of relays) {
      const attempts = await this.#attempts.of(`channel:${this.#idTo(relay)}`);
      if (attempts.underWay) purse.reserve(target);
      else waiting.push({ relay, key: attempts.nextKey, resting: attempts.resting });
    }
    let withoutMoney = 0;
    let mustWait = 0;
    for (const { relay, key, resting } of waiting) {
      const channel = this.#channelTo(relay);
      const lacking = amount(target - (channel?.balance ?? 0n));
      // A closing channel takes no money; it can be opened again once it is closed.
      if (resting || channel?.status === "closing") {
        mustWait++;
        continue;
      }
      const source = purse.take(lacking);
      if (source === undefined) withoutMoney++;
      else await outbox.intend(key, this.#payment(relay, channel, lacking, source));
    }
    return { all: withoutMoney + mustWait, withoutMoney };
  }

  async #openPurse(wanted: bigint): Promise<Purse> {
    const { chain, outbox, relay, view, budget } = this.#options;
    const { reads } = chain;
    const tokens = await reads.tokenBalance(outbox.account);
    const approved = await reads.tokenAllowance(outbox.account, view.params.channels);
    if (approved < wanted && approved < tokens) await this.#approve();
    const earnings = await reads.earnings(relay);
    const allowance = await reads.agentAllowance(relay);
    const locked = view
      .channelsFrom(relayPayerId(relay))
      .reduce((sum, { balance }) => sum + balance, 0n);
    return new Purse({
      tokens: approved < tokens ? approved : tokens,
      earnings: allowance < earnings ? allowance : earnings,
      budget: budget - locked,
    });
  }

  /** Lets the channels contract take the budget from the agent's tokens. */
  async #approve(): Promise<void> {
    const { chain, outbox, view, budget } = this.#options;
    const { underWay, resting, nextKey } = await this.#attempts.of(
      `approve:${view.params.channels}`,
    );
    if (!underWay && !resting)
      await outbox.intend(nextKey, chain.calls.approve(view.params.channels, budget));
  }

  #payment(
    relay: RelayId,
    channel: ChannelState | undefined,
    lacking: Amount,
    source: Source,
  ): Call {
    const { chain, relay: self, ticketSigner } = this.#options;
    const { calls } = chain;
    const id = this.#idTo(relay);
    if (channel?.status === "open")
      return source === "tokens"
        ? calls.fundChannel(id, lacking)
        : calls.fundFromEarnings(self, id, lacking);
    const parties = { payer: { kind: "relay", relay: self }, ticketSigner, relay } as const;
    // Earnings go into open channels only: the money follows in the next step.
    return calls.openChannel(parties, source === "tokens" ? lacking : amount(0n));
  }

  /** Says it when it changes, and once in each era. */
  #warn(era: Era, unpaid: number): void {
    const { log, view } = this.#options;
    const [missing, missingForCover] = [this.#missing.length, this.#missingForCover.length];
    const news = JSON.stringify([era, unpaid, missing, missingForCover]);
    if (news === this.#said) return;
    this.#said = news;
    if (missing > 0)
      log.warn("channels to the next layer are missing; packets to these relays are dropped", {
        ...{ missing, missingForCover, withoutMoney: unpaid },
      });
    else if (missingForCover > 0 || unpaid > 0)
      log.warn("channels are missing or lack money", {
        ...{ missingForCover, withoutMoney: unpaid },
      });
    else if (view.era(era) !== undefined) log.info("all channels are funded");
  }
}

/** Tickets can be drawn on it. */
function isUsable(channel: ChannelState | undefined): boolean {
  return channel?.status === "open" && channel.balance > 0n;
}
