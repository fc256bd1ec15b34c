/** The messages between the store on the main thread and its worker. */
import type { CallName } from "./calls.ts";
import type { FailureMessage } from "./failures.ts";

/** What the worker is started with. */
export interface WorkerOptions {
  readonly path: string;
  /** Milliseconds in which writes gather into one commit. */
  readonly commitWindow: number;
  /** Bytes of free disk kept back from the replay database. */
  readonly reserveBytes: number;
}

export interface CallMessage {
  readonly id: number;
  /**
   * "close" commits what waits, closes the file and ends the worker; "snapshot" copies the database, as it was
   * at one moment, beside itself and answers the copy's path.
   */
  readonly call: CallName | "close" | "snapshot";
  readonly args: readonly unknown[];
}

/** The first answer has id 0 and says whether the database could be opened. */
export type AnswerMessage =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly failure: FailureMessage };
