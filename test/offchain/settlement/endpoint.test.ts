import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";
import fc from "fast-check";

import { connectChain, type EthersChain } from "../../../offchain/adapters/ethers/chain.ts";
import { registryInterface } from "../../../offchain/adapters/ethers/interfaces.ts";
import { openSqliteStore } from "../../../offchain/adapters/sqlite/store.ts";
import { bytesToHex } from "../../../offchain/core/bytes.ts";
import { WaybillError, hasCode } from "../../../offchain/core/errors.ts";
import { address, amount, millis } from "../../../offchain/core/units.ts";
import type { TransactionSigner } from "../../../offchain/ports/chain.ts";
import type { Store } from "../../../offchain/ports/store.ts";
import { Agent } from "./support/agent.ts";
import { BadEndpoint, type Mood } from "./support/bad-endpoint.ts";
import { LocalChain } from "./support/local-chain.ts";

describe("an endpoint that fails, in front of a real node", () => {
  let local: LocalChain;
  let endpoint: BadEndpoint;
  let chain: EthersChain;
  let signer: TransactionSigner;
  let folder: string;

  const connect = async () =>
    connectChain({
      url: endpoint.url,
      timeout: millis(500),
      channels: address(await local.contracts.channels.getAddress()),
    });

  const openStore = (name: string): Promise<Store> => openSqliteStore({ path: join(folder, name) });

  before(async () => {
    local = await LocalChain.start();
    endpoint = await BadEndpoint.start(local.url);
    chain = await connect();
    signer = await local.account(0n);
    folder = await mkdtemp(join(tmpdir(), "waybill-endpoint-"));
  });

  afterEach(() => {
    endpoint.mood = () => "forward";
    endpoint.result = undefined;
  });

  after(async () => {
    await endpoint.stop();
    await local.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it("threat 49: is CHAIN_UNREACHABLE however it fails, and the error does not show its address", async () => {
    for (const mood of ["dead", "lost-answer", "garbage", "silent"] as Mood[]) {
      endpoint.mood = () => mood;
      for (const ask of [() => chain.head(), connect]) {
        const error: unknown = await ask().catch((caught: unknown) => caught);
        if (!hasCode(error, "CHAIN_UNREACHABLE")) throw error;
        expect(`${error.message} ${JSON.stringify(error.context)}`).not.to.contain("secret-key");
      }
    }
  });

  it("says that there are no contracts at an address where there are none", async () => {
    const nowhere = connectChain({
      url: local.url,
      timeout: millis(500),
      channels: signer.address,
    });
    const error: unknown = await nowhere.catch((caught: unknown) => caught);
    expect(hasCode(error, "CHAIN_NO_CONTRACTS")).to.equal(true);
  });

  it("says so when the contract at the address is another one", async () => {
    const token = address(await local.contracts.token.getAddress());
    const elsewhere = connectChain({ url: local.url, timeout: millis(500), channels: token });
    const error: unknown = await elsewhere.catch((caught: unknown) => caught);
    expect(hasCode(error, "CHAIN_ABI_MISMATCH")).to.equal(true);
  });

  it("threat 49: is told apart from the chain whatever nonsense it answers, and never crashes the reader", async () => {
    const { registry } = await chain.params();
    const hash = `0x${"ab".repeat(32)}` as const;
    const word = fc
      .uint8Array({ maxLength: 65 })
      .map((bytes) => bytesToHex(bytes).slice(0, 2 + bytes.length));
    const topics = fc.constantFrom(...registryTopics());
    const log = fc.record({
      address: fc.constant(registry),
      topics: fc.tuple(topics, word, word),
      data: word,
      blockNumber: fc.constantFrom("0x1", "", null),
      blockHash: fc.constant(hash),
      logIndex: fc.constantFrom("0x0", 7),
    });
    const answer = fc.oneof(fc.jsonValue(), word, fc.array(fc.oneof(log, fc.jsonValue())));
    await fc.assert(
      fc.asyncProperty(answer, async (value) => {
        endpoint.result = { value };
        const questions = [
          () => chain.head(),
          () => chain.events(1, 2),
          () => chain.receipt(hash),
          () => chain.revertReason(hash),
          () => chain.reads.bond(),
          () => chain.nonce(signer.address, 1),
        ];
        for (const question of questions) {
          const got: unknown = await question().catch((caught: unknown) => caught);
          if (got instanceof Error) expect(got).to.be.instanceOf(WaybillError);
        }
      }),
      { numRuns: 60 },
    );
    endpoint.result = undefined;
  });

  it("threat 50: loses any one answer, the process restarts on its database, and the transaction happens once", async () => {
    const methods = new Set<string>();
    endpoint.mood = (method) => {
      methods.add(method);
      return "forward";
    };
    const { channels } = await chain.params();
    const call = chain.calls.approve(channels, amount(1n));
    let round = 0;
    const send = async (fault?: (method: string, count: number) => Mood) => {
      const name = `outbox-${round++}.db`;
      const before = await chain.nonce(signer.address, "pending");
      const counts = new Map<string, number>();
      if (fault !== undefined)
        endpoint.mood = (method) => {
          const count = (counts.get(method) ?? 0) + 1;
          counts.set(method, count);
          return fault(method, count);
        };
      for (let life = 0; life < 4; life++) {
        const store = await openStore(name);
        const box = new Agent(chain, await chain.params(), { store }).outbox(signer);
        try {
          await box.intend("payment", call);
          await box.step();
          await box.step();
        } catch (error) {
          if (!hasCode(error, "CHAIN_UNREACHABLE")) throw error;
        } finally {
          await store.close();
        }
      }
      endpoint.mood = () => "forward";
      const store = await openStore(name);
      const outcome = await new Agent(chain, await chain.params(), { store })
        .outbox(signer)
        .outcome("payment");
      await store.close();
      expect(outcome).to.have.property("state", "confirmed");
      expect(await chain.nonce(signer.address, "pending")).to.equal(before + 1);
    };
    await send();
    expect(methods).to.include("eth_sendRawTransaction");
    for (const lost of methods)
      await send((method, count) => (method === lost && count === 1 ? "lost-answer" : "forward"));
  });

  it("threat 49: follows the chain again after the endpoint was away, and says so", async () => {
    const agent = new Agent(chain, await chain.params(), { firstBlock: local.firstBlock });
    endpoint.mood = () => "dead";
    agent.indexer.start();
    await agent.clock.run(millis(50));
    await expectSoon(() => agent.log.lines.some(({ level }) => level === "warn"));
    expect(agent.view.head).to.equal(undefined);

    endpoint.mood = () => "forward";
    await expectSoon(async () => {
      await agent.clock.run(millis(200));
      return agent.view.head !== undefined;
    });
    await agent.indexer.stop();
    expect(agent.log.lines.at(-1)).to.deep.include({ level: "info" });
  });
});

/** The first topic of every event that the registry can emit. */
function registryTopics(): string[] {
  const found: string[] = [];
  registryInterface.forEachEvent(({ topicHash }) => found.push(topicHash));
  return found;
}

async function expectSoon(condition: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 10_000;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`not so after 10 s: ${condition.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
