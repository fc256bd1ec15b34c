/**
 * A relay's duty (docs/protocol.md §7): an open, funded channel to every relay of the layer after its own, in this
 * era and, as soon as its layers are known, in the next. Channels are paid from the agent's tokens, or from
 * the relay's earnings within the allowance that its owner set; what lies in channels that no duty needs any more
 * comes back by closing them. All of it by one policy, and each step with its reason in the journal. A free network
 * has no channels, and no such duty.
 */
import { epochAt, eraAt, firstEpochOf } from "../core/epochs/epochs.ts";
import { channelIdOf, isFree, relayPayerId } from "../core/tickets/index.ts";
import {
  amount,
  era as toEra,
  type Address,
  type Amount,
  type Era,
  type RelayId,
} from "../core/units.ts";
import type { ChannelParties } from "../ports/calls.ts";
import type { Call, Chain } from "../ports/chain.ts";
import type { Log } from "../ports/log.ts";
import type { ChannelState } from "../ports/network.ts";
import type { JournalStore } from "../ports/store.ts";
import { AttemptLog } from "./attempts.ts";
import { ChannelActions, type Action } from "./channel-actions.ts";
import { termsFor, type ChannelPolicy, type ChannelTerms } from "./channel-policy.ts";
import type { Outbox } from "./outbox.ts";
import { Purse, type Source } from "./purse.ts";
import type { IndexedView } from "./view.ts";

export interface ChannelKeeperOptions {
  readonly relay: RelayId;
  readonly ticketSigner: Address;
  readonly view: IndexedView;
  readonly chain: Pick<Chain, "calls" | "reads" | "fees">;
  readonly outbox: Outbox;
  readonly journal: JournalStore;
  readonly log: Log;
  readonly policy: ChannelPolicy;
}

/** Relays to which channels have to lead. */
interface Duties {
  /** For what this relay forwards. */
  readonly next: readonly RelayId[];
  /** For what it sends to itself. */
  readonly cover: readonly RelayId[];
}

/** For how many relays there is no money or no way now, and what money they lack. */
interface Unpaid {
  readonly all: number;
  readonly lacking: bigint;
}

export class ChannelKeeper {
  readonly #options: ChannelKeeperOptions;
  readonly #attempts: AttemptLog;
  readonly #actions: ChannelActions;
  #missing: readonly RelayId[] = [];
  #missingForCover: readonly RelayId[] = [];
  /** Tokens are there that the contract may not take yet. */
  #approving = false;
  #said = "";

  constructor(options: ChannelKeeperOptions) {
    this.#options = options;
    const { view, chain, outbox, journal, policy } = options;
    this.#attempts = new AttemptLog(outbox, view);
    const { gasPerEpoch } = policy;
    this.#actions = new ChannelActions({ view, chain, outbox, journal, gasPerEpoch });
  }

  /** Relays of the running era's next layer to which no funded open channel leads: packets to them are dropped. */
  get missing(): readonly RelayId[] {
    return this.#missing;
  }

  /** The same for the first layer, which this relay's cover needs. */
  get missingForCover(): readonly RelayId[] {
    return this.#missingForCover;
  }

  /** One look at all duties: starts what is missing and can be paid, and what brings money back. */
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
    const isLacking = (relay: RelayId): boolean => !this.#isFilled(relay);
    const next = new Set([...owed.next, ...coming.next].filter(isLacking));
    const all = new Set([...next, ...[...owed.cover, ...coming.cover].filter(isLacking)]);
    await this.#actions.begin();
    await this.#finalise();
    const unpaid =
      all.size === 0
        ? { all: 0, lacking: 0n }
        : await this.#fill([...next], [...all].slice(next.size));
    const needed = new Set([...owed.next, ...owed.cover, ...coming.next, ...coming.cover]);
    const lacking = this.#approving ? 0n : unpaid.lacking;
    await this.#closeIdle(current, needed, lacking);
    await this.#explain({ ...unpaid, lacking });
    this.#warn(current, unpaid.all);
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

