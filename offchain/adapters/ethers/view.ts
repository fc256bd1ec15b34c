import type { Interface } from "ethers";

import { WaybillError, hasCode } from "../../core/errors.ts";
import type { Address } from "../../core/units.ts";
import { toHex } from "./answers.ts";
import { unreachable, type JsonRpc } from "./json-rpc.ts";
import { revertOf } from "./reverts.ts";

/** All results of one view function, as ethers decodes them; CHAIN_ABI_MISMATCH when the contract has no such function. */
export async function view(
  rpc: JsonRpc,
  to: Address,
  contract: Interface,
  name: string,
  args: readonly unknown[] = [],
): Promise<readonly unknown[]> {
  const data = contract.encodeFunctionData(name, args);
  const answer = await rpc.ask("eth_call", [{ to, data }, "latest"]);
  if (!answer.ok && revertOf(answer.failure) === undefined)
    throw unreachable(name, answer.failure.message);
  try {
    if (!answer.ok) throw new Error(answer.failure.message);
    return contract.decodeFunctionResult(name, toHex(name, answer.result)).toArray() as unknown[];
  } catch (cause) {
    if (hasCode(cause, "CHAIN_UNREACHABLE")) throw cause;
    throw new WaybillError("CHAIN_ABI_MISMATCH", { what: name, cause });
  }
}
