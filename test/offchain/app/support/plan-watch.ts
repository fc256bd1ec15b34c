/** Holds commands that move money to their word: what the plan says is what the chain shows afterwards. */
import { expect } from "chai";

import type { Address } from "../../../../offchain/core/units.ts";
import type { Sum } from "../../../../offchain/ports/rehearsal.ts";
import type { CommandLine, Person, Said } from "./command-line.ts";

export interface PlanLine {
  readonly account: Address;
  readonly steps: readonly {
    readonly contract: string;
    readonly function: string;
    readonly arguments: readonly { readonly name: string; readonly value: string }[];
    readonly gas: string;
    readonly failure: { readonly name: string } | null;
    readonly rehearsed: boolean;
  }[];
  readonly sums: readonly (Sum & { readonly before: string; readonly after: string })[];
  readonly coin: {
    readonly before: string;
    readonly expectedCost: string;
    readonly after: string;
  };
}

/** What is signed anew each time, and differs. */
const SIGNED = ["deadline", "v", "r", "s", "possession"];

interface Block {
  readonly number: string;
  readonly hash: string;
  readonly stateRoot: string;
}

export class PlanWatch {
  readonly #line: CommandLine;

  constructor(line: CommandLine) {
    this.#line = line;
  }

  /**
   * Lets another wallet do what `args` print, takes that back, then shows, refuses and does `args`, and compares all
   * four. Returns the last line.
   */
  async planAndDo(args: readonly string[], person: Person): Promise<Said> {
    const before = await this.head();
    const byHand = await this.#byAnotherWallet(args, person);
    const dry = await this.#line.run([...args, "--dry-run", "--json"], person);
    expect(dry.code, dry.stderr).to.equal(0);
    const plan = planOf(dry.said);
    for (const step of plan.steps) expect(step).to.deep.include({ failure: null, rehearsed: true });
    expect(await byHand(plan), "what another wallet brought about").to.deep.equal(
      plan.sums.map(({ after }) => after),
    );
    const forPeople = await this.#line.run(args, person);
    expect(forPeople.code).to.equal(3);
    expect(forPeople.stderr).to.match(/nobody can be asked here.*--yes/s);
    expect(forPeople.stdout).to.match(/^This sends (one|\d+) transactions? from 0x/);
    expect(forPeople.stdout, "signs for terminals").to.not.include("\u001b");
    const after = await this.head();
    expect([after.hash, after.stateRoot]).to.deep.equal([before.hash, before.stateRoot]);

    const untold = await this.#untold(plan);
    const done = await this.#line.run([...args, "--json", "--yes"], person);
    expect(done.code, done.stderr).to.equal(0);
    expect(essence(planOf(done.said))).to.deep.equal(essence(plan));
    expect(await this.#sumsNow(plan)).to.deep.equal(plan.sums.map((sum) => sum.after));
    expect(await this.#untold(plan), "what the plan does not name").to.deep.equal(untold);
    await this.#costsNoMore(plan, before);
    return done.said.at(-1) ?? {};
  }

  /** Not even with --yes is anything sent. */
  async refusedWith(
    args: readonly string[],
    person: Pick<Person, "environment">,
    expected: { readonly exit: number; readonly code: string; readonly says: RegExp },
  ): Promise<void> {
    const before = await this.head();
    const { code, said, stderr } = await this.#line.run([...args, "--json", "--yes"], person);
    expect(said.at(-1), stderr).to.include({ event: "error", code: expected.code });
    expect(code).to.equal(expected.exit);
    expect(stderr).to.match(expected.says);
    expect((await this.head()).hash).to.equal(before.hash);
  }

  async head(): Promise<Block> {
    return (await this.#line.local.rpc("eth_getBlockByNumber", "latest", false)) as Block;
  }

  async sumNow(sum: Sum): Promise<bigint> {
    const { token, channels, cover } = this.#line.local.contracts;
    switch (sum.kind) {
      case "tokens":
        return token.balanceOf(sum.account);
      case "allowance":
        return token.allowance(sum.owner, sum.spender);
      case "earnings":
        return (await channels.earningsOf(sum.relay)).credit;
      case "rewards":
        return (await cover?.lottery.rewardsOf(sum.relay)) ?? 0n;
      case "refund":
        return channels.refundOf(sum.account);
      case "channel":
        return (await channels.channelState(sum.channel)).balance;
    }
  }

  /** The account that it is printed for sends it all; the chain forgets it again once the sums are read. */
  async #byAnotherWallet(
    args: readonly string[],
    person: Person,
  ): Promise<(plan: PlanLine) => Promise<readonly string[]>> {
    const { local } = this.#line;
    const printed = await this.#line.run([...args, "--calldata", "--json"], person);
    expect(printed.code, printed.stderr).to.equal(0);
    return async (plan) => {
      const snapshot = await local.rpc("evm_snapshot");
      for (const { event, from, to, value, data } of printed.said) {
        expect({ event, from }).to.deep.equal({ event: "calldata", from: plan.account });
        await local.rpc("hardhat_impersonateAccount", from);
        const call = { from, to, data, value: `0x${BigInt(String(value)).toString(16)}` };
        await local.rpc("eth_sendTransaction", call);
        await local.rpc("hardhat_stopImpersonatingAccount", from);
      }
      const sums = await this.#sumsNow(plan);
      expect(await local.rpc("evm_revert", snapshot)).to.equal(true);
      return sums;
    };
  }

  async #sumsNow({ sums }: PlanLine): Promise<readonly string[]> {
    const now: string[] = [];
    for (const sum of sums) now.push(String(await this.sumNow(sum)));
    return now;
  }

  /** What the account owns, is owed and has allowed, as far as the plan says nothing of it. */
  async #untold({ account, sums }: PlanLine): Promise<Readonly<Record<string, string>>> {
    const { registry, channels } = this.#line.local.contracts;
    const spenders = [await registry.getAddress(), await channels.getAddress()];
    const all: readonly Sum[] = [
      { kind: "tokens", account },
      { kind: "refund", account },
      ...spenders.map((spender): Sum => {
        return { kind: "allowance", owner: account, spender: spender.toLowerCase() as Address };
      }),
    ];
    const named = new Set(sums.map(nameOf));
    const untold: Record<string, string> = {};
    for (const sum of all)
      if (!named.has(nameOf(sum))) untold[nameOf(sum)] = String(await this.sumNow(sum));
    return untold;
  }

