import { endOf, epochAt, eraOf, firstEpochOf, startOf } from "../../core/epochs/epochs.ts";
import { isFree } from "../../core/tickets/index.ts";
import { era as toEra, type RelayId } from "../../core/units.ts";
import type { Clock } from "../../ports/clock.ts";
import type { NetworkParams } from "../../ports/network.ts";
import { statusOf } from "../../settlement/relays.ts";
import type { IndexedView } from "../../settlement/view.ts";
import type { Schemas } from "./schemas.ts";

/** The part of the status that the chain tells. */
export function chainPart(
  view: IndexedView,
  clock: Pick<Clock, "now">,
  self: RelayId | undefined,
): Pick<Schemas["Status"], "relay" | "relayState" | "layer" | "network" | "chain" | "time"> {
  const { head, params } = view;
  const state = self === undefined ? undefined : view.relay(self);
  return {
    relay: self ?? null,
    relayState: state === undefined ? null : statusOf(state),
    layer: layerOf(view, self),
    network: networkPart(params),
    chain:
      head === undefined
        ? null
        : {
            headBlock: head.number,
            headTime: head.timestamp,
            ageSeconds: Math.max(0, Math.floor(clock.now() / 1_000) - head.timestamp),
          },
    time: timePart(view),
  };
}

function layerOf(view: IndexedView, self: RelayId | undefined): number | null {
  const epoch = epochAt(view.params, view.chainTime());
  if (epoch === undefined || self === undefined) return null;
  return view.era(eraOf(view.params, epoch))?.layerOf(self) ?? null;
}

function networkPart(params: NetworkParams): Schemas["Network"] {
  const { chainId, registry, channels, token, lottery, epochLength, eraLength } = params;
  return {
    chainId: chainId.toString(),
    ...{ registry, channels, token, epochLength, eraLength },
    lottery: lottery?.address ?? null,
    free: isFree(params.ticketAmounts),
  };
}

function timePart(view: IndexedView): Schemas["TimeState"] | null {
  const { params } = view;
  const now = view.chainTime();
  const epoch = epochAt(params, now);
  if (epoch === undefined) return null;
  const era = eraOf(params, epoch);
  return {
    epoch,
    epochEndsIn: endOf(params, epoch) - now,
    era,
    eraEndsIn: startOf(params, firstEpochOf(params, toEra(era + 1))) - now,
  };
}
