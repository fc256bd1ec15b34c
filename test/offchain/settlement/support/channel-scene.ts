/** A network of six whose channels and one relay's money are ledgers of the test's. */
import type { SimulatedChain } from "../../../../offchain/adapters/simulated-chain/chain.ts";
import { readCall } from "../../../../offchain/adapters/simulated-chain/calls.ts";
import { simulatedSigner } from "../../../../offchain/adapters/simulated-chain/signer.ts";
import { hexToBytes } from "../../../../offchain/core/bytes.ts";
import { dealLayers } from "../../../../offchain/core/layers/layers.ts";
import { channelIdOf, relayPayerId } from "../../../../offchain/core/tickets/index.ts";
import {
  address,
  amount,
  epoch,
  era,
  generation,
  seconds,
  ticketIndex,
  type Amount,
  type ChannelId,
  type RelayId,
} from "../../../../offchain/core/units.ts";
import type { ChainReads } from "../../../../offchain/ports/chain.ts";
import type { ChainEvent, ChannelWord } from "../../../../offchain/ports/events.ts";
import type { NetworkParams } from "../../../../offchain/ports/network.ts";
import { ChannelKeeper } from "../../../../offchain/settlement/channel-keeper.ts";
import { usualPolicy, type ChannelPolicy } from "../../../../offchain/settlement/channel-policy.ts";
import type { Outbox } from "../../../../offchain/settlement/outbox.ts";
import { Agent } from "./agent.ts";
import { PARAMS, relayNumber, simulatedChain } from "./simulation.ts";

const ACCOUNT = address(`0x${"ab".repeat(20)}`);
export const SIGNER = address(`0x${"cd".repeat(20)}`);

export const joined = (n: number): ChainEvent => ({
  kind: "relay-joined",
  relay: relayNumber(n),
  owner: ACCOUNT,
  agent: ACCOUNT,
  recipient: ACCOUNT,
  vrfKey: `0x${"11".repeat(64)}`,
  activeFrom: era(0),
});

export const empty = (channel: ChannelId): ChannelWord => ({
  channel,
  balance: amount(0n),
  nextIndex: ticketIndex(1),
  generation: generation(0),
  status: "open",
  closableAt: seconds(0),
});

export interface Money {
  tokens: bigint;
  approved: bigint;
  earnings: bigint;
  allowance: bigint;
}

/** A network of six in its first era, with ledgers for channels and for one relay's money. */
export class Scene {
  readonly money: Money;
  readonly chain: SimulatedChain;
  readonly agent: Agent;
  readonly outbox: Outbox;
  readonly self: RelayId;
  readonly next: readonly RelayId[];
  /** The other relays of the first layer. */
  readonly first: readonly RelayId[];
  /** Whether the contracts refuse every call. */
  refusing = false;
  readonly #words = new Map<ChannelId, ChannelWord>();

  private constructor(money: Money, chain: SimulatedChain, agent: Agent) {
    this.money = money;
    this.chain = chain;
    this.agent = agent;
    this.outbox = agent.outbox(simulatedSigner("agent"));
    const layers = agent.view.era(era(0))?.layers;
    const [first] = layers?.[0] ?? [];
    if (layers === undefined || first === undefined) throw new Error("the era has layers");
    this.self = first;
    this.next = layers[1];
    this.first = layers[0].slice(1);
  }

  static async create(money: Partial<Money> = {}, params: NetworkParams = PARAMS): Promise<Scene> {
    const box: { scene?: Scene } = {};
    const chain = simulatedChain({
      params,
      execute: (transaction) => {
        const { name, args } = readCall(transaction);
        if (box.scene?.refusing === true) return { revert: { name: "Refused", args: [] } };
        return { events: transaction.nonce < 0 ? [] : (box.scene?.execute(name, args) ?? []) };
      },
    });
    chain.mine([
      ...[1, 2, 3, 4, 5, 6].map(joined),
      { kind: "beacon-final", epoch: epoch(0), value: relayNumber(99) },
    ]);
    const agent = new Agent(chain, params);
    await agent.indexer.step();
    const none = { tokens: 0n, approved: 0n, earnings: 0n, allowance: 0n };
    box.scene = new Scene({ ...none, ...money }, chain, agent);
    return box.scene;
  }

  keeper(target: bigint, budget: bigint, change: Partial<ChannelPolicy> = {}): ChannelKeeper {
    const { money } = this;
    const answer = (value: bigint): Promise<Amount> => Promise.resolve(amount(value));
    const reads: ChainReads = {
      ...this.chain.reads,
      tokenBalance: () => answer(money.tokens),
      tokenAllowance: () => answer(money.approved),
      earnings: () => answer(money.earnings),
      agentAllowance: () => answer(money.allowance),
    };
    return new ChannelKeeper({
      relay: this.self,
      ticketSigner: SIGNER,
      view: this.agent.view,
      chain: { calls: this.chain.calls, reads, fees: () => this.chain.fees() },
      outbox: this.outbox,
      journal: this.agent.store.journal,
      log: this.agent.log,
      policy: { ...usualPolicy(amount(target), amount(budget)), ...change },
    });
  }

