/** A channel's storage word, as storage and events carry it. Mirror of contracts/types/ChannelWord.sol. */
import {
  type Amount,
  amount,
  type Generation,
  generation,
  type Seconds,
  seconds,
  type TicketIndex,
  ticketIndex,
} from "../units.ts";

/** Closed channels hold no money; closing ones still pay what was earned. */
export type ChannelStatus = "closed" | "open" | "closing";

/** What the contract keeps of a channel. */
export interface ChannelFields {
  readonly balance: Amount;
  /** Lowest index that can still be redeemed. */
  readonly nextIndex: TicketIndex;
  readonly generation: Generation;
  readonly status: ChannelStatus;
  /** Zero unless closing. */
  readonly closableAt: Seconds;
}

const STATUSES: readonly ChannelStatus[] = ["closed", "open", "closing"];

/** @throws WaybillError UNIT_OUT_OF_RANGE for a value of more than 256 bits; no contract wrote that. */
export function decodeChannelWord(word: bigint): ChannelFields {
  const field = (shift: bigint, bits: number): bigint => BigInt.asUintN(bits, word >> shift);
  return {
    balance: amount(word >> 128n),
    nextIndex: ticketIndex(Number(field(80n, 48))),
    generation: generation(Number(field(48n, 32))),
    status: STATUSES[Number(field(40n, 8))] ?? "closed",
    closableAt: seconds(Number(field(0n, 40))),
  };
}
