/**
 * All keys of a node from one master secret: HKDF-SHA256 (RFC 5869) with a label a key. One file to back up,
 * and none of the keys tells anything of another. Packet keys that shall be forgotten some day need a salt as
 * well (docs/decisions/0022-forgettable-packet-keys.md).
 */
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";

import { WaybillError } from "../errors.ts";

/** Bytes of a master secret. */
export const SECRET_LENGTH = 32;

/** What a node's keys are for; the label goes into the derivation and never changes. */
const LABELS = {
  /** Account that pays for transactions. */
  agent: "waybill agent account",
  /** VRF key of a relay. */
  vrf: "waybill vrf",
  /** Signer of tickets. */
  ticket: "waybill ticket signer",
  /** Seed of the ed25519 identity on the network. */
  network: "waybill network identity",
  /** Packet key that a node begins with. */
  firstPacket: "waybill packet 0",
  /** Packet key with a salt. */
  packet: "waybill packet",
} as const;

export interface NodeKeys {
  /** secp256k1 scalars, 32 bytes each. */
  readonly agent: Uint8Array;
  readonly vrf: Uint8Array;
  readonly ticket: Uint8Array;
  /** ed25519 seed, 32 bytes. */
  readonly network: Uint8Array;
  /** The packet key of these random bytes, a secp256k1 scalar; without any, the key that a node begins with. */
  packet(salt?: Uint8Array): Uint8Array;
  /** What it is, never what it holds. */
  toString(): string;
}

/** Throws SECRET_INVALID for a secret of another length; the error never carries the secret. */
export function deriveKeys(secret: Uint8Array): NodeKeys {
  if (secret.length !== SECRET_LENGTH)
    throw new WaybillError("SECRET_INVALID", {
      what: "length",
      got: `${secret.length} bytes`,
      allowed: `${SECRET_LENGTH} bytes`,
    });
  const scalar = (label: string, salt?: Uint8Array): Uint8Array =>
    secp256k1.utils.randomSecretKey(expand(secret, label, 48, salt));
  return hidden({
    agent: scalar(LABELS.agent),
    vrf: scalar(LABELS.vrf),
    ticket: scalar(LABELS.ticket),
    network: expand(secret, LABELS.network, 32),
    packet: (salt) =>
      salt === undefined ? scalar(LABELS.firstPacket) : scalar(LABELS.packet, salt),
  });
}

/** Text and JSON of the keys say what they are and no more, wherever they are printed by mistake. */
function hidden(keys: NodeKeys): NodeKeys {
  const value = (): string => "[secret keys]";
  const names = ["toJSON", "toString", Symbol.for("nodejs.util.inspect.custom")];
  for (const name of names) Object.defineProperty(keys, name, { value });
  return keys;
}

function expand(secret: Uint8Array, label: string, length: number, salt?: Uint8Array): Uint8Array {
  return hkdf(sha256, secret, salt, new TextEncoder().encode(label), length);
}
