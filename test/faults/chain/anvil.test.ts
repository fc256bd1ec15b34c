import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { openEndpoints } from "../../../offchain/adapters/endpoints/chain.ts";
import { connectChain } from "../../../offchain/adapters/ethers/chain.ts";
import { ManualClock } from "../../../offchain/adapters/memory/clock.ts";
import { hasCode } from "../../../offchain/core/errors.ts";
import { address, amount, millis } from "../../../offchain/core/units.ts";
import type { Chain } from "../../../offchain/ports/chain.ts";
import { emptyState, reduce } from "../../../offchain/settlement/state.ts";
import { ChildGroup } from "../../../scripts/local-network/child.ts";
import { rpc } from "../../../scripts/local-network/hardhat-node.ts";
import { Agent } from "../../offchain/settlement/support/agent.ts";
import { startAnvil } from "../../offchain/settlement/support/anvil.ts";
import { BadEndpoint } from "../../offchain/settlement/support/bad-endpoint.ts";
import { LocalChain } from "../../offchain/settlement/support/local-chain.ts";
import { fundChannel } from "../../offchain/settlement/support/actions.ts";
import { RedeemScene } from "../../offchain/settlement/support/redeem-scene.ts";
import { recordingLog } from "../../offchain/settlement/support/simulation.ts";

const PLENTY = 10n ** 12n;
const WINDOW = 12;

