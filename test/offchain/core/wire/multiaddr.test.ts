import { expect } from "chai";
import fc from "fast-check";
import { isIPv6 } from "node:net";

import type { PeerId } from "../../../../offchain/core/units.ts";
import { isListenAddress, isTcpAddress } from "../../../../offchain/core/wire/multiaddr.ts";
import { peerFor } from "../../relay/support/identities.ts";

const peer = peerFor("anyone");
const at = (host: string, port = "4001", named: string = peer): string =>
  `/${host}/tcp/${port}/p2p/${named}`;

describe("wire: announced addresses that may be dialled", () => {
  for (const good of [
    at("ip4/127.0.0.1"),
    at("ip4/255.0.10.1", "65535"),
    at("ip6/::1", "1"),
    at("ip6/2001:db8::ff00:42:8329"),
    at("dns/relay.example.org"),
    at("dns4/localhost"),
    at("dns6/a-1.b"),
  ])
    it(`takes ${good.slice(0, 30)}…`, () => {
      expect(isTcpAddress(good, peer)).to.equal(true);
    });

  for (const [what, bad] of [
    ["nothing", ""],
    ["a peer alone", `/p2p/${peer}`],
    ["another peer", at("ip4/127.0.0.1", "1", peerFor("other"))],
    ["no port", `/ip4/127.0.0.1/p2p/${peer}`],
    ["port 0", at("ip4/127.0.0.1", "0")],
    ["a port too high", at("ip4/127.0.0.1", "65536")],
    ["a byte too high", at("ip4/127.0.0.256")],
    ["a byte in octal", at("ip4/127.0.0.01")],
    ["a name for an address", at("ip4/localhost")],
    ["two gaps", at("ip6/1::2::3")],
    ["nine groups", at("ip6/1:2:3:4:5:6:7:8:9")],
    ["a label that ends in a dash", at("dns/relay-.org")],
    ["an empty label", at("dns/relay..org")],
    ["a name too long", at(`dns/${"a.".repeat(127)}a`)],
    ["another transport", `/ip4/127.0.0.1/udp/4001/quic-v1/p2p/${peer}`],
    ["a web socket", `/ip4/127.0.0.1/tcp/4001/ws/p2p/${peer}`],
    ["a circuit", `/ip4/127.0.0.1/tcp/1/p2p/${peer}/p2p-circuit/p2p/${peer}`],
    ["a file", `/unix/run/secret.sock/p2p/${peer}`],
    ["a line more", `${at("ip4/127.0.0.1")}\n`],
  ] as const)
    it(`takes no address with ${what}`, () => {
      expect(isTcpAddress(bad, peer)).to.equal(false);
    });

  it("knows IPv6 as the system does, dotted ends and zones aside", () => {
    const group = fc.oneof(
      { weight: 4, arbitrary: fc.integer({ min: 0, max: 0xffff }).map((n) => n.toString(16)) },
      fc.constantFrom("", "12345", "g"),
    );
    const host = fc.array(group, { minLength: 1, maxLength: 10 }).map((all) => all.join(":"));
    fc.assert(
      fc.property(
        fc.oneof(
          host,
          fc.ipV6().filter((ip) => !ip.includes(".")),
        ),
        (text) => {
          expect(isTcpAddress(at(`ip6/${text}`), peer)).to.equal(isIPv6(text));
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it("knows those that a relay may listen on", () => {
    const good = ["/ip4/0.0.0.0/tcp/4020", "/ip4/127.0.0.1/tcp/0", "/ip6/::/tcp/65535"];
    for (const text of good) expect(isListenAddress(text), text).to.equal(true);
    for (const text of [
      ...["", "garbage", "4020", "0.0.0.0:4020", "/ip4/0.0.0.0", "/ip4/0.0.0.0/tcp/"],
      ...["/ip4/0.0.0.256/tcp/1", "/ip4/0.0.0.0/tcp/65536", "/ip4/0.0.0.0/tcp/01"],
      ...["/ip4/0.0.0.0/udp/1", "/ip6/::g/tcp/1", "/dns4/localhost/tcp/1"],
      ...[at("ip4/127.0.0.1"), "/ip4/0.0.0.0/tcp/1/ws", "/ip4/0.0.0.0/tcp/1\n"],
    ])
      expect(isListenAddress(text), text).to.equal(false);
  });

  it("throws for no text", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (text, named) => {
        expect(isTcpAddress(text, named as PeerId)).to.be.a("boolean");
      }),
    );
  });
});
