/** Waiting for a final block, on a chain that calls a block final 64 blocks later, as anvil does. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

import { expect } from "chai";
import { network } from "hardhat";

import { untilFinal } from "../../../deploy/finality.ts";
import { hasCode } from "../../../offchain/core/errors.ts";
import { anvilBinary } from "../../../scripts/local-network/anvil-node.ts";
import { rpc } from "../../../scripts/local-network/hardhat-node.ts";

const EVERY = 20;
const silent = (): void => undefined;

describe("waiting for finality", () => {
  let anvil: ChildProcess | undefined;

  afterEach(async () => {
    const running = anvil;
    anvil = undefined;
    if (running === undefined) return;
    const ended = once(running, "close");
    running.kill("SIGKILL");
    await ended;
  });

  async function startAnvil(): Promise<string> {
    const child = spawn(anvilBinary(), ["--port", "0", "--chain-id", "5"], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    anvil = child;
    for await (const line of createInterface({ input: child.stdout })) {
      const at = /^Listening on (\S+)$/.exec(line)?.[1];
      if (at !== undefined) return `http://${at}`;
    }
    throw new Error("anvil ended");
  }

  it("ends when the latest block of its beginning is final, and tells how far it is until then", async () => {
    const rpcUrl = await startAnvil();
    await rpc(rpcUrl, "anvil_mine", ["0x64"]);
    const seen: (readonly [number, number])[] = [];
    const mining: Promise<unknown>[] = [];
    const final = untilFinal({
      rpcUrl,
      every: EVERY,
      onProgress: (at, wanted) => {
        seen.push([at, wanted]);
        mining.push(rpc(rpcUrl, "anvil_mine", ["0x20"]));
      },
    });
    expect(await final).to.equal(true);
    await Promise.all(mining);
    expect(seen[0]).to.deep.equal([36, 100]);
    expect(seen.every(([at, wanted]) => at < 100 && wanted === 100)).to.equal(true);
  });

  it("waits for nothing on a local chain, and says where no chain answers", async () => {
    const server = await network.createServer({ network: "node" }, "127.0.0.1", 0);
    const { address, port } = await server.listen();
    const rpcUrl = `http://${address}:${String(port)}`;
    expect(await untilFinal({ rpcUrl, every: EVERY, onProgress: silent })).to.equal(true);
    await server.close();

    const nowhere = untilFinal({ rpcUrl: "http://127.0.0.1:1", every: EVERY, onProgress: silent });
    const error: unknown = await nowhere.catch((caught: unknown) => caught);
    expect(hasCode(error, "DEPLOYMENT_CHAIN_UNREACHABLE")).to.equal(true);
  });
});
