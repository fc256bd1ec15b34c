/** What has to hold when it is over. Each check gives the reasons why it does not, none when it does. */
import { balanceBooks } from "../../scripts/money/books.ts";
import type { LocalNetwork } from "../../scripts/local-network/network.ts";
import type { Status } from "../e2e/support/traffic.ts";
import { rows } from "./database.ts";
import type { SoakedRelay } from "./soaked-relay.ts";

/** Bits of the three relays of a route. */
const ALL_HOPS = 7;
/** Of what was drawn while nothing failed. */
const LEAST_CLAIMED = 0.9;

export async function moneyAddsUp(network: LocalNetwork): Promise<readonly string[]> {
  return balanceBooks(await network.books()).problems;
}

/**
 * Every packet that a relay received left it, or was dropped by name; over the last life of each. Cover never
 * stops, so a packet may be on its way at any moment, but not at all moments.
 */
export function dropsHaveNames(relays: readonly SoakedRelay[]): readonly string[] {
  return relays.flatMap(({ node, statuses }) => {
    if (statuses.length === 0) return [`${node.name} said nothing`];
    const missing = statuses.map(withoutReason);
    const least = Math.min(...missing);
    return least === 0
      ? []
      : [`${node.name}: ${least} to ${Math.max(...missing)} packets without a reason`];
  });
}

/** Received, and neither gone nor dropped by name. */
function withoutReason({ counts, drops }: Status): number {
  const of = (name: string): number => counts[name] ?? 0;
  const dropped = Object.values(drops).reduce((sum, packets) => sum + packets, 0);
  const out = of("packets-forwarded") + of("packets-delivered") + of("tickets-unresolved");
  return of("packets-received") - out - dropped;
}

/** Of databases that are closed: what of the epochs up to `last` is not redeemed, by state and reason. */
export function winnersAreRedeemed(
  relays: readonly SoakedRelay[],
  last: number,
): readonly string[] {
  return relays.flatMap(({ node }) =>
    rows(
      node,
      "SELECT state, reason, epoch, COUNT(*) AS count FROM winners " +
        `WHERE state <> 'redeemed' AND epoch <= ${last} GROUP BY 1, 2, 3`,
    ).map(
      ({ state, reason, epoch, count }) =>
        `${node.name}: ${String(count)} of epoch ${String(epoch)} ${String(state)}: ${String(reason)}`,
    ),
  );
}

/**
 * Of databases that are closed: every relay has claimed; of the epochs without faults, everything that was proven is
 * claimed, and nearly everything was proven. Under faults packets are lost, or come too late for their slot.
 */
export function drawnAreClaimed(
  relays: readonly SoakedRelay[],
  calm: number,
  last: number,
): readonly string[] {
  const drawn = relays.flatMap(({ node }) =>
    rows(node, "SELECT epoch, state, proved FROM drawn").map((packet) => ({ node, packet })),
  );
  const isClaimed = ({ packet }: (typeof drawn)[number]): boolean => packet.state === "claimed";
  const idle = relays.filter(
    (relay) => !drawn.some((one) => one.node === relay.node && isClaimed(one)),
  );
  const judged = drawn.filter(
    ({ packet }) => Number(packet.epoch) >= calm && Number(packet.epoch) <= last,
  );
  const share = judged.filter(isClaimed).length / judged.length;
  return [
    ...idle.map(({ node }) => `${node.name} claimed nothing`),
    ...judged
      .filter((one) => one.packet.proved === ALL_HOPS && !isClaimed(one))
      .map(({ node, packet }) => `${node.name}: one of epoch ${String(packet.epoch)} is proven`),
    ...(share >= LEAST_CLAIMED
      ? []
      : [
          `only ${share.toFixed(2)} of what was drawn is claimed: ` +
            JSON.stringify(judged.map(({ node, packet }) => ({ ...packet, relay: node.name }))),
        ]),
  ];
}

export function endedAsAsked(relays: readonly SoakedRelay[]): readonly string[] {
  return relays.flatMap(({ node, faults }) => faults.map((fault) => `${node.name}: ${fault}`));
}
