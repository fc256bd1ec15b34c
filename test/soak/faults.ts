/** What is done to the network while it works: one thing after the other, as a seed decides. */
import { createHash } from "node:crypto";

import { pause } from "../e2e/support/wait.ts";
import type { Miner } from "./miner.ts";
import type { SoakedRelay } from "./soaked-relay.ts";

/**
 * In blocks of half a second. A channel's epochs are redeemed one after the other, each once the one before is
 * confirmed: confirming what is below this must take less than an epoch of 12 s.
 */
export const DEEPEST_REORG = 12;
/** Seconds. */
const LONGEST_OUTAGE = 15;
const LONGEST_BREAK = 12;

/** Numbers that only the seed decides. */
export class Dice {
  readonly #seed: string;
  #rolls = 0;

  constructor(seed: string) {
    this.#seed = seed;
  }

  /** Uniform in 0 … below − 1. */
  roll(below: number): number {
    const digest = createHash("sha256").update(`${this.#seed} ${this.#rolls++}`).digest();
    return digest.readUIntBE(0, 6) % below;
  }
}

export type FaultName =
  | "kill"
  | "restart"
  | "freeze"
  | "no-chain"
  | "reorg"
  /** One relay cannot be dialled, and who had dialled it is cut off. */
  | "unreachable"
  /** No relay can be dialled: every one is alone. */
  | "partition";
const NAMES: readonly FaultName[] = [
  ...(["kill", "restart", "freeze", "no-chain", "reorg", "unreachable", "partition"] as const),
];
const OF_ALL: readonly FaultName[] = ["reorg", "partition"];

export interface FaultParts {
  readonly miner: Miner;
  readonly relays: readonly SoakedRelay[];
  /** Those of them that are hit; the others only live through it. */
  readonly victims: readonly SoakedRelay[];
  readonly dice: Dice;
  readonly tell: (what: string) => void;
}

/** Does one thing and undoes what can be undone; returns its name. */
export async function oneFault({
  miner,
  relays,
  victims,
  dice,
  tell,
}: FaultParts): Promise<FaultName> {
  const name = NAMES[dice.roll(NAMES.length)] ?? "kill";
  const victim = victims[dice.roll(victims.length)];
  const seconds = 1 + dice.roll(LONGEST_OUTAGE);
  const depth = 1 + dice.roll(DEEPEST_REORG);
  const rest = 1 + dice.roll(LONGEST_BREAK);
  if (victim === undefined) throw new Error("nobody to be hit");
  const whom = OF_ALL.includes(name) ? "" : ` ${victim.node.name}`;
  tell(name === "reorg" ? `reorg of ${depth} blocks` : `${name}${whom}, ${seconds} s`);
  switch (name) {
    case "kill":
      await victim.kill();
      await pause(100 * seconds);
      victim.start();
      break;
    case "restart":
      await victim.stop();
      await pause(100 * seconds);
      victim.start();
      break;
    case "freeze":
      victim.freeze();
      await pause(1_000 * seconds);
      victim.thaw();
      break;
    case "no-chain":
      await victim.chain.cut();
      await pause(1_000 * seconds);
      await victim.chain.mend();
      break;
    case "unreachable":
      await cutDoors([victim], seconds);
      break;
    case "partition":
      await cutDoors(relays, seconds);
      break;
    case "reorg":
      await miner.reorg(depth);
  }
  await pause(1_000 * rest);
  return name;
}

async function cutDoors(relays: readonly SoakedRelay[], seconds: number): Promise<void> {
  await Promise.all(relays.map(({ door }) => door.cut()));
  await pause(1_000 * seconds);
  await Promise.all(relays.map(({ door }) => door.mend()));
}
