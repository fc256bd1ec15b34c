/** What processes of relays held over their lives, and whether it grew. */
import type { Holding, SoakedRelay } from "./soaked-relay.ts";

type Life = Pick<SoakedRelay, "holdings"> & { readonly node: { readonly name: string } };

const MEGABYTE = 2 ** 20;
/** What a process may hold more in the last third of its life than in the middle one. */
const MEMORY_GROWTH = 48 * MEGABYTE;
const DESCRIPTOR_GROWTH = 32;
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

function growthOf({ node, holdings }: Life): readonly string[] {
  const end = holdings.at(-1)?.at ?? 0;
  if (end < JUDGED_LIFE) return [];
  const third = (from: number) =>
    holdings.filter(({ at }) => at >= (from * end) / 3 && at < ((from + 1) * end) / 3);
  const growth = (of: (held: readonly Holding[]) => number): number => of(third(2)) - of(third(1));
  // Between two collections of garbage (collecting.ts) anything may be held; what leaks is there after each of them.
  const memory =
    end < JUDGED_MEMORY ? 0 : growth((held) => Math.min(...held.map((one) => one.memory)));
  const descriptors = growth((held) => median(held.map((one) => one.descriptors)));
  return [
    ...(memory > MEMORY_GROWTH ? [`${node.name}: ${megabytes(memory)} MiB more`] : []),
    ...(descriptors > DESCRIPTOR_GROWTH ? [`${node.name}: ${descriptors} descriptors more`] : []),
  ];
}

export const megabytes = (bytes: number): string => (bytes / MEGABYTE).toFixed(0);

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
