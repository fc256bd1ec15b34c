/** Which tickets win (protocol §3), and what a winner is worth. */
import { keccak256 } from "../crypto/hashes.ts";
import { WaybillError } from "../errors.ts";
import { type Amount, amount, type Layer, type WinProb } from "../units.ts";

/**
 * The ticket's draw: the top 64 bits of `keccak(y ‖ leaf ‖ r ‖ response)`.
 * @param y 32 bytes: VRF output of the payee for the ticket's epoch, over `ticketAlpha`
 * @param leaf 32 bytes, see `ticketLeaf`
 * @param signature the batch's, of which the first 32 bytes count
 * @param response 32 bytes: what opens the ticket's challenge
 */
export function ticketDraw(
  y: Uint8Array,
  leaf: Uint8Array,
  signature: Uint8Array,
  response: Uint8Array,
): bigint {
  const hash = keccak256(y, leaf, signature.subarray(0, 32), response);
  return new DataView(hash.buffer, hash.byteOffset, hash.byteLength).getBigUint64(0);
}

/** Whether the ticket wins; arguments as for `ticketDraw`. */
export function isWinner(
  y: Uint8Array,
  leaf: Uint8Array,
  signature: Uint8Array,
  response: Uint8Array,
  winProb: WinProb,
): boolean {
  return ticketDraw(y, leaf, signature, response) <= winProb;
}

/** Basis points in one. */
const BPS = 10_000n;

/**
 * Face value of a ticket into layer 0, 1 and 2. Mirror of contracts/libraries/TicketAmounts.sol: all
 * divisions round up.
 * @param netFee what a relay keeps per packet on average
 * @param burnShareBps share of a payout that is burned, in hundredths of a percent, below 10,000
 * @throws WaybillError UNIT_OUT_OF_RANGE for a share of all or more, and for amounts above 128 bits
 */
export function ticketAmounts(
  netFee: Amount,
  burnShareBps: number,
  winProb: WinProb,
): readonly [Amount, Amount, Amount] {
  if (!Number.isInteger(burnShareBps) || burnShareBps < 0 || burnShareBps >= 10_000)
    throw new WaybillError("UNIT_OUT_OF_RANGE", {
      what: "burn share in basis points",
      got: burnShareBps,
      allowed: "0 … 9999",
    });
  const kept = BPS - BigInt(burnShareBps);
  const grossUp = (net: bigint): bigint => ceilDiv(net * BPS, kept);
  const perWinner = (perPacket: bigint): Amount => amount(ceilDiv(perPacket << 64n, winProb + 1n));
  const last = grossUp(netFee);
  const middle = grossUp(netFee + last);
  const entry = grossUp(netFee + middle);
  return [perWinner(entry), perWinner(middle), perWinner(last)];
}

/** Whether a network charges nothing: then its agents issue no tickets and open no channels. */
export function isFree(amounts: readonly Amount[]): boolean {
  return amounts.every((value) => value === 0n);
}

/** The layer whose tickets are worth `value`, or undefined. Amounts of two layers are never equal. */
export function layerOfAmount(value: Amount, amounts: readonly Amount[]): Layer | undefined {
  return ([0, 1, 2] as const).find((layer) => amounts[layer] === value);
}

/** What is burned of a payout: rounded down, once per batch. */
export function burnedOf(paid: Amount, burnShareBps: number): Amount {
  return amount((paid * BigInt(burnShareBps)) / BPS);
}

const ceilDiv = (value: bigint, by: bigint): bigint => (value + by - 1n) / by;
