/** Prints how little of the processor this process takes before others. */
import { getPriority } from "node:os";

process.stdout.write(String(getPriority()));