describe("an agent on anvil", () => {
  let local: LocalChain;

  before(async () => {
    local = await LocalChain.start({ node: "anvil" });
  });

  let snapshot: unknown;
  beforeEach(async () => {
    snapshot = await local.rpc("evm_snapshot");
  });

  afterEach(async () => {
    await local.rpc("evm_setAutomine", true);
    await local.rpc("evm_revert", snapshot);
  });

  after(async () => {
    await local.stop();
  });

  const mine = async (blocks = 1) => local.rpc("anvil_mine", `0x${blocks.toString(16)}`);

  async function truth(chain: Chain, agent: Agent, to: number) {
    const records = await chain.events(local.firstBlock, to);
    expect(agent.view.state).to.deep.equal(reduce(emptyState(agent.params), records));
  }

  it("threat 51: reorgs of every depth up to the window undo open and fund; each happens once in the end", async () => {
    const scene = await RedeemScene.create(local, PLENTY);
    const { chain, params, payer, channel } = scene;
    const agent = new Agent(chain, params, {
      ...{ firstBlock: local.firstBlock, window: 4 * WINDOW, confirmations: 3 },
    });
    const box = agent.outbox(payer);
    // Nobody mines while this is waited for, so one block is enough.
    await new Agent(chain, params).as(payer, async ({ outbox }) => {
      await outbox.submit("approve", chain.calls.approve(params.channels, amount(PLENTY)));
    });
    for (let depth = 1; depth <= WINDOW; depth++) {
      await mine(2 * WINDOW);
      const key = `fund:${depth}`;
      await box.intend(key, chain.calls.fundChannel(channel, amount(BigInt(depth))));
      await box.step();
      await mine(depth - 1);
      await agent.indexer.step();
      await box.step();
      const before = agent.view.channel(channel)?.balance ?? 0n;
      // The transactions of the blocks that are undone are lost, as in a node that forgets them.
      await local.rpc("anvil_reorg", depth, []);
      await agent.indexer.step();
      expect(agent.view.channel(channel)?.balance, `depth ${depth}`).to.equal(
        before - BigInt(depth),
      );
      for (let i = 0; i < 4; i++) {
        await box.step();
        await mine();
      }
      await agent.indexer.step();
      await box.step();
      expect(await box.outcome(key), `depth ${depth}`).to.have.property("state", "confirmed");
      await truth(chain, agent, (await chain.head()).number);
    }
    const total = (BigInt(WINDOW) * BigInt(WINDOW + 1)) / 2n;
    expect(agent.view.channel(channel)?.balance).to.equal(PLENTY + total);
  });

  it("threat 51: a redemption that a reorg undid happens again, and once", async () => {
    const scene = await RedeemScene.create(local, PLENTY);
    const winners = await scene.draw(1);
    const process = scene.start();
    const { store } = process.agent;
    await store.winners.add(winners);
    const [first] = winners;
    if (first === undefined) throw new Error("16 tickets at p = 1/2 hold a winner");
    await local.moveTo(scene.dueAt(first.epoch));
    await scene.round(process);
    const earned = await scene.chain.reads.earnings(scene.relay);
    expect(earned > 0n).to.equal(true);
    for (const depth of [1, 3, 5]) {
      // Into the block of the redemption, whatever came after it.
      const block = await newestRedemption(scene);
      await local.rpc("anvil_reorg", (await scene.chain.head()).number - block + 1, []);
      expect(await scene.chain.reads.earnings(scene.relay), `depth ${depth}`).to.equal(0n);
      for (let i = 0; i < 3; i++) await scene.round(process);
      await mine(depth);
      await scene.round(process);
      expect(await scene.chain.reads.earnings(scene.relay), `depth ${depth}`).to.equal(earned);
      expect((await store.winners.totals()).redeemed.count).to.equal(winners.length);
    }
  });

  async function newestRedemption({ chain, relay }: RedeemScene): Promise<number> {
    const records = await chain.events(local.firstBlock, (await chain.head()).number);
    const found = records.findLast(
      ({ event }) => event.kind === "batch-redeemed" && event.relay === relay,
    );
    if (found === undefined) throw new Error("it was redeemed");
    return found.blockNumber;
  }

  async function waiting() {
    const chain = await local.connect();
    const signer = await local.account(0n);
    const params = await chain.params();
    const agent = new Agent(chain, params, { firstBlock: local.firstBlock });
    const box = agent.outbox(signer);
    await local.rpc("evm_setAutomine", false);
    await box.intend("allow", chain.calls.approve(params.channels, amount(7n)));
    await box.step();
    const sent = async () => (await agent.store.outbox.list(["sent"]))[0]?.versions ?? [];
    expect(await sent()).to.have.length(1);
    const happenedOnce = async () => {
      expect(await box.outcome("allow")).to.have.property("state", "confirmed");
      expect(await chain.nonce(signer.address, (await chain.head()).number)).to.equal(1);
      expect(await chain.reads.tokenAllowance(signer.address, params.channels)).to.equal(7n);
    };
    return { chain, agent, box, sent, happenedOnce };
  }

  it("threat 50: fees rise above what was offered: it is replaced, and happens once", async () => {
    const { chain, agent, box, sent, happenedOnce } = await waiting();
    const { maxFeePerGas } = await chain.fees();
    await local.rpc("anvil_setNextBlockBaseFeePerGas", `0x${(10n * maxFeePerGas).toString(16)}`);
    await mine();
    await box.step();
    expect(await sent()).to.have.length(1);
    await agent.clock.run(millis(60_000));
    await box.step();
    expect(await sent()).to.have.length(2);
    await mine();
    await box.step();
    await happenedOnce();
  });

  it("threat 50: a transaction that the node dropped is sent again", async () => {
    const { box, sent, happenedOnce } = await waiting();
    const [version] = await sent();
    await local.rpc("anvil_dropTransaction", version?.hash);
    await mine();
    await box.step();
    await mine();
    await box.step();
    await happenedOnce();
  });

  it("names what the node says about transactions that it does not take", async () => {
    const chain = await local.connect();
    const signer = await local.account(0n);
    const { chainId, channels } = await chain.params();
    await local.rpc("evm_setAutomine", false);
    await local.rpc("anvil_setNextBlockBaseFeePerGas", "0x3b9aca00");
    await mine();
    const fees = await chain.fees();
    const signed = (nonce: number, more = 1n, value = 0n) =>
      signer.sign({
        ...chain.calls.approve(channels, amount(1n)),
        ...{ chainId, nonce, value, gasLimit: 100_000n },
        fees: {
          maxFeePerGas: (fees.maxFeePerGas * more) / 100n,
          maxPriorityFeePerGas: (fees.maxPriorityFeePerGas * more) / 100n,
        },
      }).raw;
    expect(await chain.broadcast(signed(0, 100n))).to.deep.equal({ status: "accepted" });
    expect(await chain.broadcast(signed(0, 100n))).to.deep.equal({ status: "accepted" });
    expect(await chain.broadcast(signed(0, 90n))).to.deep.equal({ status: "underpriced" });
    expect(await chain.broadcast(signed(0, 113n))).to.deep.equal({ status: "accepted" });
    expect(await chain.broadcast(signed(1, 100n, 10n ** 24n))).to.deep.equal({
      status: "unfunded",
    });
    await mine();
    expect(await chain.broadcast(signed(0, 200n))).to.deep.equal({ status: "stale" });
  });

  it("threat 49: two endpoints, of which one dies, lies and comes back", async () => {
    const bad = await BadEndpoint.start(local.url);
    const clock = new ManualClock(millis(Date.now()));
    const log = recordingLog();
    const channels = address(await local.contracts.channels.getAddress());
    const open = [bad.url, local.url].map(
      (url) => () => connectChain({ url, timeout: millis(5_000), channels }),
    );
    const chain = await openEndpoints({
      ...{ open, clock, log, probeEvery: millis(1_000), lag: millis(60_000) },
    });
    try {
      const agent = new Agent(chain, await chain.params(), {
        ...{ firstBlock: local.firstBlock, confirmations: 2 },
      });
      await agent.indexer.step();
      bad.mood = () => "dead";
      const { channel, payer, params } = await RedeemScene.create(local, PLENTY);
      await mine(2);
      await agent.indexer.step();
      const states = () => chain.health().endpoints.map(({ state }) => state);
      expect(states()).to.deep.equal(["down", "well"]);
      const { number } = await chain.head();
      expect(agent.view.sureBlock?.number).to.equal(number - 1);
      expect(log.lines.map(({ level }) => level)).to.deep.equal(["warn"]);

      bad.mood = () => "forward";
      await eventually(async () => {
        await clock.run(millis(2_000));
        await chain.head();
        return states()[0] === "well";
      });
      bad.lie = (method, result) => (method === "eth_getLogs" ? [] : result);
      const direct = await local.connect();
      await new Agent(direct, params).as(payer, (account) =>
        fundChannel(account, channel, amount(5n)),
      );
      await mine(2);
      await agent.indexer.step();
      expect(chain.health().disputes).to.deep.equal(["events"]);
      expect(agent.view.sureChannel(channel)).to.have.property("balance", PLENTY);

      bad.lie = undefined;
      await eventually(async () => {
        await agent.indexer.step();
        return chain.health().disputes.length === 0;
      });
      await agent.indexer.step();
      expect(agent.view.sureChannel(channel)).to.have.property("balance", PLENTY + 5n);
    } finally {
      await chain.close();
      await bad.stop();
    }
  });

  it("threat 49: a WebSocket tells of new blocks, and is opened anew after the node was away", async () => {
    const children = new ChildGroup();
    const folder = await mkdtemp(join(tmpdir(), "waybill-anvil-"));
    const options = { logFile: join(folder, "anvil.log"), state: join(folder, "state.json") };
    try {
      const first = await startAnvil(children, options);
      const port = Number(new URL(first.url).port);
      const { WebSocketRpc } = await import("../../../offchain/adapters/ethers/web-socket-rpc.ts");
      const socket = new WebSocketRpc({ url: `ws://127.0.0.1:${port}`, timeout: millis(5_000) });
      let told = 0;
      socket.onHead(() => {
        told += 1;
      });
      expect(await socket.get("eth_blockNumber", [])).to.equal("0x0");
      await rpc(first.url, "anvil_mine", ["0x3"]);
      await eventually(() => told >= 3);
      expect(socket.toldHead()).to.have.property("number", "0x3");

      await first.child.stop();
      const error: unknown = await socket
        .get("eth_blockNumber", [])
        .catch((caught: unknown) => caught);
      expect(hasCode(error, "CHAIN_UNREACHABLE")).to.equal(true);
      expect(socket.toldHead()).to.equal(undefined);
      const second = await startAnvil(children, { ...options, port });
      await eventually(async () => {
        try {
          return (await socket.get("eth_blockNumber", [])) === "0x3";
        } catch {
          return false;
        }
      });
      const before = told;
      await rpc(second.url, "anvil_mine", ["0x1"]);
      await eventually(() => told > before);
      socket.close();
    } finally {
      await children.stopAll();
      await rm(folder, { recursive: true, force: true });
    }
  });
});

async function eventually(condition: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 30_000;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`not so after 30 s: ${condition.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
