import { expect } from "chai";

import { bytesToHex } from "../../../../offchain/core/bytes.ts";
import { createBackend } from "../../../../offchain/core/crypto/index.ts";
import { deriveKeys } from "../../../../offchain/core/keys/derive.ts";

const secret = Uint8Array.from({ length: 32 }, (_, i) => i);

describe("keys of a node", () => {
  it("are all different, valid, and the same for the same secret", () => {
    const keys = deriveKeys(secret);
    const again = deriveKeys(secret);
    const all = [keys.agent, keys.vrf, keys.ticket, keys.network, keys.packet(0), keys.packet(1)];
    expect(new Set(all.map(bytesToHex)).size).to.equal(6);
    for (const scalar of [keys.agent, keys.vrf, keys.ticket, keys.packet(0)])
      expect(createBackend().publicKey(scalar)).to.have.length(33);
    expect(bytesToHex(again.packet(1))).to.equal(bytesToHex(keys.packet(1)));
    expect(bytesToHex(again.vrf)).to.equal(bytesToHex(keys.vrf));
  });

  it("never change: funds and bonds hang on them", () => {
    expect(bytesToHex(deriveKeys(secret).agent)).to.equal(
      "0x65b3a15f2ffd2fd5bc365257d3b5c0ba880cc1fe2d852c6eeadc6f509c2ebf2c",
    );
    expect(bytesToHex(deriveKeys(secret).packet(3))).to.equal(
      "0xcf6575b6798e6eb64cb2fec24733cf3a0240cb39ae1dcaec5179e02083095d0d",
    );
  });

  it("refuses a secret of another length without repeating it", () => {
    expect(() => deriveKeys(secret.subarray(1))).to.throw(/got 31 bytes; allowed: 32 bytes/);
  });
});
