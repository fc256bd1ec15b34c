/** What transactions are for, in words; the names are those of the API and the metrics. */
import type { components } from "../../api/types.ts";

type Purpose = components["schemas"]["GasCost"]["purpose"];

export const PURPOSE_WORDS: Readonly<Record<Purpose, string>> = {
  redeem: "redeeming tickets",
  commit: "committing to packets",
  claim: "claiming rewards",
  collect: "collecting rewards",
  beacon: "bringing beacon values",
  misses: "reporting missed commitments",
  channels: "opening, funding, closing channels",
  announce: "announcing the address",
  "packet-key": "changing the packet key",
  membership: "joining, leaving, withdrawing",
  other: "other",
};
