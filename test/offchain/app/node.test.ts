/** A node that does not open leaves nothing open: on a real chain, over a connection that is counted. */
import { connect, createServer, type Server, type Socket } from "node:net";
import { once } from "node:events";
import { join } from "node:path";
import type { AddressInfo } from "node:net";

import { expect } from "chai";

import { openSqliteStore } from "../../../offchain/adapters/sqlite/store.ts";
import { WaybillError } from "../../../offchain/core/errors.ts";
import { Lifetime } from "../../../offchain/app/lifetime.ts";
import { openNode } from "../../../offchain/app/node.ts";
import type { CommonOptions } from "../../../offchain/app/settings.ts";
import { LocalChain } from "../settlement/support/local-chain.ts";
import { CommandLine } from "./support/command-line.ts";

describe("opening a node, on a real local chain", function () {
  this.timeout(120_000);

  let local: LocalChain;
  let line: CommandLine;
  let between: Server;
  const connections = new Set<Socket>();
  let made = 0;
  let options: CommonOptions;

  before(async () => {
    local = await LocalChain.start();
    line = await CommandLine.on(local);
    const { port } = new URL(local.url);
    between = createServer((socket) => {
      made += 1;
      connections.add(socket);
      const chain = connect(Number(port), "127.0.0.1");
      socket.pipe(chain).pipe(socket);
      socket.on("error", () => chain.destroy());
      chain.on("error", () => socket.destroy());
      socket.on("close", () => {
        connections.delete(socket);
        chain.destroy();
      });
    });
    between.listen(0, "127.0.0.1");
    await once(between, "listening");
    options = {
      data: join(line.folder, "node"),
      json: true,
      network: line.network,
      rpcUrl: [`ws://127.0.0.1:${(between.address() as AddressInfo).port}`],
      logLevel: "error",
      poll: 50,
    };
  });

  after(async () => {
    between.close();
    for (const socket of connections) socket.destroy();
    line.remove();
    await local.stop();
  });

  const isClosed = async (): Promise<void> => {
    const deadline = performance.now() + 20_000;
    while (connections.size > 0) {
      if (performance.now() > deadline) throw new Error("a connection to the chain stays open");
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    // Nobody else could open it otherwise.
    await (await openSqliteStore({ path: join(options.data, "commands.db") })).close();
  };

  const refusal = async (changed: Partial<CommonOptions>, lifetime?: Lifetime): Promise<string> => {
    const before = made;
    try {
      await openNode({ ...options, ...changed }, "commands", undefined, lifetime);
    } catch (error) {
      expect(made).to.be.greaterThan(before);
      return error instanceof WaybillError ? error.code : String(error);
    }
    return "opened";
  };

  it("closes what it has opened when a setting is found to be wrong afterwards", async () => {
    expect(await refusal({ confirmations: 1_000 })).to.equal("OPTION_INVALID");
    await isClosed();
  });

  it("and when the database belongs to another deployment", async () => {
    const store = await openSqliteStore({ path: join(options.data, "commands.db") });
    const bound = await store.getMeta("deployment");
    await store.setMeta("deployment", "chain 1, another one");
    await store.close();
    expect(await refusal({})).to.equal("STORE_WRONG_DEPLOYMENT");
    await isClosed();
    const again = await openSqliteStore({ path: join(options.data, "commands.db") });
    if (bound === undefined) await again.close();
    else await again.setMeta("deployment", bound).then(() => again.close());
  });

  it("and when it is to stop before the chain is read", async () => {
    const lifetime = new Lifetime();
    const opened = refusal({ data: join(line.folder, "other"), poll: 60_000 }, lifetime);
    await once(between, "connection");
    lifetime.stop();
    expect(await opened).to.equal("RUN_STOPPED");
    await isClosed();
  });

  it("closes all of it once, however often it is asked to", async () => {
    const node = await openNode({ ...options, data: join(line.folder, "third") }, "commands");
    expect(connections.size).to.be.greaterThan(0);
    await Promise.all([node.close(), node.close()]);
    await node.close();
    await isClosed();
  });
});
