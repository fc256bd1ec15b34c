import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import { expect } from "chai";

import { startAnvil } from "../../scripts/local-network/anvil-node.ts";
import { ChildGroup } from "../../scripts/local-network/child.ts";
import { rpc } from "../../scripts/local-network/hardhat-node.ts";

const CONTRACT = "0x00000000000000000000000000000000000c0de0";
const CODE = "0x6001600055";
/** Anvil keeps 1,500 states of a chain with fast blocks; from then on one less with each block, down to ten. */
const BLOCKS = 3_200;
const DEPTH = 12;

describe("the local chain that can be reorganised", () => {
  const folder = mkdtempSync(join(tmpdir(), "waybill-anvil-"));
  const children = new ChildGroup();

  after(async () => {
    await children.stopAll();
    rmSync(folder, { recursive: true });
  });

  it("keeps the contracts in a reorganisation, however long it has run", async () => {
    const { rpcUrl } = await startAnvil(children, {
      root: resolve(import.meta.dirname, "../.."),
      logFile: join(folder, "anvil.log"),
      blockInterval: 500,
    });
    await rpc(rpcUrl, "evm_setIntervalMining", [0]);
    await rpc(rpcUrl, "anvil_setCode", [CONTRACT, CODE]);
    await rpc(rpcUrl, "anvil_mine", [`0x${BLOCKS.toString(16)}`]);
    const [from] = (await rpc(rpcUrl, "eth_accounts", [])) as string[];
    const undone = await rpc(rpcUrl, "eth_sendTransaction", [{ from, to: from }]);
    await rpc(rpcUrl, "evm_mine", []);
    expect(await rpc(rpcUrl, "eth_getTransactionReceipt", [undone])).to.include({ status: "0x1" });
    await rpc(rpcUrl, "anvil_reorg", [DEPTH, []]);
    expect(await rpc(rpcUrl, "eth_getTransactionReceipt", [undone])).to.equal(null);
    expect(await rpc(rpcUrl, "eth_getCode", [CONTRACT, "latest"])).to.equal(CODE);
  });
});
