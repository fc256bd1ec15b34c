/**
 * Whether the code at an address is what was compiled. Constructors write their values into it: those places are
 * left out of the comparison, and compared one by one with what the same constructor writes when it is run again
 * with the arguments that it should have had, as a call that changes nothing.
 */
import { AbiCoder, ContractFactory, dataSlice, getAddress, keccak256, toUtf8Bytes } from "ethers";

import { bytesToHex, type Hex, hexToBytes } from "../offchain/core/bytes.ts";
import type { Compiled, Immutable } from "./compiled.ts";
import type { Finding } from "./findings.ts";

const WORD = 32;

/** Where a contract is said to be, and what it should have been constructed with. */
export interface Expected {
  readonly compiled: Compiled;
  readonly address: string;
  readonly arguments: readonly unknown[];
}

/** The part of a chain's endpoint that is needed here. */
export interface CodeReader {
  getCode(address: string, block?: string): Promise<string>;
  call(transaction: { readonly from: string; readonly data: string }): Promise<string>;
}

/** Code with zeros in the places of immutables. */
function withoutImmutables(code: Uint8Array, immutables: readonly Immutable[]): Uint8Array {
  const blank = Uint8Array.from(code);
  for (const start of immutables.flatMap(({ places }) => places))
    blank.fill(0, start, start + WORD);
  return blank;
}

/** The first byte in which they differ; undefined when none does. */
function firstDifference(a: Uint8Array, b: Uint8Array): number | undefined {
  const at = a.findIndex((byte, i) => byte !== b[i]);
  if (at >= 0) return at;
  return a.length === b.length ? undefined : a.length;
}

export function checkCode({ compiled, address }: Expected, code: Uint8Array): Finding {
  const rule = `${compiled.name} is the compiled code`;
  const size = `${String(code.length)} bytes at ${address}`;
  if (code.length === 0) return { rule, holds: false, figures: `no code at ${address}` };
  const at = firstDifference(withoutImmutables(code, compiled.immutables), compiled.runtime);
  if (at === undefined) return { rule, holds: true, figures: size };
  const figures = `${size}, ${String(compiled.runtime.length)} compiled; they differ from byte ${String(at)} on`;
  return { rule, holds: false, figures };
}

/** What an immutable holds in this code; undefined when its places do not agree. */
export function valueOf({ places }: Immutable, code: Uint8Array): bigint | undefined {
  const words = new Set(places.map((start) => bytesToHex(code.subarray(start, start + WORD))));
  const [word] = words;
  return words.size === 1 && word !== undefined ? BigInt(word) : undefined;
}

/** What creates the contract: its code and the arguments, encoded. */
export const creationOf = async ({ compiled, arguments: args }: Expected): Promise<string> =>
  (await new ContractFactory(compiled.abi, compiled.creation).getDeployTransaction(...args)).data;

/** The arguments alone, as block explorers ask for them: hexadecimal digits without 0x. */
export const encodedArguments = async (expected: Expected): Promise<string> =>
  dataSlice(await creationOf(expected), (expected.compiled.creation.length - 2) / 2).slice(2);

/** Whether every value in the code is what the constructor writes for the arguments that it should have had. */
export async function checkValues(
  reader: CodeReader,
  expected: Expected,
  code: Uint8Array,
  { deployer, chainId }: { readonly deployer: string; readonly chainId: bigint },
): Promise<Finding> {
  const { compiled, address } = expected;
  const rule = `${compiled.name} was constructed with the values of the parameter file`;
  let made: Uint8Array;
  try {
    made = hexToBytes(await reader.call({ from: deployer, data: await creationOf(expected) }));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { rule, holds: false, figures: `its constructor refuses them: ${why}` };
  }
  const own = ownValues(compiled, code, address, chainId);
  const wrong = compiled.immutables.flatMap((immutable) => {
    const got = valueOf(immutable, code);
    const wanted = own.get(immutable.name) ?? valueOf(immutable, made);
    if (got !== undefined && got === wanted) return [];
    // The epoch after the one in which the lottery was deployed: the call is later, never earlier.
    if (immutable.name === FIRST_EPOCH && got !== undefined && got <= (wanted ?? 0n)) return [];
    return [`${immutable.name} is ${show(immutable, got)}, not ${show(immutable, wanted)}`];
  });
  const count = `${String(compiled.immutables.length)} values`;
  return { rule, holds: wrong.length === 0, figures: wrong.join("; ") || count };
}

const FIRST_EPOCH = "LotteryParameters.firstEpoch";
const DOMAIN_TYPE =
  "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)";

/** Values that depend on the contract's own address, which the call does not have. */
function ownValues(
  { immutables }: Compiled,
  code: Uint8Array,
  address: string,
  chainId: bigint,
): ReadonlyMap<string, bigint> {
  const named = (name: string): bigint => {
    const immutable = immutables.find((one) => one.name === name);
    return (immutable && valueOf(immutable, code)) ?? 0n;
  };
  const domain = AbiCoder.defaultAbiCoder().encode(
    ["bytes32", "uint256", "uint256", "uint256", "address"],
    [
      keccak256(toUtf8Bytes(DOMAIN_TYPE)),
      named("EIP712._hashedName"),
      named("EIP712._hashedVersion"),
      chainId,
      address,
    ],
  );
  return new Map([
    ["EIP712._cachedThis", BigInt(address)],
    ["EIP712._cachedDomainSeparator", BigInt(keccak256(domain))],
  ]);
}

function show({ type }: Immutable, value: bigint | undefined): string {
  if (value === undefined) return "not the same everywhere";
  if (type === "address" || type.startsWith("contract ")) return getAddress(addressOf(value));
  if (type.startsWith("bytes") || type === "ShortString") return hexOf(value, WORD);
  if (type !== "EpochClock") return value.toString();
  const part = (shift: bigint, bits: bigint) => String((value >> shift) & ((1n << bits) - 1n));
  return `genesis ${part(64n, 64n)}, epochs of ${part(32n, 32n)} s, eras of ${part(0n, 32n)}`;
}

const hexOf = (value: bigint, bytes: number): Hex =>
  `0x${value.toString(16).padStart(2 * bytes, "0")}`;

/** The address in a word. */
export const addressOf = (value: bigint): Hex => hexOf(value & ((1n << 160n) - 1n), 20);
