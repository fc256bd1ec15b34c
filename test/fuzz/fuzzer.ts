/**
 * Fuzzing that learns: an input that makes code run which no input before it reached is kept, and the next ones
 * are made out of those that are kept.
 */
import { hasCode, type ErrorCode } from "../../offchain/core/errors.ts";
import type { Coverage } from "./coverage.ts";
import { mutate, SeededNumbers } from "./mutations.ts";

/** Something that reads bytes of strangers. */
export interface Target {
  readonly name: string;
  /** Real encodings, and what nearly is one, to begin with. */
  readonly seeds: readonly Uint8Array[];
  /** Keeps nothing from one call to the next. */
  readonly read: (bytes: Uint8Array) => void;
  /** The one error that it may throw; none unless said. */
  readonly refusal?: ErrorCode;
  /** Longest input; twice the longest seed unless said. */
  readonly longest?: number;
  /** Of the inputs that others get, for one that takes its time. */
  readonly share?: number;
}

export interface Outcome {
  readonly inputs: number;
  /** Inputs that reached something new. */
  readonly kept: number;
  readonly failure?: { readonly input: Uint8Array; readonly why: string };
}

export interface FuzzOptions {
  readonly inputs: number;
  readonly seed: string;
  readonly coverage: Coverage;
  /** False: every input is made out of the seeds. */
  readonly guided: boolean;
  /** Told of every input before it is read, so that one that never ends is known. */
  readonly before?: (input: Uint8Array) => void;
}

/** Looking at coverage costs more than reading: many inputs at once, and one by one when there was something new. */
const BATCH = 64;
/** Milliseconds, in the best of as many tries: the first may have met the garbage collector. */
const SLOW = 250;
const TRIES = 3;
/** No input starts where its buffer does. */
const OFFSET = 3;

export function fuzz(target: Target, options: FuzzOptions): Outcome {
  const { seed, coverage, guided, before = () => undefined } = options;
  const { seeds, share = 1 } = target;
  const longest = target.longest ?? 2 * Math.max(...seeds.map((one) => one.length));
  const numbers = new SeededNumbers(`${seed} ${target.name}`);
  const inputs = Math.ceil(options.inputs * share);
  const corpus = [...seeds];
  const found = (): number => corpus.length - seeds.length;
  const tried = (input: Uint8Array): string | undefined => {
    before(input);
    return fault(target, input);
  };

  coverage.forget();
  for (const input of seeds) {
    const why = tried(input);
    if (why !== undefined) return { inputs: 0, kept: 0, failure: { input, why } };
  }
  coverage.look({ learn: true });

  for (let done = 0; done < inputs;) {
    const batch = Array.from({ length: Math.min(BATCH, inputs - done) }, () =>
      mutate(numbers, corpus, longest),
    );
    for (const input of batch) {
      done += 1;
      const why = tried(input);
      if (why !== undefined) return { inputs: done, kept: found(), failure: { input, why } };
    }
    if (!guided || !coverage.look({ learn: false })) continue;
    for (const input of batch) {
      fault(target, input);
      if (coverage.look({ learn: true })) corpus.push(input);
    }
  }
  return { inputs, kept: found() };
}

/** Why this input must not be read as it is; undefined when all is well. It is read as a view into other bytes. */
function fault({ read, refusal }: Target, input: Uint8Array): string | undefined {
  const around = new Uint8Array(input.length + OFFSET);
  around.set(input, OFFSET);
  let best = Infinity;
  for (let tries = 0; tries < TRIES; tries++) {
    const began = performance.now();
    try {
      read(around.subarray(OFFSET));
    } catch (error) {
      if (refusal === undefined || !hasCode(error, refusal))
        return error instanceof Error ? (error.stack ?? error.message) : String(error);
    }
    best = Math.min(best, performance.now() - began);
    if (best < SLOW) return undefined;
  }
  return `takes ${best.toFixed(0)} ms; allowed: ${SLOW}`;
}
