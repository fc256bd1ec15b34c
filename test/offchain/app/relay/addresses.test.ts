import { expect } from "chai";

import {
  announcedAddress,
  listenAddress,
  reachOf,
  unreachable,
} from "../../../../offchain/app/relay/addresses.ts";
import { WaybillError } from "../../../../offchain/core/errors.ts";
import { isTcpAddress } from "../../../../offchain/core/wire/multiaddr.ts";
import { peerFor } from "../../relay/support/identities.ts";

const peer = peerFor("this relay");

const refusal = (work: () => unknown): WaybillError => {
  try {
    work();
  } catch (error) {
    if (error instanceof WaybillError) return error;
    throw error;
  }
  throw new Error("it was taken");
};

describe("an address that an operator announces", () => {
  it("gets this relay's peer id when it has none, and is then one that is dialled", () => {
    for (const text of [
      "/ip4/203.0.113.7/tcp/4020",
      "/ip6/2001:db8::7/tcp/4020",
      "/dns4/relay.example/tcp/4020",
      "/ip4/127.0.0.1/tcp/1",
    ]) {
      const whole = announcedAddress("--announce", text, peer);
      expect(whole).to.equal(`${text}/p2p/${peer}`);
      expect(isTcpAddress(whole, peer)).to.equal(true);
      expect(announcedAddress("--announce", whole, peer)).to.equal(whole);
    }
  });

  for (const [what, text] of [
    ["nothing", ""],
    ["no multiaddr", "relay.example:4020"],
    ["no port", "/dns4/relay.example"],
    ["port 0", "/ip4/203.0.113.7/tcp/0"],
    ["another transport", "/ip4/203.0.113.7/udp/4020/quic-v1"],
    ["a slash at its end", "/ip4/203.0.113.7/tcp/4020/"],
    ["an empty peer", "/ip4/203.0.113.7/tcp/4020/p2p/"],
    ["a peer alone", `/p2p/${peer}`],
    ["another relay's peer", `/ip4/203.0.113.7/tcp/4020/p2p/${peerFor("another relay")}`],
    ["what is only listened on", "/ip4/0.0.0.0/tcp/4020"],
    ["the same of IPv6", "/ip6/::/tcp/4020"],
  ] as const)
    it(`is refused with ${what}, and told what is allowed`, () => {
      const { code, context } = refusal(() => announcedAddress("--announce", text, peer));
      expect(code).to.equal("OPTION_INVALID");
      expect(context).to.include({ what: "--announce", got: text });
      expect(context.allowed)
        .to.contain("/dns4/relay.example/tcp/4020")
        .and.contain(`/p2p/${peer} may follow`);
    });

  it("may name any peer while this node's is not known", () => {
    const whole = `/ip4/203.0.113.7/tcp/4020/p2p/${peer}`;
    expect(announcedAddress("--announce", whole, undefined)).to.equal(whole);
    for (const text of ["", "/ip4/0.0.0.0/tcp/1", "/ip4/203.0.113.7/tcp/4020/p2p/"])
      expect(refusal(() => announcedAddress("--announce", text, undefined)).code).to.equal(
        "OPTION_INVALID",
      );
    expect(announcedAddress("--announce", "/ip4/203.0.113.7/tcp/4020", undefined)).to.match(
      /^\/ip4\/203\.0\.113\.7\/tcp\/4020\/p2p\//,
    );
  });

  it("reaches as far as its host does", () => {
    const reach = (host: string): string => reachOf(`/${host}/tcp/1/p2p/${peer}`);
    for (const host of [
      ...["ip4/203.0.113.7", "ip4/172.15.255.255", "ip4/172.32.0.0", "ip4/100.128.0.1"],
      ...["ip6/2001:db8::1", "dns4/relay.example", "dns/local.example"],
    ])
      expect(reach(host), host).to.equal("everywhere");
    for (const host of [
      ...["ip4/10.1.2.3", "ip4/172.16.0.1", "ip4/172.31.255.255", "ip4/192.168.0.1"],
      ...["ip4/169.254.1.1", "ip4/100.64.0.1", "ip6/fd00::1", "ip6/fe80::1", "ip6/::ffff:a00:1"],
      ...["dns4/relay", "dns4/relay.local", "dns6/a.internal"],
    ])
      expect(reach(host), host).to.equal("private network");
    for (const host of ["ip4/127.0.0.1", "ip4/127.9.9.9", "ip6/::1", "dns4/localhost"])
      expect(reach(host), host).to.equal("this machine");
    for (const host of ["ip4/0.0.0.0", "ip6/::", "ip4/224.0.0.1", "ip4/255.255.255.255", "unix/a"])
      expect(reach(host), host).to.equal("nowhere");
  });

  it("need not reach farther than one machine on a chain of one's own", () => {
    const loopback = "/ip4/127.0.0.1/tcp/1";
    expect(unreachable(loopback, 1n)).to.match(/its own machine only/);
    expect(unreachable("/ip4/10.0.0.1/tcp/1", 1n)).to.match(/its own private network only/);
    expect(unreachable(loopback, 31_337n)).to.equal(undefined);
    expect(unreachable("/ip4/0.0.0.0/tcp/1", 31_337n)).to.match(/nobody/);
    expect(unreachable("/ip4/203.0.113.7/tcp/1", 1n)).to.equal(undefined);
  });
});

describe("an address that a relay listens on", () => {
  it("is one of this machine, with a port", () => {
    expect(listenAddress("--listen")("/ip4/0.0.0.0/tcp/4020")).to.equal("/ip4/0.0.0.0/tcp/4020");
    const { code, context } = refusal(() => listenAddress("--listen")("garbage"));
    expect(code).to.equal("OPTION_INVALID");
    expect(context).to.include({ what: "--listen", got: "garbage" });
  });
});
