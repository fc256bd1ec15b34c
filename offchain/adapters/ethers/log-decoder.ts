/** One contract's logs, found by their first topic. */
import type { EventFragment, Interface, Result } from "ethers";

import type { RawLog } from "./answers.ts";

/** An event by its name, with its arguments. */
export interface NamedLog {
  readonly name: string;
  readonly args: Result;
}

/**
 * `Interface.parseLog` hashes the signatures of a contract's events one after the other until one is the log's, anew
 * for each log; here each is hashed once.
 */
export class LogDecoder {
  readonly #abi: Interface;
  readonly #events = new Map<string, EventFragment>();

  constructor(abi: Interface) {
    this.#abi = abi;
    abi.forEachEvent((event) => this.#events.set(event.topicHash, event));
  }

  /** Undefined for an event that the contract's ABI does not have; throws when the log is not as the ABI says. */
  decode({ topics, data }: Pick<RawLog, "topics" | "data">): NamedLog | undefined {
    const event = this.#events.get(topics[0]?.toLowerCase() ?? "");
    if (event === undefined) return undefined;
    return { name: event.name, args: this.#abi.decodeEventLog(event, data, topics) };
  }
}