  /** Lets the keeper look `rounds` times, a block after each look. */
  async run(keeper: ChannelKeeper, rounds: number): Promise<void> {
    for (let i = 0; i < rounds; i++) {
      await keeper.step();
      await this.outbox.step();
      this.chain.mine();
      await this.outbox.step();
      await this.agent.indexer.step();
    }
    await keeper.step();
  }

  get calls(): string[] {
    return this.chain.transactions.map((transaction) => readCall(transaction).name);
  }

  balances(): bigint[] {
    return this.agent.view.channelsFrom(relayPayerId(this.self)).map(({ balance }) => balance);
  }

  idTo(relay: RelayId): ChannelId {
    return channelIdOf(relayPayerId(this.self), SIGNER, relay);
  }

  tell(event: ChainEvent): void {
    this.chain.mine([event]);
  }

  /** The money side of the calls that a keeper makes. */
  execute(name: string, args: readonly unknown[]): ChainEvent[] {
    if (name === "approve") this.money.approved = BigInt(args[1] as string);
    if (name === "openChannel") {
      const parties = args[0] as { readonly relay: RelayId };
      return this.#open(parties.relay, BigInt(args[1] as string));
    }
    if (name === "fundChannel") {
      const sum = BigInt(args[1] as string);
      this.money.tokens -= sum;
      return this.#fund(args[0] as ChannelId, sum);
    }
    if (name === "fundFromEarnings") {
      const sum = BigInt(args[2] as string);
      this.money.earnings -= sum;
      this.money.allowance -= sum;
      return this.#fund(args[1] as ChannelId, sum);
    }
    if (name === "initiateClose") return this.#close((args[0] as { relay: RelayId }).relay);
    if (name === "finaliseClose") return this.#finalise((args[0] as { relay: RelayId }).relay);
    return [];
  }

  #close(relay: RelayId): ChainEvent[] {
    const before = this.#words.get(this.idTo(relay)) ?? empty(this.idTo(relay));
    const closableAt = seconds(this.agent.view.chainTime() + this.agent.view.params.noticePeriod);
    const word = { ...before, status: "closing" as const, closableAt };
    this.#words.set(word.channel, word);
    return [{ kind: "channel-closing", ...word }];
  }

  #finalise(relay: RelayId): ChainEvent[] {
    const before = this.#words.get(this.idTo(relay)) ?? empty(this.idTo(relay));
    const word = { ...empty(before.channel), generation: generation(before.generation + 1) };
    this.#words.set(word.channel, word);
    this.money.earnings += before.balance;
    return [
      { kind: "channel-closed", returned: before.balance, ...word, status: "closed" as const },
    ];
  }

  /** Chain time goes on by so many seconds, which is as many blocks. */
  async pass(span: number): Promise<void> {
    for (let i = 0; i < span; i++) this.chain.mine();
    await this.agent.indexer.step();
  }

  passEpochs(epochs: number): Promise<void> {
    return this.pass(epochs * this.agent.params.epochLength);
  }

  /** To the start of the next era, whose layers lead this relay to others than the first one did, as far as can be. */
  async moveToNextEra(): Promise<void> {
    const { params, view } = this.agent;
    const start = params.genesis + params.eraLength * params.epochLength;
    await this.pass(start - view.chainTime());
    const order = view.era(era(0))?.order ?? [];
    const value = Array.from({ length: 200 }, (_, n) => relayNumber(n)).find((key) => {
      const layers = dealLayers(hexToBytes(key), order);
      const layer = layers.findIndex((relays) => relays.includes(this.self));
      return layer < 2 && layers[layer + 1]?.every((relay) => !this.next.includes(relay));
    });
    if (value === undefined) throw new Error("some beacon leads elsewhere");
    this.tell({ kind: "beacon-final", epoch: epoch(params.eraLength), value });
    await this.agent.indexer.step();
  }

  /** Tickets worth `sum` are redeemed from the channel to `relay`. */
  spend(relay: RelayId, sum: bigint): void {
    const id = this.idTo(relay);
    const before = this.#words.get(id) ?? empty(id);
    const word = { ...before, balance: amount(before.balance - sum) };
    this.#words.set(id, word);
    const paid = amount(sum);
    this.tell({ kind: "tickets-redeemed", tickets: 1, paid, unpaid: amount(0n), ...word });
  }

  #open(relay: RelayId, sum: bigint): ChainEvent[] {
    const id = this.idTo(relay);
    const word = { ...empty(id), balance: amount(sum) };
    this.#words.set(id, word);
    this.money.tokens -= sum;
    const payer = relayPayerId(this.self);
    return [{ kind: "channel-opened", payer, ticketSigner: SIGNER, relay, ...word }];
  }

  #fund(id: ChannelId, sum: bigint): ChainEvent[] {
    const before = this.#words.get(id) ?? empty(id);
    const word = { ...before, balance: amount(before.balance + sum) };
    this.#words.set(id, word);
    return [{ kind: "channel-funded", added: amount(sum), ...word }];
  }
}
