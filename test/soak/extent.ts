/** Databases of relays that have ended, against what the chain says has happened. */
import { ERA_GRACE_EPOCHS } from "../../offchain/core/epochs/epochs.ts";
import type { Books } from "../../scripts/money/books.ts";
import type { LocalNetwork, NodeFiles } from "../../scripts/local-network/network.ts";
import { rows } from "./database.ts";
import type { SoakedRelay } from "./soaked-relay.ts";
import { unboundedTables, type Extent } from "./tables.ts";

/** The sender and the recipient. */
const CLIENTS = 2;

/** At the ends, which have ended: tags of the eras that were taken an epoch before the last packet, and no others. */
export function tagsAreForgotten(
  clients: readonly NodeFiles[],
  eraLength: number,
): readonly string[] {
  const most = eraLength + ERA_GRACE_EPOCHS + 2;
  return clients.flatMap((node) => {
    const [row] = rows(node, "SELECT COUNT(DISTINCT epoch) AS epochs FROM tags");
    const epochs = Number(row?.epochs);
    return epochs > most ? [`${node.name}: tags of ${epochs} epochs, of ${most} at most`] : [];
  });
}

/** What must not grow with the age of a relay does not, and what grows by design grows no faster than that. */
export async function databasesAreBounded(
  network: LocalNetwork,
  relays: readonly SoakedRelay[],
): Promise<readonly string[]> {
  const books = await network.books();
  const shared = {
    ...{ epochs: await network.epoch(), events: await eventsOf(network) },
    ...{ relays: relays.length, clients: CLIENTS },
  };
  const problems = await Promise.all(
    relays.map(async ({ node }) => {
      const extent: Extent = {
        ...shared,
        transactions: await network.provider.getTransactionCount(node.account),
        redeemed: redeemedBy(books, rows(node, "SELECT value FROM meta WHERE key = 'relay'")),
      };
      return unboundedTables((sql) => rows(node, sql), extent).map((one) => `${node.name}: ${one}`);
    }),
  );
  return problems.flat();
}

async function eventsOf({ provider, deployment }: LocalNetwork): Promise<number> {
  const logs = await provider.getLogs({ fromBlock: deployment.block, toBlock: "latest" });
  const token = deployment.token.toLowerCase();
  return logs.filter(({ address }) => address.toLowerCase() !== token).length;
}

function redeemedBy({ relays }: Books, meta: readonly { readonly value?: unknown }[]): number {
  const relay = relays.find(({ id }) => id.toLowerCase() === String(meta[0]?.value).toLowerCase());
  return Number(relay?.ticketsRedeemed ?? 0n);
}
