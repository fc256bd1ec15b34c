import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { checkBeacon, checkClock } from "../../../../offchain/app/doctor/chain.ts";
import {
  checkBackend,
  checkFlush,
  checkNode,
  checkRoom,
} from "../../../../offchain/app/doctor/machine.ts";
import { checkAddress, checkOwnAddress } from "../../../../offchain/app/doctor/relay.ts";
import { hasCode } from "../../../../offchain/core/errors.ts";
import { seconds } from "../../../../offchain/core/units.ts";
import { startDrandServer } from "../../../../scripts/local-network/drand-server.ts";
import { namedDrand } from "../../../support/drand.ts";
import { peerFor } from "../../relay/support/identities.ts";
import { inProcess } from "../support/in-process.ts";
import { networkFile } from "../support/network-file.ts";

const GIB = 2 ** 30;

describe("what the doctor says", () => {
  it("of Node, the curve backend, room on the disk and its speed", () => {
    expect(checkNode("24.1.0").verdict).to.equal("ok");
    expect(checkNode("22.9.0").verdict).to.equal("problem");
    expect(checkBackend("native").verdict).to.equal("ok");
    expect(checkBackend("noble").verdict).to.equal("warning");
    expect([5 * GIB, GIB / 2, 2 ** 20].map((bytes) => checkRoom(bytes).verdict)).to.deep.equal([
      "ok",
      "warning",
      "problem",
    ]);
    expect([3, 200].map((time) => checkFlush(time).verdict)).to.deep.equal(["ok", "warning"]);
  });

  it("of the chain's clock beside this machine's", () => {
    const at = (head: number) => checkClock("http://node", seconds(head), seconds(100_000));
    expect(at(99_990)).to.include({
      verdict: "ok",
      text: "the newest block of http://node is 10 s old",
    });
    expect(at(100_010).verdict).to.equal("ok");
    expect(at(90_000)).to.include({ verdict: "warning" });
    expect(at(100_100).text).to.match(/100 s ahead of this machine's clock/);
  });

  const self = { peer: peerFor("this relay") };
  const listen = "/ip4/0.0.0.0/tcp/4020";

  it("of the address in the settings: malformed, another's, or one that others do not reach", () => {
    const of = (announce: string | undefined, chainId?: bigint, listening = listen) => {
      const own = announce === undefined ? {} : { announce };
      return checkOwnAddress({ listen: listening, ...own }, self, chainId).map(
        ({ verdict, text, todo = "" }) => `${verdict}: ${text} ${todo}`,
      );
    };
    for (const good of [
      undefined,
      "/dns4/relay.example/tcp/1",
      `/ip4/8.8.8.8/tcp/1/p2p/${self.peer}`,
    ])
      expect(of(good, 1n)).to.deep.equal([]);
    for (const bad of ["garbage", listen, `/ip4/8.8.8.8/tcp/1/p2p/${peerFor("another")}`])
      for (const chainId of [undefined, 31_337n])
        expect(of(bad, chainId).join()).to.match(/^problem: An option has.*\(--announce\); got/);
    expect(of("/ip4/127.0.0.1/tcp/1", 1n).join()).to.match(/^problem: .*own machine.*--announce/);
    expect(of("/ip4/10.0.0.1/tcp/1", 1n).join()).to.match(/^warning: .*private.*--announce/);
    expect(of(undefined, 1n, "/ip4/192.168.0.7/tcp/1").join()).to.match(/^warning: .*private/);
    for (const local of ["/ip4/127.0.0.1/tcp/1", "/ip4/10.0.0.1/tcp/1"])
      expect(of(local, 31_337n)).to.deep.equal([]);
  });

  it("of the address that is announced, before anything is dialled", async () => {
    const of = async (multiaddr: string, chainId = 1n, announce?: string): Promise<string> => {
      const own = announce === undefined ? { listen } : { listen, announce };
      const { verdict, text, todo = "" } = await checkAddress({ multiaddr }, self, own, chainId);
      return `${verdict}: ${text} ${todo}`;
    };
    const ofSelf = (address: string): string => `${address}/p2p/${self.peer}`;
    expect(await of(`/p2p/${self.peer}`)).to.match(/^warning: nobody knows.*`waybill run`/);
    for (const dead of [
      "/ip4/8.8.8.8/tcp/4020",
      "/ip4/8.8.8.8/tcp/4020/",
      `/ip4/8.8.8.8/tcp/4020/p2p/${peerFor("another")}`,
    ])
      expect(await of(dead, 31_337n)).to.match(/^problem: .*which nobody dials.*--announce/);
    for (const chainId of [1n, 31_337n])
      expect(await of(ofSelf(listen), chainId)).to.match(/^problem: .*nobody can dial.*--announce/);
    expect(await of(ofSelf("/ip4/127.0.0.1/tcp/4020"))).to.match(/^problem: .*own machine only/);
    expect(await of(ofSelf("/ip4/172.18.0.2/tcp/4020"))).to.match(
      /^warning: .*private network only/,
    );
    const moved = "/dns4/relay.example/tcp/4020";
    expect(await of(ofSelf("/ip4/8.8.8.8/tcp/4020"), 1n, moved)).to.match(
      /^warning: .*the settings have \/dns4\/relay\.example\/tcp\/4020/,
    );
    expect(await of(ofSelf("/ip4/8.8.8.8/tcp/4021"))).to.match(/^warning: .*have port 4020/);
    // Dialled and not found there: nothing of the above.
    const closed = "/ip4/127.0.0.1/tcp/1";
    expect(await of(ofSelf(closed), 31_337n, closed)).to.match(
      /^warning: .*cannot be dialled from/,
    );
  });

  it("twice of a data folder that is not there, which it does not make", async () => {
    const folder = mkdtempSync(join(tmpdir(), "waybill-doctor-test-"));
    const data = join(folder, "none");
    const network = networkFile(folder);
    try {
      for (let times = 0; times < 2; times++) {
        const args = ["doctor", "--json", "--data", data, "--network", network];
        const ended = await inProcess(args, { WAYBILL_RPC_URL: "http://127.0.0.1:1" });
        expect(hasCode(ended.error, "NODE_UNWELL")).to.equal(true);
        const [found] = ended.said().filter(({ check }) => check === "data folder");
        expect(found).to.include({ verdict: "problem", text: `there is no ${data}` });
        expect(existsSync(data)).to.equal(false);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("of endpoints of the beacon: one that has the rounds, one that is not there, one of another chain", async () => {
    const genesis = Math.floor(Date.now() / 1_000) - 1_000;
    const [own, other] = [namedDrand("own", genesis, 3), namedDrand("other", genesis, 3)];
    const [server, stranger] = [await startDrandServer(own), await startDrandServer(other)];
    try {
      const drand = { chain: own.chain, delay: seconds(1) };
      const urls = [server.url, "http://127.0.0.1:1", stranger.url];
      const findings = await checkBeacon(drand, urls);
      expect(findings.map(({ verdict }) => verdict)).to.deep.equal(["ok", "problem", "problem"]);
      expect(findings[0]?.text).to.match(/has round 3\d\d/);
      expect(findings[2]?.text).to.contain("other-chain");
      const [none] = await checkBeacon(drand, []);
      expect(none).to.include({ verdict: "problem" });
      expect(none?.text).to.contain("--drand-url");
      expect((await checkBeacon(undefined, []))[0]?.verdict).to.equal("ok");
    } finally {
      await Promise.all([server.close(), stranger.close()]);
    }
  });
});
