/**
 * What a stopped relay's operator does by hand with what it has won and proved: real tickets, real drawn packets with
 * the proofs of their ways, and what each command says of it beforehand.
 */
import { join } from "node:path";

import { expect } from "chai";

import { openSqliteStore } from "../../../../offchain/adapters/sqlite/store.ts";
import { transactionSigner } from "../../../../offchain/adapters/ethers/signer.ts";
import type { EthersChain } from "../../../../offchain/adapters/ethers/chain.ts";
import type { ReplayProof } from "../../../../offchain/core/cover/index.ts";
import {
  endOf,
  epochAt,
  firstEpochOf,
  startOf,
  ticketEpochSlack,
} from "../../../../offchain/core/epochs/epochs.ts";
import { deriveKeys } from "../../../../offchain/core/keys/derive.ts";
import { burnedOf, ticketDomain } from "../../../../offchain/core/tickets/index.ts";
import {
  amount,
  channelId,
  epoch as toEpoch,
  era as toEra,
  relayId,
  seconds,
  type ChannelId,
  type Epoch,
  type RelayId,
} from "../../../../offchain/core/units.ts";
import type { Call, TransactionSigner } from "../../../../offchain/ports/chain.ts";
import type { NetworkParams } from "../../../../offchain/ports/network.ts";
import type { DrawnPacket, WinningTicket } from "../../../../offchain/ports/store.ts";
import {
  drawnOf,
  sendCover,
  type CoverEpoch,
  type CoverSetup,
} from "../../../contracts/support/lottery.ts";
import { hangUpAll, hasTerminals, openTerminal } from "../../../support/terminal.ts";
import { BadEndpoint } from "../../settlement/support/bad-endpoint.ts";
import { LocalChain, LOTTERY } from "../../settlement/support/local-chain.ts";
import { CommandLine, type Ended, type Person } from "../support/command-line.ts";
import { planOf, PlanWatch } from "../support/plan-watch.ts";
import { Winnings, withStore, worth, type RelayOf } from "../support/winnings.ts";

const TOKEN = 10n ** 18n;
const RELAYS = 6;
/** The first epoch of the first era with relays. */
const COVERED = toEpoch(3);

