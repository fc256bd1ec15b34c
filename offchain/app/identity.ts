/** Who this node is: all keys of its secret, and the names by which chain and network know it. */
import { transactionSigner } from "../adapters/ethers/signer.ts";
import { peerIdOfSeed } from "../adapters/libp2p/identity.ts";
import type { Environment } from "../adapters/secrets/read-secret.ts";
import { createBackend, type CurveBackend } from "../core/crypto/index.ts";
import { deriveKeys, type NodeKeys } from "../core/keys/derive.ts";
import type { Address, NodeId, PeerId } from "../core/units.ts";
import { vrfOnChainProof } from "../core/vrf/onchain.ts";
import { vrfProve, vrfPublicKey } from "../core/vrf/vrf.ts";
import { nodeIdOfPeer } from "../core/wire/node-id.ts";
import type { TransactionSigner } from "../ports/chain.ts";
import { loadOwnerKey, loadSecret } from "./master-secret.ts";
import type { NodeOptions } from "./settings.ts";

export interface Identity {
  readonly keys: NodeKeys;
  readonly backend: CurveBackend;
  readonly signer: TransactionSigner;
  /** Account that pays for this node's transactions and, at a sender, for its channels. */
  readonly account: Address;
  readonly ticketSigner: Address;
  readonly peer: PeerId;
  readonly node: NodeId;
  /** 64 bytes x ‖ y. */
  readonly vrfPublicKey: Uint8Array;
  /** 33 bytes, of the first packet key. */
  readonly packetPublicKey: Uint8Array;
}

/** @throws WaybillError as loadSecret */
export const loadIdentity = async (
  options: NodeOptions,
  environment?: Environment,
): Promise<Identity> => identityOf(await loadSecret(options, environment));

/** @param secret 32 bytes */
export async function identityOf(secret: Uint8Array): Promise<Identity> {
  const keys = deriveKeys(secret);
  const backend = createBackend();
  const signer = transactionSigner(keys.agent);
  const peer = await peerIdOfSeed(keys.network);
  return {
    keys,
    backend,
    signer,
    account: signer.address,
    ticketSigner: transactionSigner(keys.ticket).address,
    peer,
    node: nodeIdOfPeer(peer),
    vrfPublicKey: vrfPublicKey(keys.vrf),
    packetPublicKey: backend.publicKey(keys.packet()),
  };
}

/** The owner's account of a relay, for commands that need it; a running agent never does. */
export const loadOwner = async (): Promise<TransactionSigner> =>
  transactionSigner(await loadOwnerKey());

/** This node's VRF proof over `alpha`, with witnesses, as the contracts take it. */
export function proveOnChain(identity: Identity, alpha: Uint8Array): Uint8Array {
  const { proof } = vrfProve(identity.keys.vrf, alpha);
  return vrfOnChainProof(identity.vrfPublicKey, alpha, proof);
}
