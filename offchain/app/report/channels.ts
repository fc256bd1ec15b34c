import { relayPayerId } from "../../core/tickets/index.ts";
import { millisToSeconds, type Amount, type ChannelId, type RelayId } from "../../core/units.ts";
import type { ChannelState } from "../../ports/network.ts";
import type { IndexedView } from "../../settlement/view.ts";
import type { Figures } from "./figures.ts";
import type { Schemas } from "./schemas.ts";

export interface Duties {
  readonly missing: readonly RelayId[];
  readonly missingForCover: readonly RelayId[];
}

/** `figures` undefined: no relay runs, so nothing is known of what is outstanding. */
export function channelsReport(
  view: IndexedView,
  self: RelayId,
  duties: Duties,
  figures: Figures | undefined,
): Schemas["Channels"] {
  const incoming = view.channelsTo(self);
  const outgoing = view.channelsFrom(relayPayerId(self));
  const outstanding = figures?.outstanding ?? new Map<ChannelId, Amount>();
  const relays = new Map([...view.state.relays.keys()].map((id) => [String(relayPayerId(id)), id]));
  const common = (channel: ChannelState) => ({
    id: channel.id,
    status: channel.status,
    balance: channel.balance.toString(),
    closableIn:
      channel.status === "closing" ? Math.max(0, channel.closableAt - view.chainTime()) : null,
  });
  return {
    in: incoming.map((channel) => ({
      ...common(channel),
      other: partyOf(relays.get(channel.payer), channel),
      outstanding: (outstanding.get(channel.id) ?? 0n).toString(),
    })),
    out: outgoing.map((channel) => ({
      ...common(channel),
      other: { kind: "relay" as const, id: channel.relay },
      outstanding: null,
    })),
    balanceIn: sum(incoming.map(({ balance }) => balance)),
    balanceOut: sum(outgoing.map(({ balance }) => balance)),
    outstanding: sum([...outstanding.values()]),
    missing: [...duties.missing],
    missingForCover: [...duties.missingForCover],
    through: millisToSeconds(figures?.through ?? view.chainMillis()),
  };
}

function partyOf(relay: RelayId | undefined, { payer }: ChannelState): Schemas["Party"] {
  return relay === undefined ? { kind: "account", id: payer } : { kind: "relay", id: relay };
}

const sum = (amounts: readonly bigint[]): string =>
  amounts.reduce((all, one) => all + one, 0n).toString();
