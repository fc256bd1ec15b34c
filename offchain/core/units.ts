/**
 * Units as types. A number or bigint that stands for money, time or probability carries its unit,
 * so that seconds never meet milliseconds and an amount never meets a probability unnoticed.
 * Constructors check ranges once, at the border; inside, values are trusted.
 */
import { WaybillError } from "./errors.ts";

declare const unit: unique symbol;
type Branded<Base, Name extends string> = Base & { readonly [unit]: Name };

/** Token amount in the token's smallest unit, 0 … 2^128 − 1. */
export type Amount = Branded<bigint, "amount">;
/** 64-bit threshold: a ticket wins when the top 64 bits of its draw are ≤ this; p = (winProb + 1) / 2^64. */
export type WinProb = Branded<bigint, "winProb">;
/** Epoch number, 0 … 2^32 − 1 (protocol §1). */
export type Epoch = Branded<number, "epoch">;
/** Era number: `floor(epoch / eraLength)`. */
export type Era = Branded<number, "era">;
/** Unix time or a span in whole seconds (chain time). */
export type Seconds = Branded<number, "seconds">;
/** Unix time or a span in milliseconds (agent time). */
export type Millis = Branded<number, "millis">;
/** Ticket index inside a channel, 0 … 2^48 − 1; zero is never issued. */
export type TicketIndex = Branded<number, "ticketIndex">;
/** How often a channel has been closed, 0 … 2^32 − 1. */
export type Generation = Branded<number, "generation">;
/** Mix layer (stratum): 0 is entered by senders, 2 delivers. */
export type Layer = 0 | 1 | 2;
/** Number of layers a packet crosses. */
export const LAYERS = 3;

/** Lower-case `0x` + 40 hex digits. */
export type Address = Branded<`0x${string}`, "address">;
/** Lower-case `0x` + 64 hex digits: identity of a relay in the registry. */
export type RelayId = Branded<`0x${string}`, "relayId">;
/** Lower-case `0x` + 64 hex digits: who funds a channel (an account, or a relay). */
export type PayerId = Branded<`0x${string}`, "payerId">;
/** Lower-case `0x` + 64 hex digits: `keccak256(payerId ‖ ticketSigner ‖ relayId)`. */
export type ChannelId = Branded<`0x${string}`, "channelId">;
/** Lower-case `0x` + 64 hex digits: where a packet goes next; a relay's id, or the hash of a recipient's peer id. */
export type NodeId = Branded<`0x${string}`, "nodeId">;
/** libp2p peer id in its text form. */
export type PeerId = Branded<string, "peerId">;

const U32_MAX = 2 ** 32 - 1;
const U48_MAX = 2 ** 48 - 1;
const U64_MAX = 2n ** 64n - 1n;
const U128_MAX = 2n ** 128n - 1n;

function integer<T>(name: string, value: number, max: number): T {
  if (!Number.isInteger(value) || value < 0 || value > max)
    throw new WaybillError("UNIT_OUT_OF_RANGE", { what: name, got: value, allowed: `0 … ${max}` });
  return value as T;
}

function big<T>(name: string, value: bigint, max: bigint): T {
  if (value < 0n || value > max)
    throw new WaybillError("UNIT_OUT_OF_RANGE", { what: name, got: value, allowed: `0 … ${max}` });
  return value as T;
}

function hex<T>(name: string, value: string, bytes: number): T {
  const lower = value.toLowerCase();
  if (lower.length !== 2 + 2 * bytes || !/^0x[0-9a-f]*$/.test(lower))
    throw new WaybillError("UNIT_OUT_OF_RANGE", {
      what: name,
      got: value,
      allowed: `0x and ${2 * bytes} hex digits`,
    });
  return lower as T;
}

/** A number of tokens in the smallest unit, below 2^128. */
export const amount = (value: bigint): Amount => big("amount", value, U128_MAX);
/** A win probability as tickets carry it: p = (value + 1) / 2^64. */
export const winProb = (value: bigint): WinProb => big("winProb", value, U64_MAX);
/** An epoch number, below 2^32. */
export const epoch = (value: number): Epoch => integer("epoch", value, U32_MAX);
/** An era number, below 2^32. */
export const era = (value: number): Era => integer("era", value, U32_MAX);
/** A ticket's index in its channel, below 2^48. */
export const ticketIndex = (value: number): TicketIndex => integer("ticketIndex", value, U48_MAX);
/** How often a channel has been closed, below 2^32. */
export const generation = (value: number): Generation => integer("generation", value, U32_MAX);
/** A time or a duration of the chain, in whole seconds. */
export const seconds = (value: number): Seconds =>
  integer("seconds", value, Number.MAX_SAFE_INTEGER);
/** An account or contract: 0x and 40 hex digits, which become small letters. */
export const address = (value: string): Address => hex("address", value, 20);
/** A relay's id in the registry: 0x and 64 hex digits. */
export const relayId = (value: string): RelayId => hex("relayId", value, 32);
/** Who pays into a channel: 0x and 64 hex digits. */
export const payerId = (value: string): PayerId => hex("payerId", value, 32);
/** A channel's id: 0x and 64 hex digits. */
export const channelId = (value: string): ChannelId => hex("channelId", value, 32);
/** A relay's id, or the hash of a recipient's peer id: 0x and 64 hex digits. */
export const nodeId = (value: string): NodeId => hex("nodeId", value, 32);

/** Milliseconds may be fractional (sampled delays) but never negative or infinite. */
export function millis(value: number): Millis {
  if (!Number.isFinite(value) || value < 0)
    throw new WaybillError("UNIT_OUT_OF_RANGE", {
      what: "millis",
      got: value,
      allowed: "a finite number ≥ 0",
    });
  return value as Millis;
}

/** Chain seconds as milliseconds. */
export const secondsToMillis = (value: Seconds): Millis => (value * 1000) as Millis;
/** Milliseconds as whole seconds, rounded down. */
export const millisToSeconds = (value: Millis): Seconds => Math.floor(value / 1000) as Seconds;
