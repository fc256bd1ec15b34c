/**
 * Loaded into each relay of the soak beside its own code: has the garbage collected now and then. A process that has
 * little to do keeps garbage as long as it likes, and what it holds then says nothing of what it leaks.
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

const COLLECTED_EVERY = 30_000;

setFlagsFromString("--expose-gc");
setInterval(runInNewContext("gc") as () => void, COLLECTED_EVERY).unref();
