import { expect } from "chai";

import {
  parsePublicKey,
  publicKeyForContract,
  publicKeyFromContract,
} from "../../../../offchain/core/drand/points.ts";
import { hasCode } from "../../../../offchain/core/errors.ts";
import { namedDrand, quicknet } from "../../../support/drand.ts";

const keys = [
  quicknet().chain.publicKey,
  ...["a", "b", "c", "d", "e"].map((name) => namedDrand(name, 0, 1).chain.publicKey),
];

describe("a drand chain's key as the contract tells it", () => {
  it("is the key that the contract was given", () => {
    for (const key of keys)
      expect(publicKeyFromContract(publicKeyForContract(parsePublicKey(key)))).to.deep.equal(key);
  });

  it("is refused when it is no point", () => {
    const [key] = keys;
    if (key === undefined) throw new Error("no key");
    const mutated = publicKeyForContract(parsePublicKey(key));
    mutated[255] = (mutated[255] ?? 0) ^ 1;
    for (const bytes of [mutated, new Uint8Array(256), new Uint8Array(256).fill(255)]) {
      let error: unknown;
      try {
        publicKeyFromContract(bytes);
      } catch (caught) {
        error = caught;
      }
      expect(hasCode(error, "DRAND_CHAIN_INVALID")).to.equal(true);
    }
  });
});
