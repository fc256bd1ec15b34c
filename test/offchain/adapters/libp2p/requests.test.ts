import { setTimeout as sleep } from "node:timers/promises";
import type { Connection, Stream } from "@libp2p/interface";
import { expect } from "chai";
import { Exchanges } from "../../../../offchain/adapters/libp2p/exchanges.ts";
import { completeLimits } from "../../../../offchain/adapters/libp2p/options.ts";
import { hasCode } from "../../../../offchain/core/errors.ts";
import { millis } from "../../../../offchain/core/units.ts";
import { numbered, until } from "../../../compliance/transport/nodes.ts";
import { rig } from "./support/rig.ts";

/** `length(4)` as a request starts with it. */
const prefix = (length: number): Uint8Array => {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, length);
  return bytes;
};

/** Whether the other side has ended the stream. */
const isOver = (stream: Stream): boolean => stream.status !== "open";

describe("requests over libp2p: peers that misuse them", () => {
  const { node, neighbour, come, lossesOf } = rig();

  const askByNeighbour = (): Promise<Uint8Array> =>
    neighbour().transport.request(node().address(), numbered(4), {
      timeout: millis(2_000),
      maxAnswer: 200,
    });

  it("threat 44: a request too long, empty or never finished ends its own stream, nothing else", async () => {
    const asked: number[] = [];
    node().answer = async (_peer, request) => {
      asked.push(request.length);
      return Promise.resolve(request);
    };
    const one = await come();
    await one.open();
    await until("connected", () => node().transport.isConnected(one.peer));
    for (const length of [0, 4_097, 2 ** 32 - 1]) {
      const stream = await one.ask();
      stream.send(prefix(length));
      await until("the reset", () => isOver(stream), 400);
    }
    const slow = await one.ask();
    slow.send(prefix(100));
    const cut = await one.ask();
    cut.send(prefix(100));
    await cut.close();
    await until("the reset of the slow one", () => isOver(slow), 1_500);
    expect(asked).to.deep.equal([]);
    expect(lossesOf(one)).to.deep.equal([]);
    expect(await askByNeighbour()).to.deep.equal(numbered(4));
  });

  it("threat 44: a flood of requests gets so many slots, and takes none of another peer's", async () => {
    const gate = Promise.withResolvers<undefined>();
    let running = 0;
    let most = 0;
    node().answer = async (peer, request) => {
      if (peer === neighbour().peer) return request;
      running += 1;
      most = Math.max(most, running);
      await gate.promise;
      running -= 1;
      return request;
    };
    const one = await come();
    await one.open();
    await until("connected", () => node().transport.isConnected(one.peer));
    const streams: Stream[] = [];
    for (let n = 0; n < 40; n++) {
      const stream = await one.ask().catch(() => undefined);
      if (stream === undefined) continue;
      streams.push(stream);
      if (!isOver(stream)) stream.send(Buffer.concat([prefix(100), numbered(n)]));
    }
    await sleep(100);
    expect(await askByNeighbour()).to.deep.equal(numbered(4));
    expect(most).to.equal(4);
    expect(streams.filter((stream) => !isOver(stream))).to.have.length(4);
    gate.resolve(undefined);
    // The stranger takes no answer and ends no stream: the node does, and serves it again.
    await until("the end of the exchanges", () => streams.every(isOver), 2_000);
    const again = await one.ask();
    again.send(Buffer.concat([prefix(100), numbered(1)]));
    await until("the answer", () => again.readBufferLength === 104, 1_000);
    expect(lossesOf(one)).to.deep.equal([]);
  });

  it("threat 44: a stream that ends between its opening and the question gives no answer, and no error that nobody handles", async () => {
    const one = await come();
    const cut = {
      newStream: async () => {
        const stream = await one.ask();
        stream.abort(new Error("the line was cut"));
        return stream;
      },
    } as unknown as Connection;
    const unhandled: unknown[] = [];
    const note = (error: unknown): void => void unhandled.push(error);
    process.prependListener("unhandledRejection", note);
    const answer = new Exchanges(completeLimits())
      .ask(cut, numbered(4), 200, AbortSignal.timeout(2_000))
      .catch((error: unknown) => error);
    expect(hasCode(await answer, "TRANSPORT_NO_ANSWER")).to.equal(true);
    await sleep(10);
    process.off("unhandledRejection", note);
    expect(unhandled).to.deep.equal([]);
  });
});
