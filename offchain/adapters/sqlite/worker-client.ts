/** Requests and answers over a worker thread; every request settles, also when the worker dies. */
import type { Worker } from "node:worker_threads";
import { WaybillError } from "../../core/errors.ts";
import type { CallArgs, CallName, CallResult } from "./calls.ts";
import { fromMessage, isFatal } from "./failures.ts";
import type { AnswerMessage, CallMessage } from "./messages.ts";

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: WaybillError) => void;
}

export class WorkerClient {
  /** Settles with the worker's first word: opened, or why not. */
  readonly ready: Promise<unknown>;
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  #nextId = 1;
  /** Why no request is taken any more. */
  #ended: WaybillError | undefined;
  #closing: Promise<void> | undefined;
  #onBroken: ((error: WaybillError) => void) | undefined;

  /** `onBroken` is told once when the database takes no more writes until it is opened again. */
  constructor(worker: Worker, onBroken?: (error: WaybillError) => void) {
    this.#worker = worker;
    this.#onBroken = onBroken;
    this.ready = this.#expect(0);
    worker.on("message", (message: AnswerMessage) => {
      this.#settle(message);
    });
    worker.on("error", (error) => {
      this.#fail(error instanceof Error ? error.message : "unknown");
    });
    worker.on("messageerror", () => {
      this.#fail("an answer could not be read");
    });
    worker.on("exit", (code) => {
      this.#fail(`exit code ${code}`);
    });
  }

  call<Name extends CallName>(call: Name, ...args: CallArgs<Name>): Promise<CallResult<Name>> {
    return this.#send(call, args, []) as Promise<CallResult<Name>>;
  }

  /** Like `call`; the buffers in `moved` change owner and are empty here afterwards. */
  callMoving<Name extends CallName>(
    call: Name,
    moved: readonly ArrayBuffer[],
    ...args: CallArgs<Name>
  ): Promise<CallResult<Name>> {
    return this.#send(call, args, moved) as Promise<CallResult<Name>>;
  }

  /** Copies the database beside itself and resolves with the copy's path. */
  async snapshot(): Promise<string> {
    return (await this.#send("snapshot", [], [])) as string;
  }

  /** Waits for the last commit and ends the worker; a second call is the first. */
  close(): Promise<void> {
    this.#closing ??= this.#shutDown();
    return this.#closing;
  }

  async #shutDown(): Promise<void> {
    if (this.#ended === undefined) {
      const done = this.#send("close", [], []);
      this.#ended = new WaybillError("STORE_CLOSED");
      await done;
    }
    await this.#worker.terminate();
  }

  #send(
    call: CallMessage["call"],
    args: readonly unknown[],
    moved: readonly ArrayBuffer[],
  ): Promise<unknown> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    const id = this.#nextId++;
    const message: CallMessage = { id, call, args };
    const answer = this.#expect(id);
    try {
      this.#worker.postMessage(message, moved);
    } catch (error) {
      this.#take(id)?.reject(
        new WaybillError("STORE_BAD_INPUT", {
          what: `${call}: ${error instanceof Error ? error.message : "not transferable"}`,
        }),
      );
    }
    return answer;
  }

  /** While answers are due the worker keeps the process alive, and only then. */
  #expect(id: number): Promise<unknown> {
    this.#worker.ref();
    return new Promise((resolve, reject) => this.#pending.set(id, { resolve, reject }));
  }

  #take(id: number): Pending | undefined {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    if (this.#pending.size === 0) this.#worker.unref();
    return pending;
  }

  #settle(message: AnswerMessage): void {
    const pending = this.#take(message.id);
    if (!("failure" in message)) {
      pending?.resolve(message.value);
      return;
    }
    const error = fromMessage(message.failure);
    pending?.reject(error);
    // Whoever waits for the opening hears of that itself.
    if (message.id !== 0 && isFatal(error)) this.#tellBroken(error);
  }

  #tellBroken(error: WaybillError): void {
    this.#onBroken?.(error);
    this.#onBroken = undefined;
  }

  #fail(why: string): void {
    const error = new WaybillError("STORE_WORKER_DIED", { what: why });
    if (this.#ended === undefined && !this.#pending.has(0)) this.#tellBroken(error);
    this.#ended ??= error;
    for (const id of [...this.#pending.keys()]) this.#take(id)?.reject(error);
  }
}
