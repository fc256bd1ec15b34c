import { expect } from "chai";
import { solidityPacked, solidityPackedKeccak256 } from "ethers";
import fc from "fast-check";

import { bytesToHex, hexToBytes } from "../../../../offchain/core/bytes.ts";
import { WaybillError } from "../../../../offchain/core/errors.ts";
import { address, epoch, relayId } from "../../../../offchain/core/units.ts";
import { possessionAlpha, relayIdOf, ticketAlpha } from "../../../../offchain/core/vrf/alpha.ts";

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const addresses = bytes(20).map((value) => address(bytesToHex(value)));
const relayIds = bytes(32).map((value) => relayId(bytesToHex(value)));
const chainIds = fc.bigInt({ min: 0n, max: 2n ** 256n - 1n });
const epochs = fc.integer({ min: 0, max: 2 ** 32 - 1 }).map(epoch);

describe("VRF inputs (protocol sections 2 and 3) are what Solidity packs", () => {
  it("ticket input of a relay and epoch", () => {
    fc.assert(
      fc.property(chainIds, addresses, relayIds, epochs, (chainId, channels, id, e) => {
        expect(bytesToHex(ticketAlpha(chainId, channels, id, e))).to.equal(
          solidityPacked(
            ["string", "uint256", "address", "bytes32", "uint64"],
            ["waybill ticket", chainId, channels, id, e],
          ),
        );
      }),
    );
  });

  it("input of the proof of possession", () => {
    fc.assert(
      fc.property(relayIds, (id) => {
        expect(bytesToHex(possessionAlpha(id))).to.equal(
          solidityPacked(["string", "bytes32"], ["waybill possession", id]),
        );
      }),
    );
  });

  it("relay id", () => {
    fc.assert(
      fc.property(chainIds, addresses, addresses, bytes(64), (chainId, registry, owner, key) => {
        const hash = solidityPackedKeccak256(
          ["string", "uint256", "address", "address", "bytes"],
          ["waybill relay", chainId, registry, owner, key],
        );
        const firstBytes = hash.slice(0, 2 + 2 * 27);
        expect(relayIdOf(chainId, registry, owner, key)).to.equal(firstBytes + "00".repeat(5));
      }),
    );
  });

  it("refuses a key of another length, which would pack into an id of its own", () => {
    const some = address(`0x${"11".repeat(20)}`);
    expect(() => relayIdOf(1n, some, some, hexToBytes("02".repeat(33))))
      .to.throw(WaybillError)
      .with.property("code", "VRF_BAD_KEY");
  });
});
