/** What a sender's tickets cost: one goes with each packet into layer 0, and only those that win are paid. */
import type { WinProb } from "../../core/units.ts";

export interface TicketCost {
  /** What one that wins costs. */
  readonly ticket: bigint;
  /** Of all of them, on average; rounded up. */
  readonly expected: bigint;
}

export function ticketCost(
  packets: number,
  {
    ticketAmounts: [ticket],
    winProb,
  }: { readonly ticketAmounts: readonly [bigint, ...bigint[]]; readonly winProb: WinProb },
): TicketCost {
  const inAll = BigInt(packets) * ticket * (winProb + 1n);
  return { ticket, expected: (inAll + (1n << 64n) - 1n) >> 64n };
}
