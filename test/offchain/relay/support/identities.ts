/** Keys and names made from labels, so that every run of a test has the same ones. */
import { base58 } from "@scure/base";

import { bytesToHex } from "../../../../offchain/core/bytes.ts";
import { createBackend, sha256 } from "../../../../offchain/core/crypto/index.ts";
import { addressOf } from "../../../../offchain/core/tickets/index.ts";
import { relayId } from "../../../../offchain/core/units.ts";
import type { Address, PeerId, RelayId } from "../../../../offchain/core/units.ts";

export const backend = createBackend();

const text = new TextEncoder();

/** 32 bytes that differ for different labels; far below the curve's order with all practical certainty. */
export const bytesFor = (label: string): Uint8Array => sha256(text.encode(label));

/** A peer id as libp2p writes that of an Ed25519 key. */
export function peerFor(label: string): PeerId {
  const key = Uint8Array.of(0x00, 0x24, 0x08, 0x01, 0x12, 0x20, ...bytesFor(`peer ${label}`));
  return base58.encode(key) as PeerId;
}

export const relayIdFor = (label: string): RelayId =>
  relayId(bytesToHex(bytesFor(`relay ${label}`)));

/** The account of a secret key. */
export function addressFor(secretKey: Uint8Array): Address {
  const digest = bytesFor("any digest");
  const publicKey = backend.recover(digest, backend.sign(digest, secretKey));
  if (publicKey === undefined) throw new Error("a signature just made has a signer");
  return addressOf(publicKey);
}
