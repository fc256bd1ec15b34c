/**
 * The operator's channel policy: a TOML file, its numbers in whole tokens, with the usual values for what it does
 * not say. Flags go before the file. What is wrong with it whatever the network is known before there is one.
 */
import { readFileSync } from "node:fs";

import { parse, TomlError } from "smol-toml";

import { formatAmount } from "../../core/amounts.ts";
import { WaybillError } from "../../core/errors.ts";
import { amount, relayId, type Amount, type RelayId } from "../../core/units.ts";
import type { NetworkParams } from "../../ports/network.ts";
import {
  usualPolicy,
  type ChannelPolicy,
  type ChannelTerms,
  type IdleRule,
} from "../../settlement/channel-policy.ts";
import type { Source } from "../../settlement/purse.ts";
import { nearest } from "../config/names.ts";
import { isTable } from "../config/toml.ts";
import { tokenAmount } from "../settings.ts";

export interface PolicyOptions {
  readonly channelTarget: Amount | undefined;
  readonly channelBudget: Amount | undefined;
  /** Path of the file. */
  readonly channelPolicy: string | undefined;
}

/** Winners that a channel covers by default, and at the least: of the dearest layer that this relay pays into. */
const DEFAULT_WINNERS = 16n;
const LEAST_WINNERS = 2n;
/** Channels that the default budget is enough for. */
const DEFAULT_CHANNELS = 64n;

const KEYS = [
  ...["target", "low-water", "budget", "sources", "idle", "idle-epochs", "gas-per-epoch"],
  ...["never", "relay"],
];
const TERMS = ["target", "low-water"];
const SOURCES: readonly Source[] = ["tokens", "earnings"];
const IDLE: readonly IdleRule[] = ["keep", "close-when-short", "close"];

type Table = Readonly<Record<string, unknown>>;

/** Undefined is what nobody said: the usual holds then. */
interface WrittenTerms {
  readonly target: Amount | undefined;
  readonly lowWater: Amount | undefined;
}

/** What flags and file say, before the network's amounts are known. */
export interface WrittenPolicy extends WrittenTerms {
  /** What the target is called where it stands. */
  readonly named: string;
  readonly budget: Amount | undefined;
  /** Of the rest, what is said. */
  readonly rules: Partial<Pick<ChannelPolicy, "sources" | "idle" | "idleEpochs" | "gasPerEpoch">>;
  readonly relays: ReadonlyMap<RelayId, WrittenTerms | "never">;
}

/**
 * Finds every mistake that is one on any network.
 * @throws WaybillError CHANNEL_POLICY_INVALID, SETTING_UNKNOWN, OPTION_INVALID
 */
export function writtenPolicy(options: PolicyOptions): WrittenPolicy {
  const { channelPolicy: path, channelTarget, channelBudget } = options;
  const file = path === undefined ? {} : readTable(path);
  requireKnown(file, KEYS, "");
  const target = channelTarget ?? tokens(file, "target");
  const sources = choices(file, "sources", SOURCES);
  const idle = choice(file, "idle", IDLE);
  const idleEpochs = count(file, "idle-epochs");
  return {
    named: channelTarget === undefined ? "target" : "--channel-target",
    target,
    lowWater: requireBelow(tokens(file, "low-water"), target),
    budget: channelBudget ?? tokens(file, "budget"),
    rules: {
      ...(sources === undefined ? {} : { sources }),
      ...(idle === undefined ? {} : { idle }),
      ...(idleEpochs === undefined ? {} : { idleEpochs }),
      gasPerEpoch: tokens(file, "gas-per-epoch"),
    },
    relays: relays(file, target),
  };
}

/**
 * The same with what the network adds to it.
 * @throws WaybillError CHANNEL_POLICY_INVALID, OPTION_INVALID for channels that could carry no ticket
 */
export function channelPolicy(params: NetworkParams, written: WrittenPolicy): ChannelPolicy {
  const winner = params.ticketAmounts[params.lottery === undefined ? 1 : 0];
  // A payee stops at half of a balance and keeps one winner in reserve: a channel of less carries nothing.
  const least = amount(LEAST_WINNERS * winner);
  const target = written.target ?? amount(DEFAULT_WINNERS * winner);
  const budget = written.budget ?? amount(DEFAULT_CHANNELS * target);
  const terms = (name: string, { target: own = target, lowWater }: WrittenTerms): ChannelTerms => {
    requireAtLeast(name, own, least);
    const { lowWater: ordinary } = usualPolicy(own, own);
    return { target: own, lowWater: requireBelow(lowWater, own) ?? ordinary };
  };
  return {
    ...usualPolicy(target, budget),
    ...written.rules,
    ...terms(written.named, written),
    relays: new Map(
      [...written.relays].map(([relay, own]) => [
        relay,
        own === "never" ? own : terms(`relay.${relay}.target`, own),
      ]),
    ),
  };
}

