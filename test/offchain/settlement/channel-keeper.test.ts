import { expect } from "chai";
import fc from "fast-check";

import type { SimulatedChain } from "../../../offchain/adapters/simulated-chain/chain.ts";
import { readCall } from "../../../offchain/adapters/simulated-chain/calls.ts";
import { simulatedSigner } from "../../../offchain/adapters/simulated-chain/signer.ts";
import { channelIdOf, relayPayerId } from "../../../offchain/core/tickets/index.ts";
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
} from "../../../offchain/core/units.ts";
import type { ChainReads } from "../../../offchain/ports/chain.ts";
import type { ChainEvent, ChannelWord } from "../../../offchain/ports/events.ts";
import type { NetworkParams } from "../../../offchain/ports/network.ts";
import { ChannelKeeper } from "../../../offchain/settlement/channel-keeper.ts";
import type { Outbox } from "../../../offchain/settlement/outbox.ts";
import { Agent } from "./support/agent.ts";
import { LOTTERY_PARAMS, PARAMS, relayNumber, simulatedChain } from "./support/simulation.ts";

const ACCOUNT = address(`0x${"ab".repeat(20)}`);
const SIGNER = address(`0x${"cd".repeat(20)}`);

const joined = (n: number): ChainEvent => ({
  kind: "relay-joined",
  relay: relayNumber(n),
  owner: ACCOUNT,
  agent: ACCOUNT,
  recipient: ACCOUNT,
  vrfKey: `0x${"11".repeat(64)}`,
  activeFrom: era(0),
});

const empty = (channel: ChannelId): ChannelWord => ({
  channel,
  balance: amount(0n),
  nextIndex: ticketIndex(1),
  generation: generation(0),
  status: "open",
  closableAt: seconds(0),
});

interface Money {
  tokens: bigint;
  approved: bigint;
  earnings: bigint;
  allowance: bigint;
}

/** A network of six in its first era, with ledgers for channels and for one relay's money. */
class Scene {
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