  /** Also one that the policy leaves alone. */
  #isFilled(relay: RelayId): boolean {
    const terms = termsFor(this.#options.policy, relay);
    const channel = this.#channelTo(relay);
    if (terms === "never") return true;
    return channel?.status === "open" && channel.balance >= terms.lowWater;
  }

  /**
   * Starts payments into channels, first into `next`; where one of these lacks money, none of it goes into
   * `cover`.
   */
  async #fill(next: readonly RelayId[], cover: readonly RelayId[]): Promise<Unpaid> {
    const { policy } = this.#options;
    const wanted = [...next, ...cover].reduce((sum, relay) => sum + this.#terms(relay).target, 0n);
    const purse = await this.#openPurse(wanted < policy.budget ? wanted : policy.budget);
    const unpaid = await this.#fillFrom(purse, next);
    if (unpaid.lacking > 0n) return { ...unpaid, all: unpaid.all + cover.length };
    const rest = await this.#fillFrom(purse, cover);
    return { all: unpaid.all + rest.all, lacking: rest.lacking };
  }

  /** Asked only for relays that the policy allows. */
  #terms(relay: RelayId): ChannelTerms {
    const terms = termsFor(this.#options.policy, relay);
    return terms === "never" ? this.#options.policy : terms;
  }

  async #fillFrom(purse: Purse, relays: readonly RelayId[]): Promise<Unpaid> {
    const waiting: { relay: RelayId; key: string; resting: boolean }[] = [];
    for (const relay of relays) {
      const attempts = await this.#attempts.of(`channel:${this.#idTo(relay)}`);
      if (attempts.underWay) purse.reserve(this.#terms(relay).target);
      else waiting.push({ relay, key: attempts.nextKey, resting: attempts.resting });
    }
    let all = 0;
    let missing = 0n;
    for (const { relay, key, resting } of waiting) {
      const channel = this.#channelTo(relay);
      const gap = this.#terms(relay).target - (channel?.balance ?? 0n);
      // A closing channel may hold more than its target.
      const lacking = amount(gap > 0n ? gap : 0n);
      // A closing channel takes no money; it can be opened again once it is closed.
      const mustWait = resting || channel?.status === "closing" || !this.#actions.hasRoom;
      const source = mustWait ? undefined : purse.take(lacking);
      if (source === undefined) {
        all += 1;
        missing += mustWait ? 0n : lacking;
      } else {
        const { call, action } = this.#payment(relay, channel, lacking, source);
        await this.#actions.take(key, call, action);
      }
    }
    return { all, lacking: missing };
  }

  async #openPurse(wanted: bigint): Promise<Purse> {
    const { chain, outbox, relay, view, policy } = this.#options;
    const { reads } = chain;
    const tokens = await reads.tokenBalance(outbox.account);
    const approved = await reads.tokenAllowance(outbox.account, view.params.channels);
    this.#approving =
      policy.sources.includes("tokens") &&
      approved < wanted &&
      approved < tokens &&
      (await this.#approve());
    const earnings = await reads.earnings(relay);
    const allowance = await reads.agentAllowance(relay);
    const locked = this.#own().reduce((sum, { balance }) => sum + balance, 0n);
    return new Purse({
      tokens: approved < tokens ? approved : tokens,
      earnings: allowance < earnings ? allowance : earnings,
      budget: policy.budget - locked,
      order: policy.sources,
    });
  }

