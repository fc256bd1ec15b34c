/** What processes of relays held over their lives, and whether it grew. */
import type { Heap, Holding, SoakedRelay } from "./soaked-relay.ts";

type Life = Pick<SoakedRelay, "holdings" | "heaps"> & {
  readonly node: { readonly name: string };
};

const MEGABYTE = 2 ** 20;
/** What a process may hold more in the last third of its life than in the middle one. */
const MEMORY_GROWTH = 48 * MEGABYTE;
/** The same of what its own code holds; the rest is the engine's and the allocator's, which take their time. */
const HEAP_GROWTH = 4 * MEGABYTE;
const DESCRIPTOR_GROWTH = 32;
/** Of a relay: its main one, and the one that has the database. */
const THREADS = 2;
/** Seconds that a heap may not be looked at; it is every half minute. */
const LONGEST_GAP = 120;
/** A life is judged when it was so long at least, in seconds. */
const JUDGED_LIFE = 180;
/** For its memory: in shorter ones the garbage collector decides. */
const JUDGED_MEMORY = 600;
/** A run of so many minutes has a life of that length: its first relay is never hit. */
const JUDGED_RUN = 20;

/** Whose lives are long enough for their memory to be judged. */
export const judged = (relays: readonly Life[]): readonly string[] =>
  relays
    .filter(({ holdings }) => (holdings.at(-1)?.at ?? 0) >= JUDGED_MEMORY)
    .map(({ node }) => node.name);

/** The middle third of a life against its last: what grows for ever has grown between them. */
export function nothingLeaks(relays: readonly Life[], minutes: number): readonly string[] {
  const isEmpty = minutes >= JUDGED_RUN && judged(relays).length === 0;
  return [
    ...(isEmpty ? [`no relay lived for ${JUDGED_MEMORY} s: nobody's memory was judged`] : []),
    ...relays.flatMap(growthOf),
  ];
}

/** The least that each heap of a life held in each third of it, for whoever reads along. */
export const heapFigures = ({ holdings, heaps }: Life): string =>
  heaps
    .map(({ samples }) =>
      thirds(samples, endOf(holdings))
        .map((third) => (third.length === 0 ? "?" : megabytes(leastHeld(third), 1)))
        .join(" → "),
    )
    .join(" and ");

function growthOf({ node, holdings, heaps }: Life): readonly string[] {
  const end = endOf(holdings);
  if (end < JUDGED_LIFE) return [];
  const descriptors = growth(thirds(holdings, end), (held) =>
    median(held.map((one) => one.descriptors)),
  );
  return [
    ...(end < JUDGED_MEMORY ? [] : memoryGrowthOf(node.name, holdings, heaps)),
    ...(descriptors > DESCRIPTOR_GROWTH ? [`${node.name}: ${descriptors} descriptors more`] : []),
  ];
}

/** Between two collections of garbage (collecting.ts) anything may be held; what leaks is there after each of them. */
function memoryGrowthOf(
  name: string,
  holdings: readonly Holding[],
  heaps: readonly Heap[],
): readonly string[] {
  const end = endOf(holdings);
  const memory = growth(thirds(holdings, end), (held) => least(held.map((one) => one.memory)));
  const known = heaps
    .filter(({ samples }) => isWhole(samples, end))
    .map(({ samples }) => thirds(samples, end));
  return [
    ...(memory > MEMORY_GROWTH ? [`${name}: ${megabytes(memory)} MiB more`] : []),
    ...(known.length < THREADS
      ? [`${name}: ${known.length} heaps of ${THREADS} were looked at all its life`]
      : []),
    ...known
      .map((parts) => growth(parts, leastHeld))
      .filter((bytes) => bytes > HEAP_GROWTH)
      .map((bytes) => `${name}: ${megabytes(bytes, 1)} MiB more in a heap`),
  ];
}

/** Whether a life that was so long was looked at from its beginning to its end. */
function isWhole(samples: readonly Timed[], end: number): boolean {
  const times = [0, ...samples.map(({ at }) => at), end];
  return times.every((at, i) => at - (times[i - 1] ?? 0) <= LONGEST_GAP);
}

interface Timed {
  /** Seconds since the process started. */
  readonly at: number;
}

const endOf = (samples: readonly Timed[]): number => samples.at(-1)?.at ?? 0;

/** In the last third of a life against the middle one. */
function growth<Sample>(
  [, middle = [], last = []]: readonly (readonly Sample[])[],
  of: (some: readonly Sample[]) => number,
): number {
  return of(last) - of(middle);
}

/** Of a life that was so long. */
function thirds<Sample extends Timed>(
  samples: readonly Sample[],
  end: number,
): readonly (readonly Sample[])[] {
  const thirdOf = ({ at }: Timed): number => Math.min(2, Math.floor((3 * at) / end));
  return [0, 1, 2].map((third) => samples.filter((sample) => thirdOf(sample) === third));
}

export const megabytes = (bytes: number, digits = 0): string => (bytes / MEGABYTE).toFixed(digits);

const leastHeld = (samples: Heap["samples"]): number => least(samples.map(({ bytes }) => bytes));

const least = (values: readonly number[]): number => Math.min(...values);

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
