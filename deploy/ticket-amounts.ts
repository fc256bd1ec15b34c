/** What tickets are worth, as PaymentChannels works it out (docs/protocol.md §3), divisions rounded up as there. */
const BPS = 10_000n;
const ALWAYS = 2n ** 64n - 1n;

/** Face values of tickets into layers 0, 1, 2. */
export type TicketAmounts = readonly [bigint, bigint, bigint];

/** What PaymentChannels publishes; all zero where the net fee is zero. */
export function ticketAmounts(
  netFee: bigint,
  burnShareBps: bigint,
  winProb: bigint,
): TicketAmounts {
  const gross = (net: bigint): bigint => ceilDivide(net * BPS, BPS - burnShareBps);
  const perWinner = (perPacket: bigint): bigint => ceilDivide(perPacket << 64n, winProb + 1n);
  if (netFee === 0n) return [0n, 0n, 0n];
  const a2 = gross(netFee);
  const a1 = gross(netFee + a2);
  const a0 = gross(netFee + a1);
  return [perWinner(a0), perWinner(a1), perWinner(a2)];
}

/** What a packet costs its sender on average. */
export const costOfPacket = (netFee: bigint, burnShareBps: bigint): bigint =>
  ticketAmounts(netFee, burnShareBps, ALWAYS)[0];

/** What is left of a payout after the burn. */
export const kept = (amount: bigint, burnShareBps: bigint): bigint =>
  (amount * (BPS - burnShareBps)) / BPS;

const ceilDivide = (a: bigint, b: bigint): bigint => (a + b - 1n) / b;
