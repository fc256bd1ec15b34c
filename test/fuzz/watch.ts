/** Ends the process when it reads one input for too long, and says which. A loop cannot be ended from within. */
import { writeSync } from "node:fs";
import { isMainThread, Worker, workerData } from "node:worker_threads";

const PATIENCE_MS = 3_000;
const LONGEST_INPUT = 2 ** 20;

interface Shared {
  /** The number of the input that is read, 0 for none; and its length. */
  readonly now: Int32Array<SharedArrayBuffer>;
  readonly input: Uint8Array<SharedArrayBuffer>;
}

export class Watch {
  readonly #shared: Shared = {
    now: new Int32Array(new SharedArrayBuffer(8)),
    input: new Uint8Array(new SharedArrayBuffer(LONGEST_INPUT)),
  };
  readonly #worker = new Worker(new URL(import.meta.url), { workerData: this.#shared });
  #number = 0;

  begins(input: Uint8Array): void {
    const { now, input: copy } = this.#shared;
    copy.set(input);
    now[1] = input.length;
    this.#number = (this.#number % 0x7fff_ffff) + 1;
    Atomics.store(now, 0, this.#number);
  }

  rests(): void {
    Atomics.store(this.#shared.now, 0, 0);
  }

  async stop(): Promise<void> {
    await this.#worker.terminate();
  }
}

if (!isMainThread) {
  const { now, input } = workerData as Shared;
  let seen = 0;
  setInterval(() => {
    const number = Atomics.load(now, 0);
    if (number !== 0 && number === seen) {
      const hex = Buffer.from(input.subarray(0, now[1])).toString("hex");
      writeSync(1, `  ✘ no end within ${PATIENCE_MS} ms\n    input: 0x${hex}\n  1 failing\n`);
      process.kill(process.pid, "SIGKILL");
    }
    seen = number;
  }, PATIENCE_MS);
}
