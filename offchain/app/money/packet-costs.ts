/** What a node at the edge pays packets from, and in which words that is said. */
import { accountPayerId } from "../../core/tickets/index.ts";
import type { Chain } from "../../ports/chain.ts";
import type { NetworkView } from "../../ports/network.ts";
import type { Identity } from "../identity.ts";
import { ifReachable } from "../report/account.ts";
import { money, readMoney, type Money } from "./units.ts";

/** What lies in this account's open channels, in the token's smallest unit: tickets are never paid beyond that. */
export const ticketFunds = (
  view: Pick<NetworkView, "channelsFrom">,
  { account, ticketSigner }: Pick<Identity, "account" | "ticketSigner">,
): bigint =>
  view
    .channelsFrom(accountPayerId(account))
    .filter((channel) => channel.status === "open" && channel.ticketSigner === ticketSigner)
    .reduce((sum, { balance }) => sum + balance, 0n);

/** A chain that is silent just now keeps no packet back: its channels are known, and its token has some name. */
export const ticketMoney = async (
  chain: Pick<Chain, "reads">,
  chainId: bigint,
): Promise<Pick<Money, "tokens">> =>
  (await ifReachable(() => readMoney(chain, chainId))) ?? money("tokens", "coin");
