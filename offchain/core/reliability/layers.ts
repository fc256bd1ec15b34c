/**
 * What loops that were never drawn say, of which nobody knows where they were lost: a joint estimate for all
 * links into a layer together.
 *
 * The model. A loop crosses four links. Each of the four kinds, into layer 0, 1 and 2 and back, has one rate
 * q_l at which a packet survives it, averaged over the relays that a random route may cross; the four rates
 * are independent and uniform on [0, 1] beforehand, and packets meet their fates independently. Draws pick
 * slots without regard to what became of them, so that being drawn says nothing about a loop. Then
 *
 *   a drawn loop      contributes q_l for each link it crossed and 1 − q_l for the one it was lost on;
 *   an undrawn one    contributes ∏ q_l if it returned and 1 − ∏ q_l if it did not.
 *
 * With U undrawn losses the posterior is not a Beta distribution. But 1 − ∏ q_l is the sum over l of "crossed
 * all before l, lost on l", so the posterior is a mixture of products of Betas, one for each way of dealing
 * the U losses to the four links. The mixture is summed exactly, along the chain of how many of the U losses
 * are still under way when a link has been crossed. Nothing is dealt out by a rule of thumb: where drawn
 * loops do not tell the links apart, the intervals stay wide.
 */
import { WaybillError } from "../errors.ts";
import { LOOP_LINKS } from "./attribution.ts";
import { betaCdf, logGamma, quantile } from "./beta.ts";
import { EMPTY_TALLY, TAIL, type Estimate, type Tally } from "./estimate.ts";

/** Undrawn losses at most: the sum takes time and memory in proportion to their square. */
export const MAX_UNDRAWN_LOST = 500;
/** Parts of the mixture that weigh less are left out; there are at most half a million. */
const NEGLIGIBLE = 1e-16;

/** One Beta(survived, lost) of a mixture; both are whole numbers. */
interface Part {
  readonly weight: number;
  readonly survived: number;
  readonly lost: number;
}

/** The posterior Beta(survived, lost) of each link if no undrawn loop had been lost. */
type Shapes = readonly Tally[];

/**
 * Estimates of the four links, in order.
 * @param drawn what drawn loops showed of each link, over all relays together
 * @param undrawn whole loops: how many returned and how many did not
 * @throws WaybillError UNIT_OUT_OF_RANGE for other than four links, or more than MAX_UNDRAWN_LOST losses:
 * estimate over less time then
 */
export function jointEstimates(drawn: readonly Tally[], undrawn: Tally): readonly Estimate[] {
  const losses = undrawn.lost;
  if (drawn.length !== LOOP_LINKS || losses > MAX_UNDRAWN_LOST)
    throw new WaybillError("UNIT_OUT_OF_RANGE", {
      what: "links and undrawn losses",
      got: `${drawn.length} and ${losses}`,
      allowed: `${LOOP_LINKS} and 0 … ${MAX_UNDRAWN_LOST}`,
    });
  const shapes = drawn.map(({ survived, lost }) => ({
    survived: 1 + survived + undrawn.survived,
    lost: 1 + lost,
  }));
  const logs = logFactorials(
    losses + Math.max(...shapes.map(({ survived, lost }) => survived + lost)),
  );
  return mixtures(shapes, losses, logs).map((parts, link): Estimate => {
    const cdf = mixtureCdf(parts, logs);
    const own = drawn[link] ?? EMPTY_TALLY;
    return {
      mean: parts.reduce((mean, part) => mean + (part.weight * part.survived) / sizeOf(part), 0),
      low: quantile(TAIL, cdf),
      high: quantile(1 - TAIL, cdf),
      samples: own.survived + own.lost + undrawn.survived + losses,
    };
  });
}

const sizeOf = ({ survived, lost }: Tally): number => survived + lost;

/**
 * The parts of each link's mixture. Of the losses, `before` come to a link and `after` of them cross it. All
 * come to the first link and none crosses the last; what lies between is summed from both ends of the chain.
 */
