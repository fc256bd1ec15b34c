/**
 * A relay's duty (docs/protocol.md §7): an open, funded channel to every relay of the layer after its own, in this
 * era and, as soon as its layers are known, in the next. Channels are paid from the agent's tokens, or from
 * the relay's earnings within the allowance that its owner set.
 */
import { eraAt } from "../core/epochs/epochs.ts";
import { channelIdOf, relayPayerId } from "../core/tickets/index.ts";
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

export class ChannelKeeper {
  readonly #options: ChannelKeeperOptions;
  readonly #attempts: AttemptLog;
  #missing: readonly RelayId[] = [];
  #said = "";

  constructor(options: ChannelKeeperOptions) {
    this.#options = options;
    this.#attempts = new AttemptLog(options.outbox, options.view);
  }

  /** Relays of the running era's next layer to which no funded open channel leads: packets to them are dropped. */
  get missing(): readonly RelayId[] {
    return this.#missing;
  }

  /** One look at all duties: starts what is missing and can be paid. */
  async step(): Promise<void> {
    const { view } = this.#options;
    const current = eraAt(view.params, view.chainTime());
    if (view.head === undefined || current === undefined) return;
    const owed = this.#duties(current);
    this.#missing = owed.filter((relay) => !isUsable(this.#channelTo(relay)));
    const duties = new Set([...owed, ...this.#duties(toEra(current + 1))]);
    const lacking = [...duties].filter((relay) => !this.#isFilled(this.#channelTo(relay)));
    const unpaid = lacking.length === 0 ? [] : await this.#fill(lacking);
    this.#warn(current, unpaid.length);
  }

  #duties(era: Era): readonly RelayId[] {
    const view = this.#options.view.era(era);
    const layer = view?.layerOf(this.#options.relay);
    if (view === undefined || layer === undefined || layer === 2) return [];
    return view.layers[layer === 0 ? 1 : 2];
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

  /** Starts payments into channels; returns the relays for which there is no money or no way. */
  async #fill(relays: readonly RelayId[]): Promise<readonly RelayId[]> {
    const { target, budget, outbox } = this.#options;
    const wanted = target * BigInt(relays.length);
    const purse = await this.#openPurse(wanted < budget ? wanted : budget);
    const waiting: { relay: RelayId; key: string; resting: boolean }[] = [];
    for (const relay of relays) {
      const attempts = await this.#attempts.of(`channel:${this.#idTo(relay)}`);
      if (attempts.underWay) purse.reserve(target);
      else waiting.push({ relay, key: attempts.nextKey, resting: attempts.resting });
    }
    const unpaid: RelayId[] = [];
    for (const { relay, key, resting } of waiting) {
      const channel = this.#channelTo(relay);
      const lacking = amount(target - (channel?.balance ?? 0n));
      // A closing channel takes no money; it can be opened again once it is closed.
      const mustWait = resting || channel?.status === "closing";
      const source = mustWait ? undefined : purse.take(lacking);
      if (source === undefined) unpaid.push(relay);
      else await outbox.intend(key, this.#payment(relay, channel, lacking, source));
    }
    return unpaid;
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
    const news = JSON.stringify([era, unpaid, this.#missing.length]);
    if (news === this.#said) return;
    this.#said = news;
    if (this.#missing.length > 0 || unpaid > 0)
      log.warn("channels to the next layer are missing; packets to these relays are dropped", {
        missing: this.#missing.length,
        withoutMoney: unpaid,
      });
    else if (view.era(era) !== undefined) log.info("all channels to the next layer are funded");
  }
}

/** Tickets can be drawn on it. */
function isUsable(channel: ChannelState | undefined): boolean {
  return channel?.status === "open" && channel.balance > 0n;
}