  #own(): readonly ChannelState[] {
    const { relay, view } = this.#options;
    return view.channelsFrom(relayPayerId(relay));
  }

  /** Lets the channels contract take the budget from the agent's tokens; false when it cannot be done now. */
  async #approve(): Promise<boolean> {
    const { chain, view, policy } = this.#options;
    const { underWay, resting, nextKey } = await this.#attempts.of(
      `approve:${view.params.channels}`,
    );
    if (underWay || resting) return underWay;
    const { budget } = policy;
    return this.#actions.take(nextKey, chain.calls.approve(view.params.channels, budget), {
      action: "approve-tokens",
      relay: undefined,
      amount: budget,
      why: "the channels contract may take the budget from the agent's tokens",
    });
  }

  #payment(
    relay: RelayId,
    channel: ChannelState | undefined,
    lacking: Amount,
    source: Source,
  ): { readonly call: Call; readonly action: Action } {
    const { chain, relay: self, ticketSigner } = this.#options;
    const { calls } = chain;
    const id = this.#idTo(relay);
    const from = source === "tokens" ? "from the agent's tokens" : "from earnings";
    if (channel?.status === "open") {
      const why = `less than its low-water mark was left; filled up ${from}`;
      const action = { action: "fund-channel", relay, amount: lacking, why } as const;
      const fromEarnings = calls.fundFromEarnings(self, id, lacking);
      return { call: source === "tokens" ? calls.fundChannel(id, lacking) : fromEarnings, action };
    }
    // Earnings go into open channels only: the money follows in the next step.
    const first = source === "tokens" ? lacking : amount(0n);
    const parties = { payer: { kind: "relay", relay: self }, ticketSigner, relay } as const;
    const why =
      `this relay's layer leads to it in this era or the next; ` +
      (source === "tokens" ? `paid ${from}` : `the money follows ${from}`);
    const action = { action: "open-channel", relay, amount: first, why } as const;
    return { call: calls.openChannel(parties, first), action };
  }

  /** Closes what no duty needs, as the policy says; `lacking`: money that is missing elsewhere. */
  async #closeIdle(current: Era, needed: ReadonlySet<RelayId>, lacking: bigint): Promise<void> {
    const { policy, view, ticketSigner, chain } = this.#options;
    const epoch = epochAt(view.params, view.chainTime());
    const settled = firstEpochOf(view.params, current) + policy.idleEpochs;
    if (policy.idle === "keep" || epoch === undefined || epoch < settled) return;
    // Without layers nobody knows what this era needs.
    if (view.era(current) === undefined) return;
    const own = this.#own();
    const back = own.filter(({ status }) => status === "closing");
    let missing = lacking - back.reduce((sum, { balance }) => sum + balance, 0n);
    const idle = own
      .filter((channel) => channel.status === "open")
      .filter((channel) => channel.ticketSigner !== ticketSigner || !needed.has(channel.relay))
      .toSorted((a, b) => Number(b.balance > a.balance) - Number(b.balance < a.balance));
    for (const channel of idle) {
      const isShort = missing > 0n && channel.balance > 0n;
      if (policy.idle === "close-when-short" && !isShort) return;
      const attempts = await this.#attempts.of(`close:${channel.id}:${channel.generation}`);
      missing -= channel.balance;
      if (attempts.underWay || attempts.resting) continue;
      await this.#actions.take(
        attempts.nextKey,
        chain.calls.initiateClose(this.#parties(channel)),
        {
          action: "close-channel",
          relay: channel.relay,
          amount: channel.balance,
          why: isShort
            ? "no layer leads to it any more, and its money is missing elsewhere"
            : "no layer leads to it any more",
        },
      );
    }
  }

  /** What a closed channel held becomes earnings of this relay. */
  async #finalise(): Promise<void> {
    const { chain, view } = this.#options;
    for (const channel of this.#own()) {
      if (channel.status !== "closing" || view.chainTime() < channel.closableAt) continue;
      const attempts = await this.#attempts.of(`finalise:${channel.id}:${channel.generation}`);
      if (attempts.underWay || attempts.resting) continue;
      await this.#actions.take(
        attempts.nextKey,
        chain.calls.finaliseClose(this.#parties(channel)),
        {
          action: "finalise-channel",
          relay: channel.relay,
          amount: channel.balance,
          why: "its notice period is over; what is left becomes earnings",
        },
      );
    }
  }

  #parties({ ticketSigner, relay }: ChannelState): ChannelParties {
    return { payer: { kind: "relay", relay: this.#options.relay }, ticketSigner, relay };
  }

  /** In the journal, when the reason changes. */
  async #explain({ all, lacking }: Unpaid): Promise<void> {
    if (!this.#actions.hasRoom)
      await this.#actions.wait("this epoch's gas for channels is spent; the rest waits");
    else if (lacking > 0n)
      await this.#actions.wait(
        `${all} channels wait for money: the budget, the agent's tokens or the allowance is used up`,
      );
    else await this.#actions.wait("");
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
