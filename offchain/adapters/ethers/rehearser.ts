/**
 * Plays transactions through without sending them. The node runs `Rehearsal` in the place of the account's code
 * for one `eth_call` (a state override, which Geth, Nethermind, Erigon, Reth, Hardhat and Anvil know), so that
 * each call comes from the account and sees what the ones before it did.
 */
import type { Interface } from "ethers";

import type { Address } from "../../core/units.ts";
import type { Call } from "../../ports/chain.ts";
import type { NetworkParams } from "../../ports/network.ts";
import type { Rehearsal, RehearsedCall, Sum } from "../../ports/rehearsal.ts";
import {
  channelsInterface,
  lotteryInterface,
  rehearsalBytecode,
  rehearsalInterface,
  tokenInterface,
} from "./interfaces.ts";
import type { JsonRpc } from "./json-rpc.ts";
import { decodeRevert } from "./reverts.ts";

type At = Pick<NetworkParams, "registry" | "channels" | "token" | "lottery">;

interface Outcome {
  readonly success: boolean;
  readonly gas: bigint;
  readonly answer: string;
}

/** A call of a view function whose answer begins with the sum. */
interface View {
  readonly to: Address;
  readonly abi: Interface;
  readonly name: string;
  readonly args: readonly unknown[];
}

export class Rehearser {
  readonly #rpc: JsonRpc;
  readonly #at: At;
  #code: string | undefined;

  constructor(rpc: JsonRpc, at: At) {
    this.#rpc = rpc;
    this.#at = at;
  }

  async rehearse(
    from: Address,
    calls: readonly Call[],
    sums: readonly Sum[],
  ): Promise<Rehearsal | undefined> {
    const code = (this.#code ??= await this.#runtimeCode());
    if (code === undefined) return undefined;
    const views = sums.map((sum) => viewOf(this.#at, sum));
    const looks = views.flatMap((view) => (view === undefined ? [] : [lookOf(view)]));
    const steps = [
      ...looks,
      ...calls.map(({ to, data, value }) => ({ to, data, value: value ?? 0n })),
      ...looks,
    ];
    const data = rehearsalInterface.encodeFunctionData("run", [steps]);
    const outcomes = await this.#run(from, data, code);
    if (outcomes === undefined) return undefined;
    const end = looks.length + calls.length;
    const before = sumsOf(views, outcomes.slice(0, looks.length));
    const after = sumsOf(views, outcomes.slice(end));
    if (before === undefined || after === undefined) return undefined;
    return { before, after, calls: outcomes.slice(looks.length, end).map(rehearsed) };
  }

  async #run(from: Address, data: string, code: string): Promise<readonly Outcome[] | undefined> {
    const answer = await this.#rpc.ask("eth_call", [
      { from, to: from, data },
      "pending",
      { [from]: { code } },
    ]);
    if (!answer.ok) return undefined;
    try {
      const result = rehearsalInterface.decodeFunctionResult("run", String(answer.result));
      return result[0] as readonly Outcome[];
    } catch {
      // A node that knows no overrides has called an account without code.
      return undefined;
    }
  }

  /** What the constructor would leave on chain. */
  async #runtimeCode(): Promise<string | undefined> {
    const answer = await this.#rpc.ask("eth_call", [{ data: rehearsalBytecode }, "latest"]);
    return answer.ok ? String(answer.result) : undefined;
  }
}

function rehearsed({ success, gas, answer }: Outcome): RehearsedCall {
  return { gas, failure: success ? undefined : decodeRevert(answer) };
}

const lookOf = ({ to, abi, name, args }: View) => ({
  to,
  value: 0n,
  data: abi.encodeFunctionData(name, args),
});

/** Zero where there is nothing to look at. Undefined when a contract gave no answer: the gas was used up. */
function sumsOf(
  views: readonly (View | undefined)[],
  outcomes: readonly Outcome[],
): readonly bigint[] | undefined {
  if (!outcomes.every(({ success }) => success)) return undefined;
  const answers = outcomes.map(({ answer }) => answer);
  return views.map((view) => {
    if (view === undefined) return 0n;
    const result = view.abi.decodeFunctionResult(view.name, answers.shift() ?? "0x");
    return result[0] as bigint;
  });
}

/** Undefined for what this network does not have. */
function viewOf(at: At, sum: Sum): View | undefined {
  const token = { to: at.token, abi: tokenInterface };
  const channels = { to: at.channels, abi: channelsInterface };
  switch (sum.kind) {
    case "tokens":
      return { ...token, name: "balanceOf", args: [sum.account] };
    case "allowance":
      return { ...token, name: "allowance", args: [sum.owner, sum.spender] };
    case "earnings":
      return { ...channels, name: "earningsOf", args: [sum.relay] };
    case "refund":
      return { ...channels, name: "refundOf", args: [sum.account] };
    case "channel":
      return { ...channels, name: "channelState", args: [sum.channel] };
    case "rewards":
      return (
        at.lottery && {
          to: at.lottery.address,
          abi: lotteryInterface,
          name: "rewardsOf",
          args: [sum.relay],
        }
      );
  }
}
