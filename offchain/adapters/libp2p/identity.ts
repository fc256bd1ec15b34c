/** The node's identity on the network, from the ed25519 seed in its key store. */
import { generateKeyPairFromSeed } from "@libp2p/crypto/keys";
import type { Ed25519PrivateKey } from "@libp2p/interface";
import { peerIdFromPrivateKey } from "@libp2p/peer-id";
import { WaybillError } from "../../core/errors.ts";
import type { PeerId } from "../../core/units.ts";

const SEED_BYTES = 32;

/** The same seed gives the same key. Throws SECRET_INVALID for another size than 32 bytes. */
export async function networkKey(seed: Uint8Array): Promise<Ed25519PrivateKey> {
  if (seed.length !== SEED_BYTES)
    throw new WaybillError("SECRET_INVALID", {
      what: "network seed",
      got: `${seed.length} bytes`,
      allowed: `${SEED_BYTES} bytes`,
    });
  return generateKeyPairFromSeed("Ed25519", seed);
}

/** The peer id that a seed leads to, as others will see it. */
export async function peerIdOfSeed(seed: Uint8Array): Promise<PeerId> {
  return peerIdOf(await networkKey(seed));
}

export function peerIdOf(key: Ed25519PrivateKey): PeerId {
  return peerIdFromPrivateKey(key).toString() as PeerId;
}
