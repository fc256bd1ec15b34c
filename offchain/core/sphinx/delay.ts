/** How long a relay holds a packet (protocol §5). Sender and relay compute the same from the shared secret. */
import type { Millis } from "../units.ts";
import type { TrafficClass } from "./hop-data.ts";

/** Delays end at this quantile, 27.6 means out: far enough that the cap tells nothing about a packet. */
const CAP_IN_MEANS = -Math.log(1e-12);
const MEDIUM_FACTOR = 5;

/** Mean delay of a class at each hop; `networkMean` is the published one of the low-latency class. */
export function meanDelay(trafficClass: TrafficClass, networkMean: Millis): Millis {
  return (trafficClass === "medium" ? MEDIUM_FACTOR * networkMean : networkMean) as Millis;
}

/** Exponential delay with this mean by inverse transform of a uniform in [0, 1), see `delayUniform`. */
export function exponentialDelay(uniform: number, mean: Millis): Millis {
  return (Math.min(-Math.log1p(-uniform), CAP_IN_MEANS) * mean) as Millis;
}
