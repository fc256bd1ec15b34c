/** The drand server of local networks: what drand's own endpoints say, in their form, and as a program. */
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { drandChain, firstRoundFrom } from "../../offchain/core/drand/chain.ts";
import { verifyRound } from "../../offchain/core/drand/round.ts";
import { hexToBytes } from "../../offchain/core/bytes.ts";
import { seconds } from "../../offchain/core/units.ts";
import { ChildGroup } from "../../scripts/local-network/child.ts";
import {
  chainHash,
  type DrandInfo,
  type DrandServer,
  startDrandServer,
} from "../../scripts/local-network/drand-server.ts";
import { namedDrand, quicknet } from "../support/drand.ts";

const drand = namedDrand("server", 1_000, 3);
/** Round 4 was due a second ago. */
const NOW = seconds(1_010);

async function get(url: string): Promise<{ status: number; document: Record<string, unknown> }> {
  const response = await fetch(url);
  const document = (await response.json()) as Record<string, unknown>;
  return { status: response.status, document };
}

describe("the drand server", () => {
  let server: DrandServer;

  before(async () => {
    server = await startDrandServer(drand, { now: () => NOW });
  });

  after(() => server.close());

  it("names chains as drand does: quicknet's hash comes out", () => {
    const seed = hexToBytes("f477d5c89f21a17c863a7f937c6a6d15859414d2be09cd448d4279af331c5d3e");
    expect(chainHash(quicknet().chain, seed, "quicknet")).to.equal(
      "52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971",
    );
  });

  it("gives rounds that are out by both interfaces, the older one with their randomness", async () => {
    const { chain_hash: hash } = server.info;
    const signature = Buffer.from(drand.sign(4)).toString("hex");
    const randomness = createHash("sha256").update(drand.sign(4)).digest("hex");
    for (const asked of ["4", "latest"]) {
      const newer = await get(`${server.url}/v2/chains/${hash}/rounds/${asked}`);
      expect(newer).to.deep.equal({ status: 200, document: { round: 4, signature } });
      const older = await get(`${server.url}/${hash}/public/${asked}`);
      expect(older.document).to.deep.equal({ round: 4, randomness, signature });
    }
  });

  it("refuses rounds to come, what is no round, and what it does not serve", async () => {
    const { chain_hash: hash } = server.info;
    const statusOf = async (path: string) => (await get(`${server.url}/${path}`)).status;
    expect(await statusOf(`v2/chains/${hash}/rounds/5`)).to.equal(425);
    for (const none of ["0", "-1", "x", "1.5", "99999999999999999999"])
      expect(await statusOf(`${hash}/public/${none}`), none).to.equal(400);
    expect(await statusOf(`v2/chains/${"00".repeat(32)}/rounds/1`)).to.equal(404);
    const post = await fetch(`${server.url}/chains`, { method: "POST" });
    expect(post.status).to.equal(405);
  });

  it("as a program serves rounds of the present until it is told to end", async () => {
    const folder = mkdtempSync(join(tmpdir(), "waybill-drand-"));
    const children = new ChildGroup();
    const started = Promise.withResolvers<string>();
    const genesis = Math.floor(Date.now() / 1000) - 100;
    const child = children.start({
      name: "drand",
      args: [
        "scripts/local-network/drand-server.ts",
        ...["--genesis", String(genesis), "--period", "3"],
      ],
      cwd: process.cwd(),
      logFile: join(folder, "drand.log"),
      onLine: started.resolve,
    });
    try {
      const { url, info } = JSON.parse(await started.promise) as { url: string; info: DrandInfo };
      const chain = drandChain({
        genesis: seconds(info.genesis_time),
        period: seconds(info.period),
        publicKey: hexToBytes(info.public_key),
      });
      const { document } = await get(`${url}/v2/chains/${info.chain_hash}/rounds/latest`);
      const { round, signature } = document as { round: number; signature: string };
      expect(verifyRound(chain, round, hexToBytes(signature)).round).to.equal(round);
      expect(firstRoundFrom(chain, seconds(Math.floor(Date.now() / 1000)))).to.be.within(
        round,
        round + 1,
      );
      expect((await child.stop()).code).to.equal(0);
    } finally {
      await children.stopAll();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
