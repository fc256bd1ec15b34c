/** What has to hold when it is over. Each check gives the reasons why it does not, none when it does. */
import { DatabaseSync } from "node:sqlite";
import { join } from "node:path";

import { balanceBooks } from "../../scripts/money/books.ts";
import type { LocalNetwork, NodeFiles } from "../../scripts/local-network/network.ts";
import type { Status } from "../e2e/support/traffic.ts";
import type { Holding, SoakedRelay } from "./soaked-relay.ts";

const MEGABYTE = 2 ** 20;
/** What a process may hold more in the last third of its life than in the middle one. */
const MEMORY_GROWTH = 48 * MEGABYTE;
const DESCRIPTOR_GROWTH = 32;
/** A life is judged when it was so long at least, in seconds. */
const JUDGED_LIFE = 180;
/** For its memory: in shorter ones the garbage collector decides. */
const JUDGED_MEMORY = 600;
/** Bits of the three relays of a route. */
const ALL_HOPS = 7;
/** Of what was drawn while nothing failed. */
const LEAST_CLAIMED = 0.9;
/** Block hashes that the indexer remembers; offchain/app/node.ts. */
const CURSORS = 256;
/** Epochs whose tags a relay may still need: keys open for two more, and the running one. */
const TAG_EPOCHS = 16;

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

/** Whose lives are long enough for their memory to be judged. */
export const judged = (relays: readonly SoakedRelay[]): readonly string[] =>
  relays
    .filter(({ holdings }) => (holdings.at(-1)?.at ?? 0) >= JUDGED_MEMORY)
    .map(({ node }) => node.name);

/** The middle third of a life against its last: what grows for ever has grown between them. */
export function nothingLeaks(relays: readonly SoakedRelay[]): readonly string[] {
  return relays.flatMap(({ node, holdings }) => {
    const end = holdings.at(-1)?.at ?? 0;
    if (end < JUDGED_LIFE) return [];
    const third = (from: number) =>
      holdings.filter(({ at }) => at >= (from * end) / 3 && at < ((from + 1) * end) / 3);
    const growth = (of: (held: readonly Holding[]) => number): number =>
      of(third(2)) - of(third(1));
    // Between two collections of garbage anything may be held; what leaks is there after each of them.
    const memory =
      end < JUDGED_MEMORY ? 0 : growth((held) => Math.min(...held.map((one) => one.memory)));
    const descriptors = growth((held) => median(held.map((one) => one.descriptors)));
    return [
      ...(memory > MEMORY_GROWTH ? [`${node.name}: ${megabytes(memory)} MiB more`] : []),
      ...(descriptors > DESCRIPTOR_GROWTH ? [`${node.name}: ${descriptors} descriptors more`] : []),
    ];
  });
}

/** Of databases that are closed: what must not grow with the age of a relay. */
export function rowsAreBounded(relays: readonly SoakedRelay[]): readonly string[] {
  return relays.flatMap(({ node }) => {
    const one = (sql: string): number => Number(rows(node, sql)[0]?.count);
    const epochs = one("SELECT COUNT(DISTINCT epoch) AS count FROM tags");
    const cursors = one("SELECT COUNT(*) AS count FROM cursors");
    return [
      ...(epochs > TAG_EPOCHS ? [`${node.name}: tags of ${epochs} epochs`] : []),
      ...(cursors > CURSORS ? [`${node.name}: ${cursors} block hashes`] : []),
    ];
  });
}

function rows({ data }: NodeFiles, sql: string): readonly Readonly<Record<string, unknown>>[] {
  const db = new DatabaseSync(join(data, "waybill.db"), { readOnly: true });
  try {
    return db.prepare(sql).all();
  } finally {
    db.close();
  }
}

export const megabytes = (bytes: number): string => (bytes / MEGABYTE).toFixed(0);

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
