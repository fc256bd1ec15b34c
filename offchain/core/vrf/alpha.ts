/** What VRF proofs are made over, and the relay id inside it (protocol §2, §3): packed, without lengths. */
import { keccak_256 } from "@noble/hashes/sha3.js";

import { bytesToHex, concatBytes, hexToBytes } from "../bytes.ts";
import { WaybillError } from "../errors.ts";
import { type Address, type Epoch, type RelayId, relayId } from "../units.ts";

const text = new TextEncoder();
/** Of the hash that a relay id is; zeros follow, where the registry keeps other things. */
const ID_HASH_BYTES = 27;

/** Input whose output decides which tickets of `epoch` win at relay `id`: one proof per relay and epoch. */
export function ticketAlpha(
  chainId: bigint,
  channels: Address,
  id: RelayId,
  epoch: Epoch,
): Uint8Array {
  return concatBytes(
    text.encode("waybill ticket"),
    uint(chainId, 32),
    hexToBytes(channels),
    hexToBytes(id),
    uint(BigInt(epoch), 8),
  );
}

/** Input of the proof that whoever joins as relay `id` holds its VRF key. */
export function possessionAlpha(id: RelayId): Uint8Array {
  return concatBytes(text.encode("waybill possession"), hexToBytes(id));
}

/**
 * The id under which `registry` knows the relay of `owner` with this VRF key (64 bytes `x ‖ y`). Throws
 * VRF_BAD_KEY for another length.
 */
export function relayIdOf(
  chainId: bigint,
  registry: Address,
  owner: Address,
  vrfKey: Uint8Array,
): RelayId {
  if (vrfKey.length !== 64) {
    throw new WaybillError("VRF_BAD_KEY", {
      what: "bytes of the public key",
      got: vrfKey.length,
      allowed: "64",
    });
  }
  const packed = concatBytes(
    text.encode("waybill relay"),
    uint(chainId, 32),
    hexToBytes(registry),
    hexToBytes(owner),
    vrfKey,
  );
  return relayId(bytesToHex(keccak_256(packed).fill(0, ID_HASH_BYTES)));
}

const uint = (value: bigint, bytes: number): Uint8Array =>
  hexToBytes(value.toString(16).padStart(2 * bytes, "0"));
