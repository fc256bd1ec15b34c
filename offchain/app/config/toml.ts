/** TOML that may be none. */
import { parse, TomlError, type TomlTable } from "smol-toml";

/** Undefined for text that is no TOML. */
export function tomlOf(text: string): TomlTable | undefined {
  try {
    return parse(text, { integersAsBigInt: "asNeeded" });
  } catch (error) {
    if (error instanceof TomlError) return undefined;
    throw error;
  }
}

export const isTable = (value: unknown): value is TomlTable =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
