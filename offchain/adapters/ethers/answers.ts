/** JSON-RPC results as the port's types; what has another shape is an unwell node, to be asked again. */
import { bytesToHex, hexToBytes, type Hex } from "../../core/bytes.ts";
import { seconds } from "../../core/units.ts";
import type { Block } from "../../ports/chain.ts";
import { unreachable } from "./json-rpc.ts";

export interface RawLog {
  readonly address: string;
  readonly topics: string[];
  readonly data: string;
  readonly blockNumber: number;
  readonly blockHash: Hex;
  readonly logIndex: number;
}

/** The fields of a JSON object, each read by the form it must have. */
export class Answer {
  readonly #what: string;
  readonly #fields: Readonly<Record<string, unknown>>;

  constructor(what: string, value: unknown) {
    if (typeof value !== "object" || value === null) throw malformed(what);
    this.#what = what;
    this.#fields = value as Record<string, unknown>;
  }

  get(field: string): unknown {
    return this.#fields[field];
  }

  hex(field: string): Hex {
    return toHex(`${this.#what}.${field}`, this.#fields[field]);
  }

  big(field: string): bigint {
    return toBig(`${this.#what}.${field}`, this.#fields[field]);
  }

  number(field: string): number {
    return Number(this.big(field));
  }

  list(field: string): unknown[] {
    return toList(`${this.#what}.${field}`, this.#fields[field]);
  }
}

export function toBlock(value: unknown): Block {
  const block = new Answer("block", value);
  return {
    number: block.number("number"),
    hash: block.hex("hash"),
    timestamp: seconds(block.number("timestamp")),
  };
}

export function toLog(value: unknown): RawLog {
  const log = new Answer("log", value);
  return {
    address: log.hex("address"),
    topics: log.list("topics").map((topic) => toHex("topic", topic)),
    data: log.hex("data"),
    blockNumber: log.number("blockNumber"),
    blockHash: log.hex("blockHash"),
    logIndex: log.number("logIndex"),
  };
}

export function toList(what: string, value: unknown): unknown[] {
  if (!Array.isArray(value)) throw malformed(what);
  return value;
}

export function toBig(what: string, value: unknown): bigint {
  if (typeof value !== "string" || !/^0x[0-9a-fA-F]+$/.test(value)) throw malformed(what);
  return BigInt(value);
}

export function toHex(what: string, value: unknown): Hex {
  if (typeof value !== "string" || !/^0x([0-9a-fA-F]{2})*$/.test(value)) throw malformed(what);
  return bytesToHex(hexToBytes(value));
}

const malformed = (what: string) => unreachable(what, "an answer of another form");
