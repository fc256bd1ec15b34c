/**
 * The one way in which commands move money or change the chain: a plan is made and played through, shown, agreed
 * to, and only then sent, through the outbox. Or it is only shown, or its transactions are printed.
 */
import { WaybillError } from "../../core/errors.ts";
import type { Address } from "../../core/units.ts";
import type { Receipt, TransactionSigner } from "../../ports/chain.ts";
import type { Sum } from "../../ports/rehearsal.ts";
import type { Outbox } from "../../settlement/outbox.ts";
import { finishEarlier, perform, stepOf, type Finished } from "../../settlement/perform.ts";
import { makePlan, refusalOf, type Plan } from "../../settlement/plan.ts";
import type { Step, StepMaker } from "../../settlement/steps.ts";
import type { Node } from "../node.ts";
import type { Output } from "../output.ts";
import { safeBatch, transactionOf } from "./calldata.ts";
import { agreement } from "./confirm.ts";
import { modeOf, type Mode, type MoneyOptions } from "./options.ts";
import { planFields, planText, type Context } from "./show.ts";
import { readMoney, type Money } from "./units.ts";

/** Steps that belong together, and what to say once all of them are done. */
export interface Task {
  readonly steps: readonly Step[];
  /** Gets the receipts of the steps, in their order. */
  readonly done: (receipts: readonly Receipt[]) => void | Promise<void>;
}

/** Who sends. The key is asked for only where something is sent. */
export interface Sender {
  readonly signer: () => TransactionSigner | Promise<TransactionSigner>;
  /** Whose transactions they are when none is sent from here; the signer's unless known. */
  readonly address?: Address | undefined;
  /** The key is at hand anyway: a dry run signs with it what the real one would have signed. */
  readonly atHand?: boolean;
}

/** A sender whose key is at hand. */
export const atHand = (signer: TransactionSigner): Sender => ({
  signer: () => signer,
  address: signer.address,
  atHand: true,
});

export class Desk {
  readonly node: Node;
  readonly output: Output;
  readonly money: Money;
  readonly mode: Mode;
  readonly account: Address;
  /** Signs for the account. Undefined where another wallet sends, or where nothing is sent and the key is elsewhere. */
  readonly signer: TransactionSigner | undefined;
  readonly #options: MoneyOptions;
  #outbox: Outbox | undefined;
  #finished: Finished = new Map();

  private constructor(
    node: Node,
    output: Output,
    money: Money,
    options: MoneyOptions,
    account: Address,
    signer: TransactionSigner | undefined,
  ) {
    this.node = node;
    this.output = output;
    this.money = money;
    this.mode = modeOf(options);
    this.account = account;
    this.signer = signer;
    this.#options = options;
  }

  /** Before anything is decided, what an earlier run began is brought to its end, and the view shows it. */
  static async open(
    node: Node,
    output: Output,
    options: MoneyOptions,
    { signer, address, atHand = false }: Sender,
  ): Promise<Desk> {
    const mode = modeOf(options);
    const isShown = mode === "dry-run" && atHand && options.owner === undefined;
    const signing = mode === "send" || isShown ? await signer() : undefined;
    const account =
      signing?.address ?? options.owner ?? address ?? (await Promise.resolve(signer())).address;
    const money = await readMoney(node.chain, node.view.params.chainId);
    const desk = new Desk(node, output, money, options, account, signing);
    if (mode === "send" && signing !== undefined) await desk.#finishEarlier(signing);
    return desk;
  }

  get maker(): StepMaker {
    const { chain, view } = this.node;
    return { chain, params: view.params, money: this.money.tokens };
  }

  /** Of the account that sends, and started. Undefined unless something is sent. */
  get outbox(): Outbox | undefined {
    return this.#outbox;
  }

