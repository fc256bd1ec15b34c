/**
 * Ticket batches as EIP-712 typed data, their signatures and the leaves under their roots (protocol §3).
 * Mirror of contracts/libraries/Tickets.sol.
 */
import { bytesToHex, hexToBytes } from "../bytes.ts";
import type { CurveBackend } from "../crypto/backend.ts";
import { keccak256 } from "../crypto/hashes.ts";
import { requireLength } from "../crypto/input.ts";
import {
  type Address,
  address,
  type Amount,
  type ChannelId,
  type Epoch,
  type Generation,
  type TicketIndex,
  type WinProb,
} from "../units.ts";
import { integerBytes } from "./integers.ts";

/** What the payer's ticket signer signs: one batch for all packets of a frame. */
export interface TicketBatch {
  readonly channelId: ChannelId;
  readonly generation: Generation;
  readonly epoch: Epoch;
  /** Face value of each ticket. */
  readonly amount: Amount;
  readonly winProb: WinProb;
  /** 32 bytes: Merkle root over the batch's leaves. */
  readonly root: Uint8Array;
}

/** The deployment that tickets are for; made once, since every digest needs the separator. */
export interface TicketDomain {
  readonly chainId: bigint;
  readonly channels: Address;
  /** 32 bytes: EIP-712 domain separator. */
  readonly separator: Uint8Array;
}

/** Deepest Merkle proof that payee and contract accept; a full frame of 16 packets needs 4. */
export const MAX_PROOF_DEPTH = 6;

const text = new TextEncoder();
const LEAF_TAG = text.encode("waybill ticket");
/** `tag ‖ index(6) ‖ challenge(32)`, written anew for every leaf: packets pass here by the thousand. */
const leafInput = new Uint8Array(LEAF_TAG.length + 6 + 32);
leafInput.set(LEAF_TAG);
const leafView = new DataView(leafInput.buffer);
const EIP712_PREFIX = Uint8Array.of(0x19, 0x01);
const DOMAIN_TYPEHASH = keccak256(
  text.encode("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
);
const NAME_HASH = keccak256(text.encode("Waybill"));
const VERSION_HASH = keccak256(text.encode("1"));
const BATCH_TYPEHASH = keccak256(
  text.encode(
    "TicketBatch(bytes32 channelId,uint32 generation,uint32 epoch,uint128 amount,uint64 winProb,bytes32 root)",
  ),
);

export function ticketDomain(chainId: bigint, channels: Address): TicketDomain {
  const separator = keccak256(
    DOMAIN_TYPEHASH,
    NAME_HASH,
    VERSION_HASH,
    word(chainId),
    integerBytes(0n, 12),
    hexToBytes(channels),
  );
  return { chainId, channels, separator };
}

/** What a batch is signed as: `keccak(0x1901 ‖ separator ‖ struct hash)`, 32 bytes. */
export function ticketBatchDigest(domain: TicketDomain, batch: TicketBatch): Uint8Array {
  const structHash = keccak256(
    BATCH_TYPEHASH,
    hexToBytes(batch.channelId),
    word(BigInt(batch.generation)),
    word(BigInt(batch.epoch)),
    word(batch.amount),
    word(batch.winProb),
    batch.root,
  );
  return keccak256(EIP712_PREFIX, domain.separator, structHash);
}

/** `r ‖ vs`, 64 bytes (EIP-2098), the same for the same digest and key (RFC 6979). */
export function signTicketBatch(
  backend: CurveBackend,
  digest: Uint8Array,
  secretKey: Uint8Array,
): Uint8Array {
  return backend.sign(digest, secretKey);
}

/** Who signed the digest; undefined for a signature of nobody, with a high s, or of another length. */
export function recoverTicketSigner(
  backend: CurveBackend,
  digest: Uint8Array,
  signature: Uint8Array,
): Address | undefined {
  if (signature.length !== 64) return undefined;
  const publicKey = backend.recover(digest, signature);
  return publicKey === undefined ? undefined : addressOf(publicKey);
}

/** The account of a public key of 64 bytes `x ‖ y`. */
export function addressOf(publicKey: Uint8Array): Address {
  return address(bytesToHex(keccak256(publicKey).subarray(12)));
}

/**
 * One ticket of a batch. Throws CRYPTO_BAD_INPUT unless `challenge` has 32 bytes: a shorter one would be
 * filled up from the leaf before.
 */
export function ticketLeaf(index: TicketIndex, challenge: Uint8Array): Uint8Array {
  requireLength("challenge", challenge, 32);
  leafView.setUint16(LEAF_TAG.length, Math.floor(index / 2 ** 32));
  leafView.setUint32(LEAF_TAG.length + 2, index % 2 ** 32);
  leafInput.set(challenge, LEAF_TAG.length + 6);
  return keccak256(leafInput);
}

/** An index as leaves and claims carry it: 6 bytes. */
export function indexBytes(index: TicketIndex): Uint8Array {
  const bytes = new Uint8Array(6);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, Math.floor(index / 2 ** 32));
  view.setUint32(2, index % 2 ** 32);
  return bytes;
}

const word = (value: bigint): Uint8Array => integerBytes(value, 32);
