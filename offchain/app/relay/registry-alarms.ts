/** What the registry says of a relay that only its operator or its owner can mend. */
import type { Alarm } from "../../core/alarms.ts";
import type { Address } from "../../core/units.ts";
import { statusOf, type RelayState } from "../../settlement/relays.ts";

/** @param account The agent's, which runs the relay. */
export function registryAlarms(relay: RelayState | undefined, account: Address): readonly Alarm[] {
  if (relay === undefined) return [];
  const status = statusOf(relay);
  return [
    ...(status === "jailed" ? (["relay-jailed"] as const) : []),
    ...(relay.agent === account || status === "withdrawn" ? [] : (["agent-replaced"] as const)),
  ];
}
