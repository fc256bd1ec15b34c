/** Whether the agent has started, takes packets, works; and if not, why. Tells no figures: nobody needs a token for it. */
import { ALARMS, type Alarm } from "../../core/alarms.ts";
import { millis, type Millis } from "../../core/units.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Store } from "../../ports/store.ts";
import type { STAGES } from "../api/description/schemas.ts";
import type { Schemas } from "./schemas.ts";

export type Stage = (typeof STAGES)[number];

const SAYS: Readonly<Record<Stage, string>> = {
  "opening-database": "the database is being opened",
  "reaching-chain": "no endpoint of the chain has answered yet",
  "reading-chain": "the chain's events are being read",
  "finding-relay": "no relay is registered with this node's VRF key yet",
  starting: "the relay is being started",
  running: "the relay runs",
  stopping: "the agent is stopping",
  stopped: "no agent runs",
};

/** Without an answer of the chain for so long, a relay may take tickets of channels that are closing. */
const CHAIN_PATIENCE: Millis = millis(180_000);
/** A database that has not answered for so long answers no packets either. */
const STORE_PATIENCE: Millis = millis(10_000);

export const stageReason = (stage: Stage): Schemas["Reason"] => ({
  name: stage,
  says: SAYS[stage],
});

/** Alarms that mean that no packets are taken, or that they are lost. */
const NOT_READY: readonly Alarm[] = ["disk-full", "store-refuses", "packet-key-missing"];

/** What keeps a relay that runs from taking packets. `silence`: how long the chain has not answered. */
export function readiness(
  stage: Stage,
  silence: Millis | undefined,
  alarms: readonly Alarm[],
): Schemas["Reason"][] {
  if (stage !== "running") return [stageReason(stage)];
  const raised = alarms
    .filter((alarm) => NOT_READY.includes(alarm))
    .map((name) => ({ name, says: ALARMS[name].says }));
  if (silence === undefined || silence <= CHAIN_PATIENCE) return raised;
  return [
    ...raised,
    {
      name: "chain-silent",
      says: "no endpoint of the chain has answered for three minutes or more",
    },
  ];
}

/** What only a new start of the process can mend. */
export async function brokenness(
  store: Pick<Store, "getMeta">,
  clock: Clock,
): Promise<Schemas["Reason"][]> {
  const late = Promise.withResolvers<string>();
  const cancel = clock.after(STORE_PATIENCE, () => {
    late.resolve("the database has not answered for ten seconds or more");
  });
  const says = await Promise.race([
    late.promise,
    store.getMeta("alive").then(
      () => undefined,
      () => "the database does not answer",
    ),
  ]);
  cancel();
  return says === undefined ? [] : [{ name: "database", says }];
}
