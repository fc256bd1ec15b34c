/**
 * Winning tickets as `PaymentChannels.redeem` takes them (protocol §3): packed bytes, grouped by channel.
 * Mirror of contracts/libraries/Claims.sol.
 */
import { concatBytes, hexToBytes } from "../bytes.ts";
import { WaybillError } from "../errors.ts";
import type { Address, Layer, PayerId, TicketIndex } from "../units.ts";
import { indexBytes, MAX_PROOF_DEPTH } from "./batch.ts";
import { integerBytes } from "./integers.ts";

/** A winning ticket as a redemption carries it. */
export interface ClaimedTicket {
  /** The layer that it enters, hence its amount. */
  readonly layer: Layer;
  readonly index: TicketIndex;
  /** 32 bytes: what opens the challenge. */
  readonly response: Uint8Array;
  /** 64 bytes, EIP-2098. */
  readonly signature: Uint8Array;
  /** Siblings from the leaf up, 32 bytes each. */
  readonly proof: readonly Uint8Array[];
}

/** Tickets of one channel to the redeeming relay, indexes ascending. */
export interface ClaimGroup {
  readonly payer: PayerId;
  readonly ticketSigner: Address;
  readonly tickets: readonly ClaimedTicket[];
}

const GROUP_BYTES = 54;
const TICKET_BYTES = 103;
const SIBLING_BYTES = 32;
const MAX_GROUP = 0xffff;

/**
 * Most bytes of claims in one transaction: nodes refuse transactions above 128 KiB, and the VRF proof
 * (8,465 bytes at the very most) and the rest need room, too.
 */
export const MAX_CLAIMS_BYTES = 118 * 1024;

/** Claims of one `redeem` call. @throws WaybillError CLAIMS_MALFORMED for what the contract would refuse. */
export function encodeClaims(groups: readonly ClaimGroup[]): Uint8Array {
  const claims = concatBytes(...groups.map(encodeGroup));
  if (claims.length > MAX_CLAIMS_BYTES)
    refuse("bytes of all claims", claims.length, `0 … ${MAX_CLAIMS_BYTES}`);
  return claims;
}

/** What a ticket adds to the claims, in bytes. */
export const claimedTicketBytes = (ticket: ClaimedTicket): number =>
  TICKET_BYTES + SIBLING_BYTES * ticket.proof.length;

/** Splits groups, in order, into as few lists as fit `maxBytes` of claims each. */
export function splitClaims(
  groups: readonly ClaimGroup[],
  maxBytes: number = MAX_CLAIMS_BYTES,
): ClaimGroup[][] {
  const largest = GROUP_BYTES + TICKET_BYTES + SIBLING_BYTES * MAX_PROOF_DEPTH;
  if (maxBytes < largest) refuse("bytes of claims in a transaction", maxBytes, `≥ ${largest}`);
  const batches: ClaimGroup[][] = [];
  let room = 0;
  for (const group of groups) {
    let open: ClaimedTicket[] | undefined;
    for (const ticket of group.tickets) {
      const bytes = claimedTicketBytes(ticket);
      const needed = open === undefined ? GROUP_BYTES + bytes : bytes;
      if (needed > room) {
        batches.push([]);
        room = maxBytes;
        open = undefined;
      }
      if (open === undefined) {
        open = [];
        batches.at(-1)?.push({ ...group, tickets: open });
        room -= GROUP_BYTES;
      }
      open.push(ticket);
      room -= bytes;
    }
  }
  return batches;
}

function encodeGroup(group: ClaimGroup): Uint8Array {
  if (group.tickets.length > MAX_GROUP)
    refuse("tickets of one channel", group.tickets.length, `0 … ${MAX_GROUP}`);
  return concatBytes(
    hexToBytes(group.payer),
    hexToBytes(group.ticketSigner),
    integerBytes(BigInt(group.tickets.length), 2),
    ...group.tickets.map(encodeTicket),
  );
}

function encodeTicket(ticket: ClaimedTicket): Uint8Array {
  if (ticket.proof.length > MAX_PROOF_DEPTH)
    refuse("depth of a proof", ticket.proof.length, `0 … ${MAX_PROOF_DEPTH}`);
  checkLength("response", ticket.response, 32);
  checkLength("signature", ticket.signature, 64);
  for (const sibling of ticket.proof) checkLength("sibling", sibling, SIBLING_BYTES);
  return concatBytes(
    Uint8Array.of((ticket.layer << 4) | ticket.proof.length),
    indexBytes(ticket.index),
    ticket.response,
    ticket.signature,
    ...ticket.proof,
  );
}

function checkLength(name: string, bytes: Uint8Array, allowed: number): void {
  if (bytes.length !== allowed) refuse(`bytes of a ${name}`, bytes.length, allowed);
}

function refuse(what: string, got: number, allowed: string | number): never {
  throw new WaybillError("CLAIMS_MALFORMED", { what, got, allowed });
}
