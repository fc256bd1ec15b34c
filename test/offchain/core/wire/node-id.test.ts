import { generateKeyPair } from "@libp2p/crypto/keys";
import { peerIdFromPrivateKey } from "@libp2p/peer-id";
import { sha256 } from "@noble/hashes/sha2.js";
import { expect } from "chai";

import { bytesToHex, concatBytes } from "../../../../offchain/core/bytes.ts";
import { hasCode } from "../../../../offchain/core/errors.ts";
import type { PeerId } from "../../../../offchain/core/units.ts";
import { nodeIdOfPeer } from "../../../../offchain/core/wire/node-id.ts";

describe("wire: node ids of recipients (docs/protocol.md §5)", () => {
  for (const type of ["Ed25519", "secp256k1"] as const)
    it(`hashes the multihash that libp2p has for a peer with an ${type} key`, async () => {
      const peer = peerIdFromPrivateKey(await generateKeyPair(type));
      const tag = new TextEncoder().encode("waybill node");
      const expected = bytesToHex(sha256(concatBytes(tag, peer.toMultihash().bytes)));
      expect(nodeIdOfPeer(peer.toString() as PeerId)).to.equal(expected);
    });

  it("names a text that is no peer id", () => {
    let thrown: unknown;
    try {
      nodeIdOfPeer("0OIl" as PeerId);
    } catch (error) {
      thrown = error;
    }
    expect(hasCode(thrown, "PEER_ID_INVALID")).to.equal(true);
  });
});
