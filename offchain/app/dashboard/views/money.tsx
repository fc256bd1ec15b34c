/** Sums of the relay's money, as every view words them. */
import { count } from "../format.ts";
import type { Schemas } from "../data/relay.ts";
import { Amount } from "../parts/amount.tsx";
import type { Fact } from "../parts/figure.tsx";

export function moneyFacts(
  data: Schemas["Earnings"],
): Readonly<Record<"redeemed" | "collected" | "burned" | "paid" | "withdrawn" | "gas", Fact>> {
  const transactions = data.gas.reduce((sum, one) => sum + one.transactions, 0);
  return {
    redeemed: {
      name: "Redeemed",
      value: <Amount units={data.redeemed} />,
      note: "by tickets, after the burn share",
    },
    collected: {
      name: "Collected",
      value: <Amount units={data.collected} />,
      note: "rewards of the lottery",
    },
    burned: {
      name: "Burned",
      value: <Amount units={data.burned} />,
      note: "share of redeemed tickets",
    },
    paid: {
      name: "Paid",
      value: <Amount units={data.paid} />,
      note: "to other relays, by tickets",
    },
    withdrawn: {
      name: "Withdrawn",
      value: <Amount units={data.withdrawn} />,
      note: "to the recipient of earnings",
    },
    gas: {
      name: "Spent on gas",
      value: <Amount units={data.coin} />,
      note: `coin, for ${count(transactions)} ${transactions === 1 ? "transaction" : "transactions"}`,
    },
  };
}