  /** Each step used the gas that it was said to use at the most, and all together the coin. */
  async #costsNoMore({ account, steps, coin }: PlanLine, since: Block): Promise<void> {
    const used = await this.#gasSince(Number(since.number));
    expect(used.length).to.equal(steps.length);
    for (const [i, gas] of used.entries())
      expect(gas <= BigInt(steps[i]?.gas ?? "0"), `gas of step ${i + 1}`).to.equal(true);
    const left = (await this.#line.local.rpc("eth_getBalance", account, "latest")) as string;
    const spent = BigInt(coin.before) - BigInt(left);
    expect(spent > 0n && BigInt(left) >= BigInt(coin.after)).to.equal(true);
    // Blocks are nearly empty here, so that gas gets no dearer.
    expect(spent <= BigInt(coin.expectedCost)).to.equal(true);
  }

  /** Gas of the transactions in the blocks after `from`, in their order. */
  async #gasSince(from: number): Promise<bigint[]> {
    const { local } = this.#line;
    const last = Number((await this.head()).number);
    const used: bigint[] = [];
    for (let n = from + 1; n <= last; n++) {
      const block = (await local.rpc("eth_getBlockByNumber", `0x${n.toString(16)}`, true)) as {
        readonly transactions: readonly { readonly hash: string }[];
      };
      for (const { hash } of block.transactions) {
        const receipt = (await local.rpc("eth_getTransactionReceipt", hash)) as {
          readonly gasUsed: string;
          readonly status: string;
        };
        expect(receipt.status).to.equal("0x1");
        used.push(BigInt(receipt.gasUsed));
      }
    }
    return used;
  }
}

export function planOf(said: readonly Said[]): PlanLine {
  const plan = said.find(({ event }) => event === "plan");
  if (plan === undefined) throw new Error("no plan");
  return plan as unknown as PlanLine;
}

const essence = ({ steps, sums }: PlanLine) => ({
  steps: steps.map(({ function: name, arguments: args }) => ({
    name,
    args: args.filter(({ name: of }) => !SIGNED.includes(of)),
  })),
  sums,
});

/** Kind and whose it is, without the amounts that a plan's line adds. */
const nameOf = (sum: Sum): string =>
  Object.entries(sum)
    .filter(([field]) => field !== "before" && field !== "after")
    .map(([, value]) => String(value).toLowerCase())
    .sort()
    .join(" ");
