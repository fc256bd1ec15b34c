/** Numbers that a seed decides, and inputs made out of others with them. */
import { createHash } from "node:crypto";

const MOST_CHANGES = 6;
const LONGEST_INSERT = 64;
const BYTES = [0x00, 0x01, 0x7f, 0x80, 0xff];
/** Where counters wrap, and the lengths that packets and frames have. */
const NUMBERS = [0, 1, 2, 16, 17, 64, 65, 0x7fff, 0x8000, 0xffff, 0x7fff_ffff, 0xffff_ffff];
const WIDTHS = [1, 2, 4] as const;

/** The same numbers for the same seed, quickly (sfc32). */
export class SeededNumbers {
  readonly #state: Uint32Array;

  constructor(seed: string) {
    const digest = createHash("sha256").update(seed).digest();
    this.#state = Uint32Array.from([0, 4, 8, 12], (at) => digest.readUInt32LE(at));
  }

  /** Uniform in 0 … count − 1, as far as 32 bits go. */
  below(count: number): number {
    const [a = 0, b = 0, c = 0, counter = 0] = this.#state;
    const next = (a + b + counter) >>> 0;
    this.#state.set([b ^ (b >>> 9), c + (c << 3), ((c << 21) | (c >>> 11)) + next, counter + 1]);
    return next % count;
  }

  /** One of these. */
  of<One>(all: readonly [One, ...One[]] | readonly One[]): One {
    return all[this.below(all.length)] as One;
  }
}

/** One of `corpus`, changed in a few places; never longer than `longest`. */
export function mutate(
  numbers: SeededNumbers,
  corpus: readonly Uint8Array[],
  longest: number,
): Uint8Array {
  let bytes = Uint8Array.from(numbers.of(corpus));
  for (let left = 1 + numbers.below(MOST_CHANGES); left > 0; left--)
    bytes = numbers.of(CHANGES)(bytes, numbers, corpus);
  return bytes.subarray(0, longest);
}

type Bytes = Uint8Array<ArrayBuffer>;
type Change = (bytes: Bytes, numbers: SeededNumbers, corpus: readonly Uint8Array[]) => Bytes;

/** In place, where there is one. */
const set =
  (value: (old: number, numbers: SeededNumbers) => number): Change =>
  (bytes, numbers) => {
    if (bytes.length === 0) return bytes;
    const at = numbers.below(bytes.length);
    bytes[at] = value(bytes[at] ?? 0, numbers);
    return bytes;
  };

/** `bytes` with those between the two places replaced. */
const replace = (bytes: Bytes, from: number, to: number, by: Uint8Array): Bytes =>
  Uint8Array.from([...bytes.subarray(0, from), ...by, ...bytes.subarray(to)]);

const random = (numbers: SeededNumbers, length: number): Bytes =>
  Uint8Array.from({ length }, () => numbers.below(256));

/** A stretch of `bytes`, perhaps an empty one. */
function stretch(bytes: Uint8Array, numbers: SeededNumbers): readonly [from: number, to: number] {
  const from = numbers.below(bytes.length + 1);
  return [from, from + numbers.below(bytes.length - from + 1)];
}

/** Flip, set, count up or down, write a number, insert, delete, cut, repeat, splice. */
const CHANGES: readonly Change[] = [
  set((old, numbers) => old ^ (1 << numbers.below(8))),
  set((_, numbers) => numbers.below(256)),
  set((_, numbers) => numbers.of(BYTES)),
  set((old, numbers) => old + numbers.below(33) - 16),
  (bytes, numbers) => {
    const width = numbers.of(WIDTHS);
    if (bytes.length < width) return bytes;
    const number =
      numbers.below(2) === 0 ? numbers.of(NUMBERS) : bytes.length + numbers.below(9) - 4;
    const encoded = Buffer.alloc(4);
    encoded.writeInt32BE(number | 0);
    bytes.set(encoded.subarray(4 - width), numbers.below(bytes.length - width + 1));
    return bytes;
  },
  (bytes, numbers) => {
    const at = numbers.below(bytes.length + 1);
    return replace(bytes, at, at, random(numbers, 1 + numbers.below(LONGEST_INSERT)));
  },
  (bytes, numbers) => replace(bytes, ...stretch(bytes, numbers), new Uint8Array()),
  (bytes, numbers) => bytes.slice(0, numbers.below(bytes.length + 1)),
  (bytes, numbers) => {
    const [from, to] = stretch(bytes, numbers);
    return replace(bytes, to, to, bytes.subarray(from, to));
  },
  (bytes, numbers, corpus) => {
    const other = numbers.of(corpus);
    return replace(bytes, ...stretch(bytes, numbers), other.subarray(...stretch(other, numbers)));
  },
];