describe("a stopped relay's money by hand, on a real local chain", () => {
  let local: LocalChain;
  let line: CommandLine;
  let watch: PlanWatch;
  let chain: EthersChain;
  let params: NetworkParams;
  let bystander: TransactionSigner;
  let sender: Person;
  let otherSender: Person;
  const relays: RelayOf[] = [];
  /** With at least two drawn packets. */
  let relay: RelayOf;
  let claims: number;

  before(async () => {
    local = await LocalChain.start({ lottery: true });
    line = await CommandLine.on(local);
    watch = new PlanWatch(line);
    chain = await local.connect();
    params = await chain.params();
    bystander = await local.account(0n);
    [sender, otherSender] = [await line.person(10n * TOKEN), await line.person(10n * TOKEN)];
    const { token, cover } = local.contracts;
    if (cover === undefined) throw new Error("the chain has a lottery");
    await (await token.approve(cover.rewards, 10_000n)).wait();
    await (await cover.rewards.topUp(10_000n)).wait();
    for (let i = 0; i < RELAYS; i++) {
      const person = await line.person(10n * TOKEN);
      const joined = await line.done(["relay", "join", "--allowance", "1"], person);
      relays.push({ id: relayId(String(joined.relay)), person });
    }
  });

  afterEach(hangUpAll);

  after(async () => {
    line.remove();
    await chain.close();
    await local.stop();
  });

  async function send(from: TransactionSigner, call: Call): Promise<void> {
    const { raw, hash } = from.sign({
      ...call,
      chainId: params.chainId,
      nonce: await chain.nonce(from.address, "pending"),
      gasLimit: 3_000_000n,
      fees: await chain.fees(),
    });
    await chain.broadcast(raw);
    expect((await chain.receipt(hash))?.success).to.equal(true);
  }

  /** To the start of an epoch, whose beacon then comes. */
  async function goTo(epoch: number): Promise<void> {
    await local.moveTo(startOf(params, toEpoch(epoch)));
    await send(bystander, chain.calls.advanceBeacon());
    await local.rpc("hardhat_mine", "0x3");
    await send(bystander, chain.calls.advanceBeacon());
  }

  const now = async (): Promise<Epoch> =>
    epochAt(params, (await chain.head()).timestamp) ?? toEpoch(0);

  /**
   * What the command does when the chain's node tells that many times what each call costs, the first one once more
   * for the plan, and then no more.
   */
  async function undecidedAfter(
    answers: number,
    args: readonly string[],
    person: Person,
  ): Promise<Ended> {
    const bad = await BadEndpoint.start(local.url);
    const told = new Map<string, number>();
    bad.mood = (method, [call]) => {
      if (method !== "eth_estimateGas") return "forward";
      const { data } = call as { readonly data: string };
      const left = told.get(data) ?? answers + (told.size === 0 ? 1 : 0);
      told.set(data, left - 1);
      return left > 0 ? "forward" : "undecided";
    };
    try {
      return await line.run([...args, "--json", "--yes", "--rpc-url", bad.url], person);
    } finally {
      await bad.stop();
    }
  }

  it("lottery claim: drawn packets whose proofs are in the database, and only while nobody has claimed them", async () => {
    const { beacon, registry, cover: lottery } = local.contracts;
    if (lottery === undefined || params.lottery === undefined) throw new Error("no lottery");
    const setup: CoverSetup = {
      ...{ clock: params, beacon, registry, terms: LOTTERY },
      domain: ticketDomain(params.chainId, params.channels),
      lotteryAddress: params.lottery.address,
    };
    await goTo(COVERED - 1);
    await goTo(COVERED);
    const cover = await sendCover(
      setup,
      relays.map(({ id, person }) => ({
        ...{ id, name: person.account, vrfSecret: deriveKeys(person.secret).vrf },
      })),
      COVERED,
      ({ name }) => {
        const found = relays.find(({ person }) => person.account === name);
        if (found === undefined) throw new Error("a relay of this test");
        return deriveKeys(found.person.secret).packet();
      },
    );
    await goTo(COVERED + 1);
    for (const { id, person } of relays) {
      const agent = transactionSigner(deriveKeys(person.secret).agent);
      const root = cover.trees.get(id)?.root ?? new Uint8Array(32);
      await send(agent, chain.calls.commitReplay(id, COVERED, root));
    }
    await goTo(COVERED + 2);
    const drawn = await drawnOf(setup, cover);
    const ofSender = (id: RelayId) => drawn.filter((packet) => packet.sender.id === id);
    const chosen = relays.find(({ id }) => ofSender(id).length > 1);
    if (chosen === undefined) throw new Error("eight draws over six relays");
    relay = chosen;
    const own = ofSender(relay.id);
    claims = own.length;

    const claim = ["lottery", "claim"];
    expect(await line.done(claim, relay.person)).to.include({ event: "claimed", claims: 0 });
    await withStore(relay.person, async (store) => {
      for (const packet of own) {
        await store.cover.begin(COVERED, packet.slot);
        await store.drawn.put(provedPacket(cover, packet));
      }
    });
    const plan = await line.run([...claim, "--dry-run"], relay.person);
    expect(plan.stdout).to.match(/Claim draw \d of epoch 3: .* for this relay, .* for each relay/);
    // Undecided while it is planned, while it is made ready, and when it is sent.
    for (const answers of [-1, 1, 2]) {
      const undecided = await undecidedAfter(answers, claim, relay.person);
      expect(undecided.code, undecided.stderr).to.equal(4);
      expect(undecided.said.at(-1)).to.include({ event: "error", code: "CHAIN_UNDECIDED" });
      expect(undecided.said.find(({ event }) => event === "claimed")).to.include({
        ...{ claims: 0, refused: 0, waiting: claims, reward: "0" },
      });
    }
    const done = await watch.planAndDo(claim, relay.person);
    const reward = BigInt(claims) * LOTTERY.senderReward;
    expect(done).to.include({ event: "claimed", claims, refused: 0, reward: String(reward) });
    const onWay = own.flatMap(({ hops }) => hops);
    for (const { id } of relays) {
      const hops = BigInt(onWay.filter((hop) => hop === id).length) * LOTTERY.hopReward;
      expect(await chain.reads.rewards(id)).to.equal(hops + (id === relay.id ? reward : 0n));
    }
    expect(await line.done(claim, relay.person)).to.include({ claims: 0, refused: 0, reward: "0" });
    const nothing = await line.run([...claim, "--dry-run", "--json"], relay.person);
    expect(nothing.said.at(-1)).to.include({ event: "nothing-to-send", mode: "dry-run" });
  });

  it("a step that the node does not decide on ends the command, and nothing of it is left", async () => {
    const payer = await line.person(10n * TOKEN);
    const open = ["channels", "open", "--relay", relay.id, "--amount", "1"];
    const { code, said, stderr } = await undecidedAfter(0, open, payer);
    expect(code, stderr).to.equal(4);
    expect(said.at(-1)).to.include({ event: "error", code: "CHAIN_UNDECIDED" });
    const store = await openSqliteStore({ path: join(payer.data, "commands.db") });
    expect(await store.outbox.list(["intended", "sent"])).to.deep.equal([]);
    await store.close();
    const before = await chain.reads.tokenBalance(payer.account);
    const less = ["channels", "open", "--relay", relay.id, "--amount", "0.5"];
    expect(await line.done(less, payer)).to.include({ event: "open", amount: String(TOKEN / 2n) });
    expect(await chain.reads.tokenBalance(payer.account)).to.equal(before - TOKEN / 2n);
  });

  it("lottery collect: a part into a channel, the rest to the earnings", async () => {
    const { person } = relay;
    const [to] = relays.filter(({ id }) => id !== relay.id);
    if (to === undefined) throw new Error("six relays");
    await line.done(
      ["channels", "open", "--payer", "relay", "--relay", to.id, "--amount", "1"],
      person,
    );
    const rewards = await chain.reads.rewards(relay.id);
    const into = ["lottery", "collect", "--into-channel", to.id];
    await watch.refusedWith([...into, "--amount", "1"], person, {
      exit: 5,
      code: "ACCOUNT_SHORT",
      says: /rewards.*allowed: ≥ 1 WAYBILL/s,
    });
    const part = ["--amount", "0.000000000000000030"];
    const moved = await watch.planAndDo([...into, ...part], person);
    expect(moved).to.include({ event: "collected", amount: "30", to: to.id });
    const rest = await watch.planAndDo(["lottery", "collect"], person);
    expect(rest).to.include({ event: "collected", amount: String(rewards - 30n) });
    expect(await line.done(["lottery", "collect"], person)).to.include({ amount: "0" });
    expect(await line.done(into, person)).to.include({ amount: "0" });
  });

  it("redeem: a transaction for each epoch, one round after the other where they meet in a channel", async () => {
    const { person } = relay;
    const opened = async (payer: Person) => {
      const open = ["channels", "open", "--relay", relay.id, "--amount", "5"];
      return channelId(String((await line.done(open, payer)).channel));
    };
    const [one, two] = [await opened(sender), await opened(otherSender)];
    const winnings = new Winnings(local, params);
    const win = async (channel: ChannelId, payer: Person) =>
      winnings.win(relay, channel, payer, await now());
    const pastEpoch = async (epoch: number): Promise<void> => {
      const end = endOf(params, toEpoch(epoch)) + ticketEpochSlack(params.epochLength) + 2;
      await local.moveTo(seconds(end));
    };
    const first = await now();
    const winners = [...(await win(one, sender))];
    await local.moveTo(startOf(params, toEpoch(first + 1)));
    winners.push(...(await win(two, otherSender)));
    await pastEpoch(first + 1);
    const waiting = [...(await win(one, sender))];
    // As a backup leaves them that was put back: what became of them, the chain tells.
    await markSubmitted(person, [...winners, ...waiting]);

    const plan = planOf((await line.run(["redeem", "--dry-run", "--json"], person)).said);
    expect(plan.steps.map(({ function: name }) => name)).to.deep.equal(["redeem", "redeem"]);
    const byOwner = await line.run(
      ["redeem", "--calldata", "--owner", person.owner, "--json"],
      person,
    );
    expect(byOwner.code, byOwner.stderr).to.equal(0);
    expect(byOwner.said.map(({ event, from }) => [event, from])).to.deep.equal([
      ["calldata", person.owner],
      ["calldata", person.owner],
    ]);
    const before = await chain.reads.earnings(relay.id);
    const done = await watch.planAndDo(["redeem"], person);
    const value = worth(winners);
    expect(done).to.include({
      ...{ event: "redeemed", tickets: winners.length, value: String(value) },
      waiting: waiting.length,
    });
    // Burnt shares are rounded for each batch.
    const earned = (await chain.reads.earnings(relay.id)) - before;
    const net = value - burnedOf(amount(value), params.burnShareBps);
    expect(earned >= net - 1n && earned <= net + 1n, `${earned} of ${net}`).to.equal(true);
    expect(await line.done(["redeem"], person)).to.include({ tickets: 0 });

    // The first batch of this round fails in its block, for the node tells of too little gas: once is enough.
    await pastEpoch(first + 2);
    const bad = await BadEndpoint.start(local.url);
    try {
      bad.lie = (method, result) =>
        method === "eth_estimateGas"
          ? `0x${((BigInt(String(result)) * 3n) / 4n).toString(16)}`
          : result;
      const failing = await line.run(["redeem", "--json", "--yes", "--rpc-url", bad.url], person);
      expect(failing.code).to.equal(5);
      expect(failing.said.map(({ event }) => event)).to.deep.equal(["plan", "error"]);
      expect(failing.stderr).to.contain("CHAIN_REVERTED");
    } finally {
      await bad.stop();
    }

    // A channel's tickets are redeemed in their order, also when the run ended before it saw that the batch had failed.
    await markSubmitted(person, waiting);
    waiting.push(...(await win(one, sender)));
    await pastEpoch(first + 3);
    let rounds = 2;
    if (hasTerminals()) {
      const terminal = openTerminal(["redeem"], line.environmentOf(person));
      await terminal.answer(/Send it\?/, "y\r");
      await terminal.answer(/Send it\?/, "n\r");
      expect(await terminal.ended, terminal.text()).to.equal(0);
      expect(terminal.text()).to.match(/[1-9]\d* more can be redeemed now: run it again/);
      rounds -= 1;
    }
    const { code, said, stderr } = await line.run(["redeem", "--json", "--yes"], person);
    expect(code, stderr).to.equal(0);
    const plans = Array.from({ length: rounds }, () => "plan");
    expect(said.map(({ event }) => event)).to.deep.equal([...plans, "redeemed"]);
    expect(said.at(-1)).to.include({ waiting: 0, left: 0 });
    await withStore(person, async (store) => {
      const { redeemed, won } = await store.winners.totals();
      expect([redeemed.amount, won.count]).to.deep.equal([value + worth(waiting), 0]);
    });
  });

  it("relay return: once the jail is over", async () => {
    const { person } = relay;
    await watch.refusedWith(["relay", "return"], person, {
      exit: 5,
      code: "RELAY_NOT_JAILED",
      says: /got joined/,
    });
    const lottery = params.lottery?.address;
    await local.rpc("hardhat_impersonateAccount", lottery);
    await local.rpc("hardhat_setBalance", lottery, "0xde0b6b3a7640000");
    const data = local.contracts.registry.interface.encodeFunctionData("jail", [relay.id]);
    await local.rpc("eth_sendTransaction", { from: lottery, to: params.registry, data });
    await watch.refusedWith(["relay", "return"], person, {
      exit: 5,
      code: "JAIL_RUNNING",
      says: /allowed: epoch \d+ or later/,
    });
    const era = Math.floor((await now()) / params.eraLength);
    await local.moveTo(startOf(params, firstEpochOf(params, toEra(era + 3))));
    const returned = await watch.planAndDo(["relay", "return"], person);
    expect(returned).to.include({ event: "returned", relay: relay.id });
  });
});

const markSubmitted = (person: Person, winners: readonly WinningTicket[]): Promise<void> =>
  withStore(person, (store) => store.winners.mark(winners, "submitted"));

/** As the relay's database holds it once every relay on its way has shown that it took the packet. */
function provedPacket(
  cover: CoverEpoch,
  { draw, slot, hops, taken }: Awaited<ReturnType<typeof drawnOf>>[number],
): DrawnPacket {
  const proofs = hops.map((id, hop): ReplayProof | undefined => {
    const tag = taken[hop]?.tag;
    return tag && cover.trees.get(id)?.prove(tag);
  });
  return {
    ...{ epoch: cover.epoch, draw, slot, state: "open", route: hops },
    proved: [true, true, true],
    proofs: proofs as unknown as DrawnPacket["proofs"],
  };
}