  keeper(target: bigint, budget: bigint): ChannelKeeper {
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
      chain: { calls: this.chain.calls, reads },
      outbox: this.outbox,
      log: this.agent.log,
      target: amount(target),
      budget: amount(budget),
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
    return [];
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

describe("channel keeper (protocol §7)", () => {
  it("opens and fills a channel to every relay of the next layer, once", async () => {
    const scene = await Scene.create({ tokens: 1_000n });
    const keeper = scene.keeper(100n, 1_000n);
    await keeper.step();
    expect(keeper.missing).to.have.members(scene.next);
    expect(scene.agent.log.lines.at(-1)).to.deep.include({ level: "warn" });

    await scene.run(keeper, 5);
    expect(keeper.missing).to.deep.equal([]);
    expect(scene.balances()).to.deep.equal([100n, 100n]);
    expect(scene.calls).to.deep.equal(["approve", "openChannel", "openChannel"]);
    expect(scene.agent.log.lines.at(-1)).to.deep.include({ level: "info" });
  });

  it("tops a channel up when less than half of its target is left", async () => {
    const scene = await Scene.create({ tokens: 1_000n });
    const keeper = scene.keeper(100n, 1_000n);
    await scene.run(keeper, 3);
    const [relay] = scene.next;
    if (relay === undefined) throw new Error("the next layer has relays");
    const word = scene.agent.view.channel(scene.idTo(relay));
    if (word === undefined) throw new Error("the channel is open");
    const spent = { ...empty(word.id), nextIndex: ticketIndex(9), balance: amount(49n) };
    scene.tell({
      kind: "tickets-redeemed",
      tickets: 1,
      paid: amount(51n),
      unpaid: amount(0n),
      ...spent,
    });
    await scene.agent.indexer.step();
    await keeper.step();
    const [intent] = await scene.agent.store.outbox.list(["intended"]);
    expect(readCall(intent as never)).to.deep.equal({ name: "fundChannel", args: [word.id, "51"] });
  });

  it("pays from earnings when there are no tokens: opens first, funds then", async () => {
    const scene = await Scene.create({ earnings: 500n, allowance: 500n });
    await scene.run(scene.keeper(100n, 1_000n), 5);
    expect(scene.balances()).to.deep.equal([100n, 100n]);
    expect(scene.calls).to.deep.equal([
      "openChannel",
      "openChannel",
      "fundFromEarnings",
      "fundFromEarnings",
    ]);
  });

  it("threat 33: moves no more from earnings than the owner's allowance, and warns about the rest", async () => {
    const scene = await Scene.create({ earnings: 500n, allowance: 150n });
    const keeper = scene.keeper(100n, 1_000n);
    await scene.run(keeper, 6);
    expect(scene.balances()).to.deep.equal([100n]);
    expect(scene.money.allowance).to.equal(50n);
    expect(keeper.missing).to.have.length(1);
  });

  it("never has more in all channels together than the budget, whatever there is to spend", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          tokens: fc.bigInt(0n, 500n),
          earnings: fc.bigInt(0n, 500n),
          allowance: fc.bigInt(0n, 500n),
        }),
        fc.bigInt(1n, 200n),
        fc.bigInt(0n, 400n),
        async (money, target, budget) => {
          const scene = await Scene.create(money);
          await scene.run(scene.keeper(target, budget), 6);
          const locked = scene.balances().reduce((sum, balance) => sum + balance, 0n);
          expect(locked <= budget, `${locked} of ${budget}`).to.equal(true);
          expect(scene.money.tokens >= 0n && scene.money.earnings >= 0n).to.equal(true);
          if (budget >= 2n * target && money.tokens >= 2n * target)
            expect(scene.balances()).to.deep.equal([target, target]);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("approves once, also when the budget is less than what all channels would take", async () => {
    const scene = await Scene.create({ tokens: 1_000n });
    await scene.run(scene.keeper(100n, 50n), 6);
    expect(scene.calls).to.deep.equal(["approve"]);
  });

  it("tries what the contracts refuse ever more rarely, and goes on when they take it", async () => {
    const scene = await Scene.create({ earnings: 500n, allowance: 500n });
    const keeper = scene.keeper(100n, 1_000n);
    scene.refusing = true;
    await scene.run(keeper, 20);
    const tried = await scene.agent.store.outbox.list(["failed"]);
    expect(tried.length / scene.next.length).to.be.within(4, 6);
    scene.refusing = false;
    await scene.run(keeper, 18);
    expect(scene.balances()).to.deep.equal([100n, 100n]);
  });

  it("with a lottery, funds channels to the first layer as well, with what the next layer leaves", async () => {
    for (const budget of [100n, 250n, 1_000n]) {
      const scene = await Scene.create({ tokens: 1_000n }, LOTTERY_PARAMS);
      const keeper = scene.keeper(100n, budget);
      await keeper.step();
      expect(keeper.missing).to.have.members(scene.next);
      expect(keeper.missingForCover).to.have.members(scene.first);
      await scene.run(keeper, 6);
      const funded = (relays: readonly RelayId[]) =>
        relays.filter((relay) => scene.agent.view.channel(scene.idTo(relay))?.balance === 100n);
      expect(funded(scene.next).length).to.equal(budget === 100n ? 1 : 2);
      expect(funded(scene.first).length).to.equal(budget === 1_000n ? 1 : 0);
      expect(keeper.missing.length).to.equal(budget === 100n ? 1 : 0);
      expect(keeper.missingForCover.length).to.equal(budget === 1_000n ? 0 : 1);
      expect(scene.balances().length).to.equal(
        funded(scene.next).length + funded(scene.first).length,
      );
    }
  });

  it("leaves nothing to cover while a channel to the next layer lacks money, however little cover wants", async () => {
    const scene = await Scene.create({ tokens: 300n }, LOTTERY_PARAMS);
    const keeper = scene.keeper(100n, 1_000n);
    await scene.run(keeper, 4);
    expect(scene.balances()).to.deep.equal([100n, 100n, 100n]);
    const [relay] = scene.next;
    const [entry] = scene.first;
    if (relay === undefined || entry === undefined) throw new Error("two relays a layer");
    const balanceOf = (to: RelayId) => scene.agent.view.channel(scene.idTo(to))?.balance;
    scene.spend(relay, 60n);
    scene.spend(entry, 55n);
    await scene.agent.indexer.step();
    scene.money.tokens = 57n;
    await scene.run(keeper, 3);
    expect([balanceOf(relay), balanceOf(entry)]).to.deep.equal([40n, 45n]);
    scene.money.tokens = 120n;
    await scene.run(keeper, 3);
    expect([balanceOf(relay), balanceOf(entry)]).to.deep.equal([100n, 100n]);
  });

  it("opens no channel in a network that charges nothing", async () => {
    const none = amount(0n);
    const free: NetworkParams = { ...LOTTERY_PARAMS, ticketAmounts: [none, none, none] };
    const scene = await Scene.create({ tokens: 1_000n, earnings: 500n, allowance: 500n }, free);
    const keeper = scene.keeper(100n, 1_000n);
    await scene.run(keeper, 5);
    expect(scene.calls).to.deep.equal([]);
    expect([...keeper.missing, ...keeper.missingForCover]).to.deep.equal([]);
    expect(scene.agent.log.lines.filter(({ level }) => level === "warn")).to.deep.equal([]);
  });

  it("waits for a closing channel to be closed, and reports it as missing", async () => {
    const scene = await Scene.create({ tokens: 1_000n });
    const keeper = scene.keeper(100n, 1_000n);
    await scene.run(keeper, 3);
    const [relay] = scene.next;
    if (relay === undefined) throw new Error("the next layer has relays");
    const word: ChannelWord = {
      ...empty(scene.idTo(relay)),
      balance: amount(100n),
      status: "closing",
      closableAt: seconds(9_999),
    };
    scene.tell({ kind: "channel-closing", ...word });
    await scene.agent.indexer.step();
    await keeper.step();
    expect(keeper.missing).to.deep.equal([relay]);
    expect(await scene.agent.store.outbox.list(["intended"])).to.deep.equal([]);

    const closed = {
      ...word,
      balance: amount(0n),
      generation: generation(1),
      status: "closed",
      closableAt: seconds(0),
    } as const;
    scene.tell({ kind: "channel-closed", returned: amount(100n), ...closed });
    await scene.agent.indexer.step();
    await keeper.step();
    const [intent] = await scene.agent.store.outbox.list(["intended"]);
    expect(readCall(intent as never).name).to.equal("openChannel");
  });
});
