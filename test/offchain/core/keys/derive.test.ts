import { expect } from "chai";

import { bytesToHex } from "../../../../offchain/core/bytes.ts";
import { createBackend } from "../../../../offchain/core/crypto/index.ts";
import { deriveKeys } from "../../../../offchain/core/keys/derive.ts";

const salt = (n: number): Uint8Array => new Uint8Array(32).fill(n);
const secret = Uint8Array.from({ length: 32 }, (_, i) => i);

describe("keys of a node", () => {
  it("are all different, valid, and the same for the same secret", () => {
    const keys = deriveKeys(secret);
    const again = deriveKeys(secret);
    const packets = [keys.packet(), keys.packet(salt(1)), keys.packet(salt(2))];
    const all = [keys.agent, keys.vrf, keys.ticket, keys.network, ...packets];
    expect(new Set(all.map(bytesToHex)).size).to.equal(7);
    for (const scalar of [keys.agent, keys.vrf, keys.ticket, ...packets])
      expect(createBackend().publicKey(scalar)).to.have.length(33);
    expect([again.packet(), again.packet(salt(1)), again.packet(salt(2))]).to.deep.equal(packets);
    expect(bytesToHex(again.vrf)).to.equal(bytesToHex(keys.vrf));
  });

  it("never change: funds and bonds hang on them", () => {
    expect(bytesToHex(deriveKeys(secret).agent)).to.equal(
      "0x65b3a15f2ffd2fd5bc365257d3b5c0ba880cc1fe2d852c6eeadc6f509c2ebf2c",
    );
    expect(bytesToHex(deriveKeys(secret).packet())).to.equal(
      "0x15aea87b1d847d144988a1a25735a0e3e4946395d3c3d872aa1c511c4123bcbb",
    );
    expect(bytesToHex(deriveKeys(secret).packet(salt(3)))).to.equal(
      "0x418182bd59349f7feb3aa76000ee3bf0ec7a1e0b201e7e0ed0be18c731b1c20f",
    );
  });

  it("refuses a secret of another length without repeating it", () => {
    expect(() => deriveKeys(secret.subarray(1))).to.throw(/got 31 bytes; allowed: 32 bytes/);
  });
});
