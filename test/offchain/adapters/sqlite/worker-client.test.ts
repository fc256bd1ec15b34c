import { Worker } from "node:worker_threads";
import type { ResourceLimits } from "node:worker_threads";
import { expect } from "chai";
import type { WaybillError } from "../../../../offchain/core/errors.ts";
import { WorkerClient } from "../../../../offchain/adapters/sqlite/worker-client.ts";

/** A worker that opens well and then does what `onCall` says instead of answering. */
function clientOf(
  onCall: string,
  resourceLimits: ResourceLimits = {},
  onBroken?: (error: WaybillError) => void,
): WorkerClient {
  const code = `
    const { parentPort } = require("node:worker_threads");
    parentPort.on("message", function () { ${onCall} });
    parentPort.postMessage({ id: 0, value: undefined });`;
  return new WorkerClient(new Worker(code, { eval: true, resourceLimits }), onBroken);
}

const codeOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => "ok",
    (error: unknown) => (error instanceof Error && "code" in error ? error.code : error),
  );

describe("the thread of the SQLite store", () => {
  for (const [how, onCall] of [
    ["exits", "process.exit(3)"],
    ["throws", 'throw new Error("lost")'],
    ["runs out of memory", "const all = []; for (;;) all.push(new Array(1e6).fill(all.length));"],
  ] as const)
    it(`threat 41: when it ${how}, every pending and later call is refused and close still ends`, async () => {
      const client = clientOf(onCall, { maxOldGenerationSizeMb: 32 });
      await client.ready;
      const pending = [client.call("replay.count"), client.call("meta.get", "x")];
      expect(await Promise.all(pending.map(codeOf))).to.deep.equal([
        "STORE_WORKER_DIED",
        "STORE_WORKER_DIED",
      ]);
      expect(await codeOf(client.call("replay.count"))).to.equal("STORE_WORKER_DIED");
      await client.close();
    });

  it("threat 41: tells once that the disk has failed, and nothing of calls that fail alone", async () => {
    for (const [code, told] of [
      ["STORE_IO", ["STORE_IO"]],
      ["STORE_CORRUPT", ["STORE_CORRUPT"]],
      ["STORE_FULL", []],
      ["STORE_BAD_INPUT", []],
    ] as const) {
      const broken: string[] = [];
      const answer = `parentPort.postMessage({ id: arguments[0].id, failure: { code: "${code}" } })`;
      const client = clientOf(answer, {}, (error) => broken.push(error.code));
      await client.ready;
      for (let call = 0; call < 3; call++)
        expect(await codeOf(client.call("replay.count"))).to.equal(code);
      expect(broken, code).to.deep.equal(told);
      await codeOf(client.close());
    }
  });

  it("tells that the thread died, unless it was asked to end", async () => {
    const broken: string[] = [];
    const dead = clientOf("process.exit(3)", {}, (error) => broken.push(error.code));
    await dead.ready;
    await codeOf(dead.call("replay.count"));
    expect(broken).to.deep.equal(["STORE_WORKER_DIED"]);
    await dead.close();
    const answer = "parentPort.postMessage({ id: arguments[0].id, value: 7 })";
    const closed = clientOf(answer, {}, (error) => broken.push(error.code));
    await closed.ready;
    await closed.close();
    expect(broken).to.have.length(1);
  });

  it("refuses a value that cannot cross the thread border, and that call only", async () => {
    const client = clientOf("parentPort.postMessage({ id: arguments[0].id, value: 7 })");
    await client.ready;
    const bad = (() => undefined) as unknown as string;
    expect(await codeOf(client.call("meta.get", bad))).to.equal("STORE_BAD_INPUT");
    expect(await client.call("replay.count")).to.equal(7);
    await client.close();
  });
});
