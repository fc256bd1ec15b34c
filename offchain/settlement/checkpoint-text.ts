/**
 * The state of the network as text, for a checkpoint. JSON knows neither maps nor big integers nor bytes: each becomes an
 * object whose one field says which. The state holds no null, so null stands for undefined.
 */
import { bytesToHex, hexToBytes } from "../core/bytes.ts";
import type { NetworkState } from "./state.ts";

/** To be raised whenever the state holds something else, or the reducer makes something else of the same events. */
const VERSION = 1;

export function checkpointText(state: NetworkState): string {
  return JSON.stringify({ version: VERSION, state: toJson(state) });
}

/** Undefined for one of another version, and for what `checkpointText` never wrote. */
export function checkpointState(text: string): NetworkState | undefined {
  try {
    const { version, state } = JSON.parse(text) as { version: unknown; state: unknown };
    return version === VERSION ? asState(fromJson(state)) : undefined;
  } catch {
    return undefined;
  }
}

function toJson(value: unknown): unknown {
  if (value === undefined) return null;
  if (typeof value === "bigint") return { $bigint: value.toString() };
  if (value instanceof Uint8Array) return { $bytes: bytesToHex(value) };
  if (value instanceof Map)
    return { $map: [...value].map((entry: unknown[]) => entry.map(toJson)) };
  if (Array.isArray(value)) return value.map(toJson);
  if (typeof value === "object" && value !== null) return changed(value, toJson);
  return value;
}

function fromJson(value: unknown): unknown {
  if (value === null) return undefined;
  if (Array.isArray(value)) return value.map(fromJson);
  if (typeof value !== "object") return value;
  if ("$bigint" in value) return BigInt(String(value.$bigint));
  if ("$bytes" in value) return hexToBytes(String(value.$bytes));
  if ("$map" in value) return new Map(fromJson(value.$map) as [unknown, unknown][]);
  return changed(value, fromJson);
}

const changed = (fields: object, change: (value: unknown) => unknown): object =>
  Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, change(value)]));

/** Undefined where a part is missing. */
function asState(value: unknown): NetworkState | undefined {
  const { relays, beacons, channels, redemptions, books, sets } = value as Partial<NetworkState>;
  const maps = [relays, beacons, channels, redemptions, books];
  const isWhole = maps.every((map) => map instanceof Map) && Array.isArray(sets);
  return isWhole ? (value as NetworkState) : undefined;
}
