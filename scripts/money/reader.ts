/**
 * Reads the books of a deployment at one block: token balances, contract storage, events. Nothing an agent
 * says goes in. Given a JSON-RPC endpoint and the deployment file only.
 */
import {
  PaymentChannels__factory,
  RelayRegistry__factory,
  WaybillToken__factory,
} from "#contracts";
import { ZeroAddress, type Provider } from "ethers";

import type { Books, ChannelBook, RelayBook } from "./books.ts";
import { readLottery } from "./lottery-reader.ts";

export interface DeployedContracts {
  readonly token: string;
  readonly registry: string;
  readonly channels: string;
  /** Both or neither. */
  readonly rewards?: string;
  readonly lottery?: string;
  /** First block that can hold events. */
  readonly fromBlock: number;
}

export async function readBooks(
  provider: Provider,
  deployed: DeployedContracts,
  blockTag?: number,
): Promise<Books> {
  const block = blockTag ?? (await provider.getBlockNumber());
  const token = WaybillToken__factory.connect(deployed.token, provider);
  const registry = RelayRegistry__factory.connect(deployed.registry, provider);
  const channels = PaymentChannels__factory.connect(deployed.channels, provider);
  const at = { blockTag: block };
  const range = [deployed.fromBlock, block] as const;

  const [held, bonds, bond, supply, transfers] = await Promise.all([
    Promise.all([token.balanceOf(channels, at), token.balanceOf(registry, at)]),
    registry.bondedRelays(at),
    registry.bond(at),
    token.totalSupply(at),
    token.queryFilter(token.filters.Transfer(ZeroAddress), ...range),
  ]);
  const refunded = await channels.queryFilter(channels.filters.RefundCredited(), ...range);
  const refundees = new Set(refunded.map((event) => event.args.account));
  const refunds = await Promise.all(
    [...refundees].map((account) => channels.refundOf(account, at)),
  );

  const channelBooks = await readChannels();
  const relayBooks = await readRelays();
  const { rewards, lottery } = deployed;
  return {
    heldByChannels: held[0],
    heldByRegistry: held[1],
    bonds: bonds * bond,
    refunds: refunds.reduce((total, refund) => total + refund, 0n),
    minted: transfers.reduce((total, event) => total + event.args.value, 0n),
    supply,
    channels: channelBooks,
    relays: relayBooks,
    ...(rewards === undefined || lottery === undefined
      ? {}
      : {
          lottery: await readLottery(
            provider,
            { ...deployed, rewards, lottery },
            relayBooks.map(({ id }) => id),
            range,
          ),
        }),
  };

  async function readChannels(): Promise<ChannelBook[]> {
    const { filters } = channels;
    const opened = await channels.queryFilter(filters.ChannelOpened(), ...range);
    const ids = [...new Set(opened.map((event) => event.args.channel))];
    const [funded, redeemed, closed] = await Promise.all([
      channels.queryFilter(filters.ChannelFunded(), ...range),
      channels.queryFilter(filters.TicketsRedeemed(), ...range),
      channels.queryFilter(filters.ChannelClosed(), ...range),
    ]);
    return Promise.all(
      ids.map(async (id) => {
        const mine = <E extends { args: { channel: string } }>(events: readonly E[]): E[] =>
          events.filter((event) => event.args.channel === id);
        const state = await channels.channelState(id, at);
        return {
          id,
          balance: state.balance,
          funded: total(mine(funded).map((event) => event.args.added)),
          paid: total(mine(redeemed).map((event) => event.args.paid)),
          returned: total(mine(closed).map((event) => event.args.returned)),
          redemptions: mine(redeemed).map(({ args }) => ({
            generation: (args.word >> 48n) & 0xffff_ffffn,
            tickets: args.tickets,
            nextIndex: (args.word >> 80n) & 0xffff_ffff_ffffn,
          })),
        };
      }),
    );
  }

  async function readRelays(): Promise<RelayBook[]> {
    const joined = await registry.queryFilter(registry.filters.RelayJoined(), ...range);
    return Promise.all(
      joined.map(async ({ args: { id } }) => {
        const { filters } = channels;
        const [earnings, redeemed, burned, returned, spent, withdrawn, added] = await Promise.all([
          channels.earningsOf(id, at),
          channels.queryFilter(filters.Redeemed(id), ...range),
          channels.queryFilter(filters.Burned(id), ...range),
          channels.queryFilter(filters.EarningsReturned(id), ...range),
          channels.queryFilter(filters.EarningsSpent(id), ...range),
          channels.queryFilter(filters.EarningsWithdrawn(id), ...range),
          channels.queryFilter(filters.EarningsAdded(id), ...range),
        ]);
        const batches = new Set(redeemed.map((event) => event.transactionHash));
        const paidTickets = await channels.queryFilter(filters.TicketsRedeemed(), ...range);
        return {
          id,
          credit: earnings.credit,
          owedBurn: earnings.owedBurn,
          credited: total(redeemed.map((event) => event.args.credited)),
          burnDue: total(redeemed.map((event) => event.args.burned)),
          burned: total(burned.map((event) => event.args.amount)),
          returned: total(returned.map((event) => event.args.amount)),
          spent: total(spent.map((event) => event.args.amount)),
          withdrawn: total(withdrawn.map((event) => event.args.amount)),
          added: total(added.map((event) => event.args.amount)),
          ticketsRedeemed: total(
            paidTickets
              .filter((event) => batches.has(event.transactionHash))
              .map((event) => event.args.tickets),
          ),
        };
      }),
    );
  }
}

const total = (amounts: readonly bigint[]): bigint =>
  amounts.reduce((sum, amount) => sum + amount, 0n);
