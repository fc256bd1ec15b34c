/**
 * Loaded into each thread of each relay of the soak beside its own code: has the garbage collected now and then, and
 * writes down what is held afterwards. A process that has little to do keeps garbage as long as it likes, and what it
 * holds then says nothing of what it leaks.
 */
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { threadId } from "node:worker_threads";

const COLLECTED_EVERY = 30_000;

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;
const file = join(process.env.SOAK_HEAPS ?? ".", `thread-${threadId}`);

setInterval(() => {
  // Memory outside the heap is given back after the collection that has found it unused.
  collect();
  collect();
  const { heapUsed, external } = process.memoryUsage();
  appendFileSync(file, `${process.uptime()} ${heapUsed + external}\n`);
}, COLLECTED_EVERY).unref();
