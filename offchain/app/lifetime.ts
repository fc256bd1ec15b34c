/**
 * How a running node ends: because it was asked to, or because of a fault that it cannot live with. It never goes
 * on half, and it never takes longer than stated to go.
 */
import { WaybillError } from "../core/errors.ts";
import { millis, type Millis } from "../core/units.ts";
import { EXIT } from "./exit-codes.ts";

/** From the first signal or fault to the end of the process at the latest; `waybill run` mostly needs a fifth. */
export const STOP_BOUND: Millis = millis(20_000);

export class Lifetime {
  readonly #over = new AbortController();
  readonly #ended = Promise.withResolvers<undefined>();

  constructor() {
    // Who only looks at `over` need not wait for the promise.
    this.#ended.promise.catch(() => undefined);
  }

  /** Aborted as soon as the node is to stop; its reason is RUN_STOPPED or the fault. */
  get over(): AbortSignal {
    return this.#over.signal;
  }

  /** Resolves when the node was asked to stop, rejects with the fault that ends it. */
  get ended(): Promise<undefined> {
    return this.#ended.promise;
  }

  /** The node was asked to stop. */
  stop(): void {
    this.#ended.resolve(undefined);
    this.#over.abort(new WaybillError("RUN_STOPPED"));
  }

  /** The node cannot go on. Whatever comes first counts. */
  fail(error: WaybillError): void {
    this.#ended.reject(error);
    this.#over.abort(error);
  }
}

/** What of a process is needed to live and die in it. */
export type HostProcess = Pick<NodeJS.Process, "on" | "exit" | "stderr">;

/**
 * The lifetime of this process. The first SIGINT or SIGTERM asks the node to stop, a second one ends the process
 * at once. What nobody caught ends the node as AGENT_FAULT instead of leaving half of it. A process that is still
 * there after STOP_BOUND ends by force.
 */
export function processLifetime(host: HostProcess = process): Lifetime {
  const lifetime = new Lifetime();
  const onSignal = (): void => {
    if (lifetime.over.aborted) host.exit(EXIT.interrupted);
    lifetime.stop();
  };
  const onFault = (thrown: unknown): void => {
    lifetime.fail(new WaybillError("AGENT_FAULT", { what: placeOf(thrown), cause: thrown }));
  };
  host.on("SIGINT", onSignal);
  host.on("SIGTERM", onSignal);
  host.on("uncaughtException", onFault);
  host.on("unhandledRejection", onFault);
  lifetime.over.addEventListener("abort", () => {
    // Keeps no process alive that has nothing left to do.
    setTimeout(() => {
      const { message } = new WaybillError("STOP_TOO_SLOW", { allowed: `${STOP_BOUND} ms` });
      host.stderr.write(`waybill: ${message}\n`);
      host.exit(EXIT.failed);
    }, STOP_BOUND).unref();
  });
  return lifetime;
}

/**
 * Runs what cleans up behind itself when it is stopped: the first SIGINT or SIGTERM aborts the task's signal, a
 * second one ends the process at once.
 */
export async function interruptible<T>(
  task: (over: AbortSignal) => Promise<T>,
  host: HostProcess & Pick<NodeJS.Process, "off"> = process,
): Promise<T> {
  const stopping = new AbortController();
  const onSignal = (): void => {
    if (stopping.signal.aborted) host.exit(EXIT.interrupted);
    stopping.abort();
  };
  const signals = ["SIGINT", "SIGTERM"] as const;
  for (const signal of signals) host.on(signal, onSignal);
  try {
    return await task(stopping.signal);
  } finally {
    for (const signal of signals) host.off(signal, onSignal);
  }
}

/** Resolves at the first SIGINT or SIGTERM; a second one ends the process at once. */
export async function untilStopped(): Promise<void> {
  await processLifetime().ended;
}

/** The fault and the place in the code where it arose. */
function placeOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  const place = thrown.stack?.split("\n").find((line) => /^\s+at /.test(line));
  return place === undefined ? String(thrown) : `${String(thrown)} ${place.trim()}`;
}
