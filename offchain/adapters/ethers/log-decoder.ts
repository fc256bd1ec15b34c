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
 * for each log; here that is done once for each event.
 */
export class LogDecoder {
  readonly #abi: Interface;
  /** Those that have come so far, by their topics. */
  readonly #events = new Map<string, EventFragment>();

  constructor(abi: Interface) {
    this.#abi = abi;
  }

  /** Undefined for an event that the contract's ABI does not have; throws when the log is not as the ABI says. */
  decode({ topics, data }: Pick<RawLog, "topics" | "data">): NamedLog | undefined {
    const [topic] = topics;
    const event = topic === undefined ? undefined : this.#eventOf(topic);
    if (event === undefined) return undefined;
    return { name: event.name, args: this.#abi.decodeEventLog(event, data, topics) };
  }

  /** What the ABI does not have is not remembered: an endpoint could make up more of it without end. */
  #eventOf(topic: string): EventFragment | undefined {
    const event = this.#events.get(topic) ?? this.#abi.getEvent(topic) ?? undefined;
    if (event !== undefined) this.#events.set(topic, event);
    return event;
  }
}
