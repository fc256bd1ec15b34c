/** Why a node did not take a transaction. Each kind of node has words of its own for the same few reasons. */
import type { BroadcastResult } from "../../ports/chain.ts";
import type { RpcFailure } from "./json-rpc.ts";
import { revertOf } from "./reverts.ts";

type Named = Exclude<BroadcastResult["status"], "refused">;

/** The first that matches; words of geth, erigon, reth, Nethermind, Besu, anvil and Hardhat, in small letters. */
const WORDS: readonly (readonly [Named, RegExp])[] = [
  ["accepted", /already ?known|known transaction|already imported|already in the (mem)?pool/],
  ["stale", /nonce.*too low|old ?nonce|nonce.*already been used|nonce_too_low/],
  ["gap", /nonce.*too (high|distant)|nonce ?gap|expected nonce to be/],
  [
    "underpriced",
    /underpriced|fee ?too ?low|replacement ?not ?allowed|base ?fee|below (the )?(configured )?min|too low for the next block/,
  ],
  ["unfunded", /insufficient ?(funds|balance)|enough funds|upfront.?cost|exceeds.*balance/],
];

export function refusalOf(failure: RpcFailure): BroadcastResult {
  // A node that mines at once says "reverted" for a transaction that is in a block: its receipt tells the rest.
  if (revertOf(failure) !== undefined) return { status: "accepted" };
  const text = failure.message.toLowerCase();
  const named = WORDS.find(([, words]) => words.test(text));
  if (named !== undefined) return { status: named[0] };
  return { status: "refused", reason: failure.message };
}
