/** How long routes take: the sum of three exponential delays. */
const HOPS = 3;
/** Share of packets that may be slower than what is called the time of a route. */
const LATE_SHARE = 1e-6;

/** Seconds that the delays of all but one in a million routes stay within. */
export function routeSeconds(meanDelayMillis: bigint): number {
  return (erlangQuantile(HOPS, LATE_SHARE) * Number(meanDelayMillis)) / 1000;
}

/** The x that a sum of `shape` exponentials of mean 1 exceeds with probability `tail`. */
export function erlangQuantile(shape: number, tail: number): number {
  const exceeds = (x: number): number => {
    let term = Math.exp(-x);
    let sum = term;
    for (let i = 1; i < shape; i++) {
      term *= x / i;
      sum += term;
    }
    return sum;
  };
  let [low, high] = [0, 1];
  while (exceeds(high) > tail) high *= 2;
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (exceeds(middle) > tail) low = middle;
    else high = middle;
  }
  return high;
}
