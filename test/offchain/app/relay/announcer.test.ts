import { expect } from "chai";

import { libp2pTransport } from "../../../../offchain/adapters/libp2p/transport.ts";
import { systemClock } from "../../../../offchain/adapters/system/clock.ts";
import { lineLog } from "../../../../offchain/adapters/system/log.ts";
import { addressToAnnounce, warnOfReach } from "../../../../offchain/app/relay/announcer.ts";

const PEER = "/p2p/12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN";

describe("what a relay announces", () => {
  it("is an address that other machines can dial, when it listens on all interfaces", () => {
    const loopback = `/ip4/127.0.0.1/tcp/4020${PEER}`;
    const loopback6 = `/ip6/::1/tcp/4020${PEER}`;
    const outside = `/ip4/192.0.2.7/tcp/4020${PEER}`;
    expect(addressToAnnounce([loopback, loopback6, outside])).to.equal(outside);
    expect(addressToAnnounce([outside, loopback])).to.equal(outside);
    const bridge = `/ip4/172.17.0.1/tcp/4020${PEER}`;
    expect(addressToAnnounce([loopback, bridge, outside])).to.equal(outside);
    expect(addressToAnnounce([loopback, bridge])).to.equal(bridge);
  });

  it("is warned of when others cannot dial it, but for chains of one's own", () => {
    const warned = (multiaddr: string | undefined, chainId: bigint): readonly string[] => {
      const lines: string[] = [];
      const write = (line: string): void => void lines.push(line);
      const log = lineLog({ format: "json", level: "warn", clock: systemClock(), write });
      warnOfReach(log, multiaddr, chainId);
      return lines;
    };
    const inside = `/ip4/172.18.0.2/tcp/4020${PEER}`;
    expect(warned(inside, 1n)).to.have.length(1);
    expect(warned(inside, 1n)[0]).to.contain("--announce").and.contain("172.18.0.2");
    expect(warned(undefined, 1n)).to.have.length(1);
    expect(warned(inside, 31_337n)).to.deep.equal([]);
    expect(warned(`/ip4/192.0.2.7/tcp/4020${PEER}`, 1n)).to.deep.equal([]);
  });

  it("is the loopback address when it listens nowhere else, and nothing when it does not listen", async () => {
    const transport = await libp2pTransport({
      seed: new Uint8Array(32).fill(7),
      listen: ["/ip4/127.0.0.1/tcp/0"],
    });
    await transport.start({});
    try {
      const [address] = transport.addresses();
      expect(address).to.match(/^\/ip4\/127\.0\.0\.1\//);
      expect(addressToAnnounce(transport.addresses())).to.equal(address);
    } finally {
      await transport.stop();
    }
    expect(addressToAnnounce(transport.addresses())).to.equal(undefined);
  });
});
