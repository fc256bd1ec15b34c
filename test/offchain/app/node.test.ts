/** A node that does not open leaves nothing open: on a real chain, over a connection that is counted. */
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";

import { expect } from "chai";

import { openSqliteStore } from "../../../offchain/adapters/sqlite/store.ts";
import { WaybillError } from "../../../offchain/core/errors.ts";
import type { Hex } from "../../../offchain/core/bytes.ts";
import { epoch } from "../../../offchain/core/units.ts";
import { readNetwork } from "../../../offchain/app/networks.ts";
import { CHECKPOINT_EVENTS } from "../../../offchain/settlement/checkpoints.ts";
import { toStored } from "../../../offchain/settlement/records.ts";
import { rpc } from "../../../scripts/local-network/hardhat-node.ts";
import { SILENT } from "../../../offchain/app/idle.ts";
import { Lifetime } from "../../../offchain/app/lifetime.ts";
import { openNode, type Manner, type Opening } from "../../../offchain/app/node.ts";
import type { CommonOptions } from "../../../offchain/app/settings.ts";
import { Line } from "../../e2e/support/line.ts";
import { until } from "../../e2e/support/wait.ts";
import { LocalChain } from "../settlement/support/local-chain.ts";
import { CommandLine } from "./support/command-line.ts";

/** Blocks whose hashes a node remembers; offchain/app/node.ts. */
const REMEMBERED = 256;

describe("opening a node, on a real local chain", () => {
  let local: LocalChain;
  let line: CommandLine;
  let between: Line;
  let options: CommonOptions;

  before(async () => {
    local = await LocalChain.start();
    line = await CommandLine.on(local);
    between = new Line(local.url);
    await between.mend();
    options = {
      data: join(line.folder, "node"),
      json: true,
      network: line.network,
      rpcUrl: [between.url.replace("http", "ws")],
      logLevel: "error",
      poll: 50,
    };
  });

  after(async () => {
    await between.cut();
    line.remove();
    await local.stop();
  });

  const blockOf = async (tag: number | "latest") => {
    const named = typeof tag === "number" ? `0x${tag.toString(16)}` : tag;
    const block = await rpc(local.url, "eth_getBlockByNumber", [named, false]);
    const { number, hash } = block as { readonly number: string; readonly hash: Hex };
    return { number: Number(number), hash };
  };

  const isClosed = async (): Promise<void> => {
    await until(20, "no connection to the chain is open", () => between.open === 0);
    // Nobody else could open it otherwise.
    await (await openSqliteStore({ path: join(options.data, "commands.db") })).close();
  };

  const refusal = async (changed: Partial<CommonOptions>, manner?: Manner): Promise<string> => {
    const before = between.made;
    try {
      await openNode({ ...options, ...changed }, "commands", manner);
    } catch (error) {
      expect(between.made).to.be.greaterThan(before);
      return error instanceof WaybillError ? error.code : String(error);
    }
    return "opened";
  };

  it("opens nothing with a setting that is wrong", async () => {
    const before = between.made;
    const wrong = openNode({ ...options, confirmations: 1_000 }, "commands");
    const refused = await wrong.catch((error: unknown) => error);
    expect(refused).to.be.instanceOf(WaybillError).with.property("code", "OPTION_INVALID");
    expect(between.made).to.equal(before);
    expect(existsSync(options.data)).to.equal(false);
  });

  it("closes what it has opened when the database belongs to another deployment", async () => {
    mkdirSync(options.data, { mode: 0o700 });
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
    const opening: Opening = {
      log: SILENT,
      reached: (stage) => {
        if (stage === "reading-chain") lifetime.stop();
      },
    };
    const data = join(line.folder, "other");
    expect(await refusal({ data, poll: 60_000 }, { opening, lifetime })).to.equal("RUN_STOPPED");
    await isClosed();
  });

  it("folds an agent's history of the chain up into a checkpoint, which serves visitors, who make none", async () => {
    const data = join(line.folder, "old");
    mkdirSync(data, { mode: 0o700 });
    await rpc(local.url, "hardhat_mine", ["0x140"]);
    const { number: head } = await blockOf("latest");
    const numbers = Array.from({ length: REMEMBERED }, (_, n) => head - REMEMBERED + 1 + n);
    const remembered = await Promise.all(numbers.map(blockOf));
    const oldest = await blockOf(head - REMEMBERED - 60);
    const events = Array.from({ length: 5_000 }, (_, n) =>
      toStored({
        ...{
          blockNumber: oldest.number + Math.floor(n / 100),
          blockHash: oldest.hash,
          logIndex: n,
        },
        contract: readNetwork(options.network).deployment.registry,
        event: { kind: "beacon-final", epoch: epoch(n), value: oldest.hash },
      }),
    );
    const store = await openSqliteStore({ path: join(data, "waybill.db") });
    const cursors = remembered.map(({ number, hash }) => ({
      blockNumber: number,
      blockHash: hash,
    }));
    await store.chain.append(events, cursors, REMEMBERED, head);
    await store.close();

    /** How many events are stored then. */
    const opened = async (database: "agent" | "visit", isThere: boolean): Promise<number> => {
      await using closing = new AsyncDisposableStack();
      const node = await openNode({ ...options, data }, database);
      closing.defer(() => node.close());
      const { chain } = node.store;
      if (isThere)
        await until(
          20,
          "there is a checkpoint",
          async () => (await chain.checkpoint()) !== undefined,
        );
      else expect(await chain.checkpoint()).to.equal(undefined);
      expect(node.view.state.beacons.size).to.equal(events.length);
      return (await chain.events({ after: undefined, limit: 9_999 })).length;
    };
    expect(await opened("visit", false)).to.equal(events.length);
    // In a checkpoint are whole blocks.
    const left = events.length - Math.floor(CHECKPOINT_EVENTS / 100) * 100;
    expect(await opened("agent", true)).to.equal(left);
    expect(await opened("visit", true)).to.equal(left);
  });

  it("closes all of it once, however often it is asked to", async () => {
    const node = await openNode({ ...options, data: join(line.folder, "third") }, "commands");
    expect(between.open).to.be.greaterThan(0);
    await Promise.all([node.close(), node.close()]);
    await node.close();
    await isClosed();
  });
});