function relays(
  file: Table,
  usual: Amount | undefined,
): ReadonlyMap<RelayId, WrittenTerms | "never"> {
  const special = new Map<RelayId, WrittenTerms | "never">();
  for (const [name, value] of Object.entries(table(file, "relay"))) {
    const own = isTable(value) ? value : invalid(`relay.${name}`, "no table", "a table");
    requireKnown(own, TERMS, `relay.${name}.`);
    const target = tokens(own, "target");
    const lowWater = requireBelow(tokens(own, "low-water"), target ?? usual);
    special.set(toRelay(name), { target, lowWater });
  }
  const never = file.never ?? [];
  if (!Array.isArray(never)) invalid("never", "no list", "a list of relay ids");
  for (const name of never as unknown[]) {
    const relay = toRelay(String(name));
    if (special.has(relay)) invalid("never", String(name), "a relay without a table of its own");
    special.set(relay, "never");
  }
  return special;
}

function readTable(path: string): Table {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    throw new WaybillError("CHANNEL_POLICY_INVALID", {
      what: path,
      got: "no readable file",
      cause,
    });
  }
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    return invalid(path, `a mistake in line ${error.line}, column ${error.column}`, "TOML");
  }
}

function requireKnown(table: Table, known: readonly string[], prefix: string): void {
  for (const key of Object.keys(table)) {
    if (known.includes(key)) continue;
    const meant = nearest(key, known);
    throw new WaybillError("SETTING_UNKNOWN", {
      what: "the channel policy",
      got: prefix + key,
      allowed: meant === undefined ? known.join(", ") : `${prefix}${meant}, perhaps`,
    });
  }
}

/** Tokens, or coin for `gas-per-epoch`: both have 18 decimals. */
function tokens(table: Table, key: string): Amount | undefined {
  const value = table[key];
  if (value === undefined) return undefined;
  if (typeof value !== "string" && typeof value !== "number")
    return invalid(key, "another kind of value", 'a number, such as "12.5"');
  return amount(tokenAmount(key)(String(value)));
}

function requireBelow(
  lowWater: Amount | undefined,
  target: Amount | undefined,
): Amount | undefined {
  if (lowWater !== undefined && target !== undefined && lowWater > target)
    return invalid("low-water", formatAmount(lowWater), `≤ ${formatAmount(target)}, the target`);
  return lowWater;
}

function count(table: Table, key: string): number | undefined {
  const value = table[key];
  if (value === undefined) return undefined;
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0)
    return invalid(key, "another value", "a whole number ≥ 0");
  return value;
}

function choice<T extends string>(table: Table, key: string, allowed: readonly T[]): T | undefined {
  const value = table[key];
  if (value === undefined) return undefined;
  return allowed.find((one) => one === value) ?? invalid(key, "another value", allowed.join(", "));
}

function choices<T extends string>(
  table: Table,
  key: string,
  allowed: readonly T[],
): readonly T[] | undefined {
  const value = table[key];
  if (value === undefined) return undefined;
  if (!Array.isArray(value) || value.length === 0 || new Set(value).size !== value.length)
    return invalid(key, "no such list", `a list of ${allowed.join(", ")}, each once`);
  return value.map((one) => choice({ [key]: one as unknown }, key, allowed) as T);
}

function table(file: Table, key: string): Table {
  const value = file[key] ?? {};
  return isTable(value) ? value : invalid(key, "no table", "a table of relay ids");
}

function toRelay(text: string): RelayId {
  try {
    return relayId(text.toLowerCase());
  } catch {
    return invalid("relay", text, "a relay's id: 0x and 64 hex digits");
  }
}

function requireAtLeast(what: string, value: Amount, least: Amount): void {
  if (value >= least) return;
  throw new WaybillError(what.startsWith("--") ? "OPTION_INVALID" : "CHANNEL_POLICY_INVALID", {
    what,
    got: `${formatAmount(value)} tokens`,
    allowed: `≥ ${formatAmount(least)} tokens, two winners of this network`,
  });
}

function invalid(what: string, got: string, allowed: string): never {
  throw new WaybillError("CHANNEL_POLICY_INVALID", { what, got, allowed });
}
