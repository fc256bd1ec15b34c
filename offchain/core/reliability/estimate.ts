/** What a count of packets that came through and packets that did not says about a rate. */
import { betaQuantile } from "./beta.ts";

export interface Tally {
  readonly survived: number;
  readonly lost: number;
}

/** Of the share of packets that come through, 0 … 1. */
export interface Estimate {
  readonly mean: number;
  /** The rate lies between these two with probability 95 %, given the counts; 2.5 % are left on either side. */
  readonly low: number;
  readonly high: number;
  readonly samples: number;
}

/** What either end of an interval leaves out. */
export const TAIL = 0.025;

export const EMPTY_TALLY: Tally = { survived: 0, lost: 0 };

/**
 * The posterior of a rate about which nothing was known before: prior Beta(1, 1), so Beta(1 + survived,
 * 1 + lost), provided that the packets met their fates independently and at one rate. Without samples the
 * mean is one half and the interval nearly everything.
 */
export function estimateOf({ survived, lost }: Tally): Estimate {
  const [a, b] = [1 + survived, 1 + lost];
  return {
    mean: a / (a + b),
    low: betaQuantile(TAIL, a, b),
    high: betaQuantile(1 - TAIL, a, b),
    samples: survived + lost,
  };
}

export const addTallies = (tallies: Iterable<Tally>): Tally => {
  let [survived, lost] = [0, 0];
  for (const tally of tallies) {
    survived += tally.survived;
    lost += tally.lost;
  }
  return { survived, lost };
};
