/** Custom errors of all contracts, out of the bytes that nodes hand back. */
import { Interface, type ErrorFragment } from "ethers";

import { hexToBytes } from "../../core/bytes.ts";
import type { RevertReason } from "../../ports/chain.ts";
import { contractInterfaces } from "./interfaces.ts";
import type { RpcFailure } from "./json-rpc.ts";

const errors = new Interface(
  [...new Map(allErrors().map((fragment) => [fragment.selector, fragment])).values()].map(
    (fragment) => fragment.format("full"),
  ),
);

function allErrors(): ErrorFragment[] {
  return contractInterfaces.flatMap((contract) =>
    contract.fragments.filter((fragment): fragment is ErrorFragment => fragment.type === "error"),
  );
}

/** Undefined when the node failed for another reason than a contract's refusal. */
export function revertOf(failure: RpcFailure): RevertReason | undefined {
  const data = revertData(failure.data);
  if (data !== undefined) return decodeRevert(data);
  if (/revert|out of gas|invalid opcode|panic/i.test(failure.message))
    return { name: "Error", args: [failure.message] };
  return undefined;
}

/** An error that no contract of ours declares keeps its raw bytes as only argument. */
export function decodeRevert(data: string): RevertReason {
  const decoded = data === "0x" ? null : errors.parseError(data);
  if (decoded === null) return { name: "unknown", args: data === "0x" ? [] : [data] };
  return { name: decoded.name, args: decoded.args.map((arg: unknown) => String(arg)) };
}

function revertData(data: unknown): string | undefined {
  if (typeof data === "string") {
    const found = /0x[0-9a-fA-F]*$/.exec(data)?.[0];
    return found !== undefined && hexToBytes(found).length % 32 === 4 ? found : undefined;
  }
  if (typeof data === "object" && data !== null && "data" in data) return revertData(data.data);
  return undefined;
}
