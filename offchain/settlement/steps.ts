/** One transaction on the way to what a person wants: under which name it is kept, what it calls, what it does. */
import type { Amount } from "../core/units.ts";
import type { Call, Chain } from "../ports/chain.ts";
import type { NetworkParams } from "../ports/network.ts";

export interface Step {
  /** Of the intent in the outbox: what an earlier run began under the same name is finished, not begun again. */
  readonly name: string;
  /** What it will do, in one sentence. */
  readonly says: string;
  readonly call: Call;
}

/** What steps are made with. */
export interface StepMaker {
  readonly chain: Pick<Chain, "calls" | "reads">;
  readonly params: NetworkParams;
  /** An amount of the token for people, with its symbol. */
  readonly money: (sum: bigint) => string;
}

/** The first digits of an id or address, enough for a person to know it again. */
export const brief = (id: string): string => `${id.slice(0, 10)}…`;

/** Lets `spender` take `sum` of the owner's tokens; no step where it may already. */
export async function allowSteps(
  { chain, money }: StepMaker,
  owner: Parameters<Chain["reads"]["tokenAllowance"]>[0],
  spender: { readonly address: typeof owner; readonly name: string },
  sum: Amount,
): Promise<Step[]> {
  if ((await chain.reads.tokenAllowance(owner, spender.address)) >= sum) return [];
  return [
    {
      name: `approve:${spender.address}:${sum}`,
      says: `Let the ${spender.name} contract take up to ${money(sum)} of this account.`,
      call: chain.calls.approve(spender.address, sum),
    },
  ];
}