function mixtures(shapes: Shapes, losses: number, logs: Float64Array): Part[][] {
  const nothing = (): Float64Array => new Float64Array(losses + 1).fill(-Infinity);
  /** Logarithms of summed weights, by how many losses come to a link: from the start, and to the end. */
  const ahead = Array.from({ length: LOOP_LINKS + 1 }, nothing);
  const behind = Array.from({ length: LOOP_LINKS + 1 }, nothing);
  ahead[0]?.fill(0, losses);
  behind[LOOP_LINKS]?.fill(0, 0, 1);
  for (let link = 0; link < LOOP_LINKS; link++)
    eachStep(link, (before, after, log) => {
      addLog(ahead[link + 1], after, at(ahead[link], before) + log);
    });
  for (let link = LOOP_LINKS - 1; link >= 0; link--)
    eachStep(link, (before, after, log) => {
      addLog(behind[link], before, log + at(behind[link + 1], after));
    });
  const whole = at(ahead[LOOP_LINKS], 0);
  return shapes.map(({ survived, lost }, link) => {
    const parts: Part[] = [];
    eachStep(link, (before, after, log) => {
      const weight = Math.exp(at(ahead[link], before) + log + at(behind[link + 1], after) - whole);
      if (weight > NEGLIGIBLE)
        parts.push({ weight, survived: survived + after, lost: lost + before - after });
    });
    return parts;
  });

  /** With the logarithm of C(before, after) · B(survived + after, lost + before − after). */
  function eachStep(
    link: number,
    visit: (before: number, after: number, log: number) => void,
  ): void {
    const { survived, lost } = shapes[link] ?? EMPTY_TALLY;
    for (let before = 0; before <= losses; before++)
      for (let after = 0; after <= before; after++) {
        const fell = before - after;
        const ways = at(logs, before) - at(logs, fell) - at(logs, after);
        const beta =
          at(logs, survived + after - 1) +
          at(logs, lost + fell - 1) -
          at(logs, survived + lost + before - 1);
        visit(before, after, ways + beta);
      }
  }
}

/**
 * P(X ≤ x) of a mixture. For whole shapes Beta(s, n − s) has P(X ≤ x) = P(K ≥ s) with K ~ Binomial(n − 1, x),
 * so that parts of one size n share their terms.
 */
function mixtureCdf(parts: readonly Part[], logs: Float64Array): (x: number) => number {
  const bySize = Map.groupBy(parts, sizeOf);
  const groups = [...bySize].map(([size, members]) => {
    const sorted = members.toSorted((one, other) => one.survived - other.survived);
    return { size, sorted, weight: sorted.reduce((sum, part) => sum + part.weight, 0) };
  });
  return (x) => {
    if (x <= 0 || x >= 1) return x <= 0 ? 0 : 1;
    const [logHit, logMiss] = [Math.log(x), Math.log1p(-x)];
    let sum = 0;
    for (const { size, sorted, weight } of groups) {
      const last = sorted.at(-1)?.survived ?? 1;
      sum += weight * betaCdf(x, last, size - last);
      let below = 0;
      sorted.forEach((part, i) => {
        below += part.weight;
        const next = sorted[i + 1]?.survived ?? last;
        for (let hits = part.survived; hits < next; hits++) {
          const misses = size - 1 - hits;
          const ways = at(logs, size - 1) - at(logs, hits) - at(logs, misses);
          sum += below * Math.exp(ways + hits * logHit + misses * logMiss);
        }
      });
    }
    return sum;
  };
}

/** ln n! for n = 0 … most. */
const logFactorials = (most: number): Float64Array =>
  Float64Array.from({ length: most + 1 }, (_, n) => logGamma(n + 1));

const at = (table: Float64Array | undefined, place: number): number => table?.[place] ?? -Infinity;

/** Adds to a sum of which the logarithm is kept. */
function addLog(table: Float64Array | undefined, place: number, log: number): void {
  if (table === undefined || log === -Infinity) return;
  const known = at(table, place);
  const [most, least] = known > log ? [known, log] : [log, known];
  table[place] = most + Math.log1p(Math.exp(least - most));
}
