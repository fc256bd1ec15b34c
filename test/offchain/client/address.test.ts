import { expect } from "chai";
import fc from "fast-check";

import { MAX_LAST_RELAYS, decodeAddress, encodeAddress } from "../../../offchain/client/address.ts";
import { bytesToHex } from "../../../offchain/core/bytes.ts";
import { hasCode } from "../../../offchain/core/errors.ts";
import { era, nodeId, relayId } from "../../../offchain/core/units.ts";

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const addresses = fc
  .record({
    packetKey: bytes(33),
    node: bytes(32),
    untilEra: fc.nat(2 ** 31),
    lastRelays: fc.array(bytes(32), { minLength: 1, maxLength: MAX_LAST_RELAYS }),
  })
  .map((raw) => ({
    packetKey: raw.packetKey,
    node: nodeId(bytesToHex(raw.node)),
    untilEra: era(raw.untilEra),
    lastRelays: raw.lastRelays.map((relay) => relayId(bytesToHex(relay))),
  }));

describe("recipient address", () => {
  it("comes back unchanged from its text form", () => {
    fc.assert(
      fc.property(addresses, (address) => {
        expect(decodeAddress(encodeAddress(address))).to.deep.equal(address);
      }),
    );
  });

  it("with any one letter changed is refused by its checksum", () => {
    fc.assert(
      fc.property(addresses, fc.nat(), fc.nat(), (address, position, replacement) => {
        const text = encodeAddress(address);
        const at = "waybill1".length + (position % (text.length - "waybill1".length));
        const letters = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
        const letter = letters[replacement % letters.length] ?? "q";
        fc.pre(letter !== text[at]);
        const changed = text.slice(0, at) + letter + text.slice(at + 1);
        expect(() => decodeAddress(changed)).to.throw(/bech32m/);
      }),
    );
  });

  it("of another kind, or none, says what is allowed", () => {
    for (const text of ["", "hello", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"]) {
      try {
        decodeAddress(text);
        expect.fail(`accepted ${text}`);
      } catch (error) {
        expect(hasCode(error, "ADDRESS_INVALID"), String(error)).to.equal(true);
      }
    }
  });

  it("needs at least one last relay and at most eight", () => {
    const relay = relayId(`0x${"11".repeat(32)}`);
    for (const count of [0, MAX_LAST_RELAYS + 1]) {
      const address = {
        packetKey: new Uint8Array(33),
        node: nodeId(`0x${"22".repeat(32)}`),
        untilEra: era(3),
        lastRelays: Array.from({ length: count }, () => relay),
      };
      expect(() => encodeAddress(address)).to.throw(new RegExp(`got ${count}; allowed: 1 … 8`));
    }
  });
});
