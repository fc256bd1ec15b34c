/**
 * A recipient's address: what a sender needs to build the last hop of a route (docs/protocol.md §9).
 * Text form: bech32m with the prefix "waybill" over
 * `version(1) ‖ packetKey(33) ‖ nodeId(32) ‖ untilEra(4) ‖ count(1) ‖ count × relayId(32)`.
 */
import { bech32m } from "@scure/base";

import { bytesToHex, hexToBytes } from "../core/bytes.ts";
import { WaybillError } from "../core/errors.ts";
import { era, nodeId, relayId, type Era, type NodeId, type RelayId } from "../core/units.ts";

const PREFIX = "waybill";
const VERSION = 1;
const FIXED_LENGTH = 1 + 33 + 32 + 4 + 1;
/** More last relays than this only make an address longer. */
export const MAX_LAST_RELAYS = 8;

export interface RecipientAddress {
  /** 33-byte compressed secp256k1 key of the recipient's packets. */
  readonly packetKey: Uint8Array;
  readonly node: NodeId;
  /** Last era in which the recipient keeps its connections to `lastRelays`. */
  readonly untilEra: Era;
  /** Relays of the last layer that the recipient is connected to, 1 … 8. */
  readonly lastRelays: readonly RelayId[];
}

/** Binary form, 71 + 32 bytes a relay. */
export function encodeAddressBytes(address: RecipientAddress): Uint8Array {
  const count = address.lastRelays.length;
  if (count < 1 || count > MAX_LAST_RELAYS)
    throw new WaybillError("ADDRESS_INVALID", {
      what: "last relays",
      got: count,
      allowed: `1 … ${MAX_LAST_RELAYS}`,
    });
  const bytes = new Uint8Array(FIXED_LENGTH + 32 * count);
  const view = new DataView(bytes.buffer);
  bytes[0] = VERSION;
  bytes.set(address.packetKey, 1);
  bytes.set(hexToBytes(address.node), 34);
  view.setUint32(66, address.untilEra);
  bytes[70] = count;
  address.lastRelays.forEach((relay, i) => {
    bytes.set(hexToBytes(relay), FIXED_LENGTH + 32 * i);
  });
  return bytes;
}

/** Inverse of `encodeAddressBytes`. */
export function decodeAddressBytes(bytes: Uint8Array): RecipientAddress {
  const count = bytes[70] ?? 0;
  if (bytes[0] !== VERSION || count < 1 || count > MAX_LAST_RELAYS)
    throw new WaybillError("ADDRESS_INVALID", {
      what: "version and number of last relays",
      got: `${bytes[0] ?? "nothing"}, ${count}`,
      allowed: `${VERSION}, 1 … ${MAX_LAST_RELAYS}`,
    });
  if (bytes.length !== FIXED_LENGTH + 32 * count)
    throw new WaybillError("ADDRESS_INVALID", {
      what: "length in bytes",
      got: bytes.length,
      allowed: FIXED_LENGTH + 32 * count,
    });
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const lastRelays = Array.from({ length: count }, (_, i) =>
    relayId(bytesToHex(bytes.subarray(FIXED_LENGTH + 32 * i, FIXED_LENGTH + 32 * (i + 1)))),
  );
  return {
    packetKey: bytes.slice(1, 34),
    node: nodeId(bytesToHex(bytes.subarray(34, 66))),
    untilEra: era(view.getUint32(66)),
    lastRelays,
  };
}

/** Text form with a checksum, safe to copy by hand or in a URL. */
export function encodeAddress(address: RecipientAddress): string {
  return bech32m.encode(PREFIX, bech32m.toWords(encodeAddressBytes(address)), false);
}

/** Parses the text form; a typing error is caught by the checksum. */
export function decodeAddress(text: string): RecipientAddress {
  let bytes: Uint8Array;
  try {
    const decoded = bech32m.decode(text.trim() as `${string}1${string}`, false);
    if (decoded.prefix !== PREFIX) throw new Error(`prefix ${decoded.prefix}`);
    bytes = bech32m.fromWords(decoded.words);
  } catch (cause) {
    throw new WaybillError("ADDRESS_INVALID", {
      what: "text form",
      got: text.length > 24 ? `${text.slice(0, 24)}…` : text,
      allowed: `bech32m text that starts with "${PREFIX}1"`,
      cause,
    });
  }
  return decodeAddressBytes(bytes);
}