  /**
   * Shows what the tasks come to, with what becomes of `sums`; asks; takes their steps.
   * @throws WaybillError PLAN_WOULD_FAIL, ACCOUNT_SHORT, CONFIRMATION_MISSING, CONFIRMATION_REFUSED: nothing was sent
   */
  async carryOut(tasks: readonly Task[], sums: readonly Sum[]): Promise<void> {
    const steps = tasks.flatMap((task) => task.steps);
    await this.agree(steps, sums);
    if (this.#outbox === undefined) return;
    const account = { outbox: this.#outbox, chain: this.node.chain };
    for (const { steps: taken, done } of tasks) {
      const receipts: Receipt[] = [];
      for (const step of taken) receipts.push(await perform(account, step, this.#finished));
      await done(receipts);
    }
  }

  /** All of it but the sending, for steps that are sent by whom they come from. Resolves once they may be. */
  async agree(all: readonly Step[], sums: readonly Sum[]): Promise<void> {
    const steps = all.filter(({ name }) => this.#finished.get(name)?.state !== "confirmed");
    if (steps.length === 0) {
      if (this.mode !== "send")
        this.output.event("nothing-to-send", "there is nothing to send", { mode: this.mode });
      return;
    }
    const { chain, maxFee } = this.node;
    const plan = await makePlan(chain, this.account, steps, sums, maxFee);
    if (this.mode === "calldata") this.#print(steps);
    else await this.#show(plan);
    this.#check(plan);
    const question = steps.length === 1 ? "Send it?" : `Send all ${steps.length}?`;
    if (this.mode === "send") await agreement(question, this.#options, this.output);
  }

  async #finishEarlier(signer: TransactionSigner): Promise<void> {
    this.#outbox = this.node.outbox(signer);
    this.#finished = await finishEarlier(this.#outbox);
    for (const [step, outcome] of this.#finished)
      this.node.log.warn("finished what an earlier command began", {
        step,
        state: outcome.state,
        ...(outcome.state === "failed" ? { reason: outcome.error.message } : {}),
      });
    if (this.#finished.size > 0) await this.#viewShows((await this.node.chain.head()).number);
  }

  #viewShows(block: number): Promise<void> {
    const { view } = this.node;
    return new Promise((resolve) => {
      const look = (): void => {
        if ((view.head?.number ?? -1) < block) return;
        unsubscribe();
        resolve();
      };
      const unsubscribe = view.onChange(look);
      look();
    });
  }

  async #show(plan: Plan): Promise<void> {
    const context: Context = {
      mode: this.mode,
      money: this.money,
      params: this.node.view.params,
      unfinished: await this.#unfinished(),
    };
    this.output.event("plan", planText(plan, context), planFields(plan, context));
  }

  async #unfinished(): Promise<readonly string[]> {
    if (this.mode === "send") return [];
    const prefix = `${this.account}/`;
    const entries = await this.node.store.outbox.list(["sent", "intended"]);
    return entries
      .filter(({ key }) => key.startsWith(prefix))
      .map(({ key }) => stepOf(key.slice(prefix.length)));
  }

  #print(steps: readonly Step[]): void {
    if (this.#options.calldataFormat === "safe") {
      const batch = safeBatch(steps, {
        chainId: this.node.view.params.chainId,
        safe: this.account,
        name: "Waybill",
        now: this.node.clock.now(),
      });
      // People get the file that the builder imports.
      const file = JSON.stringify(batch, undefined, 2);
      this.output.event("safe-batch", file, { from: this.account, batch });
      return;
    }
    for (const { says, call } of steps) {
      const transaction = transactionOf(call);
      const { to, value, data } = transaction;
      this.output.event("calldata", `${says}\n  to    ${to}\n  value ${value}\n  data  ${data}`, {
        from: this.account,
        ...transaction,
        says,
      });
    }
  }

  #check(plan: Plan): void {
    const refusal = refusalOf(plan);
    if (refusal !== undefined) throw refusal;
    const { before, cost } = plan.coin;
    // Another wallet pays its gas as it likes.
    if (this.mode !== "calldata" && cost.offered > before)
      throw new WaybillError("ACCOUNT_SHORT", {
        what: `gas money of ${plan.account}`,
        got: this.money.coin(before),
        allowed: `≥ ${this.money.coin(cost.offered)}`,
      });
  }
}

/** @throws WaybillError ACCOUNT_SHORT when the account has fewer tokens than that */
export async function requireTokens({ node, account, money }: Desk, needed: bigint): Promise<void> {
  const held = await node.chain.reads.tokenBalance(account);
  if (held < needed)
    throw new WaybillError("ACCOUNT_SHORT", {
      what: `tokens of ${account}`,
      got: money.tokens(held),
      allowed: `≥ ${money.tokens(needed)}`,
    });
}
