/** Storage words of contracts, found by what they hold, and changed behind the contracts' back. */
import { AbiCoder, concat, keccak256, toBeHex, zeroPadValue } from "ethers";

import type { Connection } from "./registry.ts";

/** Slots of state variables that are searched: each contract has far fewer. */
const SLOTS = 64;

export interface Word {
  readonly contract: string;
  readonly slot: string;
  readonly value: bigint;
}

/** The word with this value, at `key` of one of the contract's mappings. */
export async function mappingWord(
  { ethers }: Connection,
  contract: string,
  key: string,
  value: bigint,
): Promise<Word> {
  for (let variable = 0; variable < SLOTS; variable++) {
    const slot = keccak256(concat([zeroPadValue(key, 32), toBeHex(variable, 32)]));
    if (BigInt(await ethers.provider.getStorage(contract, slot)) === value)
      return { contract, slot, value };
  }
  throw new Error(`no mapping of ${contract} holds ${value} for ${key}`);
}

/** The state variable with this value. */
export async function plainWord(
  { ethers }: Connection,
  contract: string,
  value: bigint,
): Promise<Word> {
  for (let slot = 0; slot < SLOTS; slot++)
    if (BigInt(await ethers.provider.getStorage(contract, slot)) === value)
      return { contract, slot: toBeHex(slot), value };
  throw new Error(`no variable of ${contract} holds ${value}`);
}

/** Adds `error` to the word. */
export async function plant(
  { ethers }: Connection,
  { contract, slot, value }: Word,
  error: bigint,
): Promise<void> {
  const word = AbiCoder.defaultAbiCoder().encode(["uint256"], [value + error]);
  await ethers.provider.send("hardhat_setStorageAt", [contract, slot, word]);
}
