/** Real winning tickets between people of the command line, put where the packet path puts them. */
import { join } from "node:path";

import { seededRandom } from "../../../../offchain/adapters/memory/random.ts";
import { openSqliteStore, type SqliteStore } from "../../../../offchain/adapters/sqlite/store.ts";
import { deriveKeys } from "../../../../offchain/core/keys/derive.ts";
import {
  generation,
  type ChannelId,
  type Epoch,
  type RelayId,
} from "../../../../offchain/core/units.ts";
import type { NetworkParams } from "../../../../offchain/ports/network.ts";
import type { WinningTicket } from "../../../../offchain/ports/store.ts";
import type { LocalChain } from "../../settlement/support/local-chain.ts";
import { drawFrame } from "../../settlement/support/tickets.ts";
import type { Person } from "./command-line.ts";

/** With half of all tickets winning, none of them wins once in 2^16 runs, and the random numbers are fixed. */
const FRAME = 16;

export interface RelayOf {
  readonly id: RelayId;
  readonly person: Person;
}

export class Winnings {
  readonly #local: LocalChain;
  readonly #params: NetworkParams;
  readonly #random = seededRandom("winnings");
  #from = 1;

  constructor(local: LocalChain, params: NetworkParams) {
    this.#local = local;
    this.#params = params;
  }

  /** What a frame of the payer's brings the relay in this epoch; it is in the relay's database afterwards. */
  async win(
    relay: RelayOf,
    channel: ChannelId,
    payer: Person,
    epoch: Epoch,
  ): Promise<readonly WinningTicket[]> {
    const { generation: number } = await this.#local.contracts.channels.channelState(channel);
    const winners = drawFrame({
      ...{ params: this.#params, epoch, layer: 0, random: this.#random },
      ...{ from: this.#from, count: FRAME },
      channel: { id: channel, generation: generation(Number(number)), relay: relay.id },
      ticketKey: deriveKeys(payer.secret).ticket,
      vrfSecret: deriveKeys(relay.person.secret).vrf,
    });
    this.#from += FRAME;
    if (winners.length === 0) throw new Error("no ticket of the frame wins");
    await withStore(relay.person, (store) => store.winners.add(winners));
    return winners;
  }
}

/** Does `work` with the database of a node that does not run. */
export async function withStore(
  { data }: Person,
  work: (store: SqliteStore) => Promise<void>,
): Promise<void> {
  const store = await openSqliteStore({ path: join(data, "waybill.db") });
  try {
    await work(store);
  } finally {
    await store.close();
  }
}

export const worth = (tickets: readonly WinningTicket[]): bigint =>
  tickets.reduce((sum, ticket) => sum + ticket.amount, 0n);
