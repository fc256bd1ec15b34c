import type { ChainHealth } from "../../ports/chain.ts";
import type { Schemas } from "./schemas.ts";

export function endpointsReport({ endpoints, disputes }: ChainHealth): Schemas["Endpoints"] {
  const newest = Math.max(...endpoints.map(({ head }) => head ?? 0));
  return {
    endpoints: endpoints.map(({ place, state, inUse, head, latency, asked, failed }) => ({
      ...{ place, state, inUse, asked, failed },
      headBlock: head ?? null,
      behind: head === undefined ? null : newest - head,
      latencyMillis: latency ?? null,
    })),
    disputes: [...disputes],
  };
}
