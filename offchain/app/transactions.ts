/** What commands need before they send a transaction while a person waits. */
import { WaybillError } from "../core/errors.ts";
import type { TransactionSigner } from "../ports/chain.ts";
import type { AccountActions } from "../settlement/relay-life.ts";
import type { Node } from "./node.ts";
import { formatAmount } from "./output.ts";

/** Transactions of `signer`'s account through an outbox of its own. */
export function actionsOf(node: Node, signer: TransactionSigner): AccountActions {
  return { chain: node.chain, params: node.view.params, outbox: node.outbox(signer) };
}

/** Throws ACCOUNT_SHORT when the account has fewer tokens than that, before anything is sent. */
export async function requireTokens(
  node: Node,
  account: TransactionSigner["address"],
  needed: bigint,
): Promise<void> {
  const held = await node.chain.reads.tokenBalance(account);
  if (held < needed)
    throw new WaybillError("ACCOUNT_SHORT", {
      what: `tokens of ${account}`,
      got: formatAmount(held),
      allowed: `≥ ${formatAmount(needed)}`,
    });
}
