/** How far an epoch has come, in each respect that an operator asks about. */
import type { components } from "../../api/types.ts";
import { count } from "../format.ts";

type Row = components["schemas"]["EpochRow"];

export const STAGES = ["running", "committed", "drawn", "claimed", "redeemed"] as const;
type StageName = (typeof STAGES)[number];

export interface Mark {
  readonly state: "done" | "part" | "due" | "bad" | "none";
  readonly says: string;
}

const COMMITMENTS: Readonly<Record<Row["commitment"], Mark>> = {
  committed: { state: "done", says: "committed" },
  due: { state: "due", says: "due" },
  missed: { state: "bad", says: "missed" },
  "not-owed": { state: "none", says: "not owed" },
};

/** How far an epoch has come in each respect. */
export function stagesOf(row: Row): Readonly<Record<StageName, Mark>> {
  const { running, commitment, drawn, claimed, forfeited, open } = row;
  const isOwed = commitment === "due" || commitment === "committed";
  return {
    running: running ? { state: "part", says: "runs now" } : { state: "done", says: "over" },
    committed: COMMITMENTS[commitment],
    drawn:
      drawn === null
        ? {
            state: isOwed ? "due" : "none",
            says: isOwed ? "no draw yet" : "–",
          }
        : { state: "done", says: `${count(drawn)} slots` },
    claimed:
      drawn === null || drawn === 0
        ? { state: drawn === null && commitment === "committed" ? "due" : "none", says: "–" }
        : {
            state: shareState(claimed, open, forfeited),
            says: `${count(claimed)} of ${count(drawn)}${forfeited > 0 ? `, ${count(forfeited)} lost` : ""}`,
          },
    redeemed: redeemedMark(row),
  };
}

function redeemedMark({ won, redeemed, lost }: Row): Mark {
  const all = won + redeemed + lost;
  if (all === 0) return { state: "none", says: "no winners" };
  return {
    state: shareState(redeemed, won, lost),
    says: `${count(redeemed)} of ${count(all)}${lost > 0 ? `, ${count(lost)} lost` : ""}`,
  };
}

function shareState(done: number, open: number, lost: number): Mark["state"] {
  if (open > 0) return done > 0 ? "part" : "due";
  return lost > 0 ? "bad" : "done";
}
