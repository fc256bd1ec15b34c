/** The verifiable random function of protocol §8: proofs, their form on chain, and what they are made over. */
export { possessionAlpha, relayIdOf, ticketAlpha } from "./alpha.ts";
export { vrfOnChainProof } from "./onchain.ts";
export { vrfProve, vrfPublicKey, type VrfResult, vrfVerify } from "./vrf.ts";
