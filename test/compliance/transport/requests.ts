import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { millis } from "../../../offchain/core/units.ts";
import { numbered, until } from "./nodes.ts";
import type { Node } from "./nodes.ts";

/** What every transport promises of requests; `create` starts a node whose visits end after 300 ms. */
export function requestCompliance(create: () => Promise<Node>): void {
  let a: Node;
  let b: Node;
  let c: Node;
  beforeEach(async () => {
    [a, b, c] = await Promise.all([create(), create(), create()]);
  });
  afterEach(() => Promise.all([a, b, c].map(({ transport }) => transport.stop())));

  const ask = (from: Node, to: Node, request = numbered(1), timeout = 5_000, maxAnswer = 4_096) =>
    from.transport.request(to.address(), request, { timeout: millis(timeout), maxAnswer });
  const refusal = (promise: Promise<unknown>): Promise<unknown> =>
    promise.then(
      () => "answered",
      (error: unknown) => error,
    );
  const connect = async (from: Node, to: Node): Promise<void> => {
    await from.transport.connect(to.address());
    await until("both see it", () => to.transport.isConnected(from.peer));
  };

  it("carries requests and answers of any length up to the limits, both ways, beside the frames", async () => {
    await connect(a, b);
    const seen: unknown[] = [];
    b.answer = async (peer, request) => {
      seen.push(peer);
      return Promise.resolve(request.toReversed());
    };
    a.answer = async () => Promise.resolve(new Uint8Array(4_096).fill(7));
    for (const length of [1, 5, 89, 4_096]) {
      const request = numbered(3, Math.max(4, length)).slice(0, length);
      expect(await ask(a, b, request)).to.deep.equal(request.toReversed());
    }
    expect(await ask(b, a)).to.deep.equal(new Uint8Array(4_096).fill(7));
    expect(new Set(seen)).to.deep.equal(new Set([a.peer]));
    a.transport.send(b.peer, numbered(9));
    await until("the frame", () => b.frames.length === 1);
    expect(b.frames[0]).to.deep.equal({ peer: a.peer, frame: numbered(9) });
  });

  it("answers several requests at once, each its own", async () => {
    await connect(a, b);
    b.answer = async (_peer, request) => {
      await sleep(20 - 5 * (request[3] ?? 0));
      return request;
    };
    const answers = await Promise.all([1, 2, 3, 4].map((n) => ask(a, b, numbered(n))));
    expect(answers).to.deep.equal([1, 2, 3, 4].map((n) => numbered(n)));
  });

  it("connects for a request, and lets such a connection go when it is not used", async () => {
    b.answer = async (_peer, request) => Promise.resolve(request);
    expect(await ask(a, b)).to.deep.equal(numbered(1));
    expect(a.transport.isConnected(b.peer)).to.equal(true);
    await until("the end", () => a.lost.length === 1 && b.lost.length === 1, 3_000);
    expect([a.lost, b.lost]).to.deep.equal([
      [{ peer: b.peer, reason: "local" }],
      [{ peer: a.peer, reason: "remote" }],
    ]);
    expect(await ask(a, b)).to.deep.equal(numbered(1));
  });

  it("keeps a connection that is wanted for itself, and one over which frames go", async () => {
    b.answer = async (_peer, request) => Promise.resolve(request);
    c.answer = b.answer;
    await Promise.all([ask(a, b), ask(a, c)]);
    await a.transport.connect(b.address());
    for (let n = 0; n < 14; n++) {
      c.transport.send(a.peer, numbered(n));
      await sleep(50);
    }
    expect(a.lost).to.deep.equal([]);
    await until("the visit's end", () => a.lost.length === 1, 3_000);
    expect(a.lost[0]?.peer).to.equal(c.peer);
    expect(a.transport.isConnected(b.peer)).to.equal(true);
  });

  it("says by name why there is no answer", async () => {
    await connect(a, b);
    const failing: [Node["answer"], string][] = [
      [undefined, "TRANSPORT_NO_ANSWER"],
      [async () => Promise.resolve(undefined), "TRANSPORT_NO_ANSWER"],
      [() => Promise.reject(new Error("a handler's bug")), "TRANSPORT_NO_ANSWER"],
      [async () => Promise.resolve(new Uint8Array(4_097)), "TRANSPORT_NO_ANSWER"],
      [() => new Promise(() => undefined), "TRANSPORT_TIMEOUT"],
    ];
    for (const [answer, code] of failing) {
      b.answer = answer;
      expect(await refusal(ask(a, b, numbered(1), 300))).to.have.property("code", code);
    }
    for (const length of [0, 4_097])
      expect(await refusal(ask(a, b, new Uint8Array(length)))).to.have.property(
        "code",
        "TRANSPORT_BAD_FRAME",
      );
    const gone = c.address();
    await c.transport.stop();
    const options = { timeout: millis(5_000), maxAnswer: 10 };
    for (const [address, code] of [
      [gone, "TRANSPORT_DIAL_FAILED"],
      [{ ...gone, peer: b.peer }, "TRANSPORT_BAD_ADDRESS"],
    ] as const)
      expect(await refusal(a.transport.request(address, numbered(1), options))).to.have.property(
        "code",
        code,
      );
    a.transport.send(b.peer, numbered(1));
    await until("the packets' stream", () => b.frames.length === 1);
    expect([a.lost, b.lost]).to.deep.equal([[], []]);
  });

  it("makes and takes so many requests of one peer at once, and no more", async () => {
    await Promise.all([connect(a, b), connect(c, b)]);
    const gate = Promise.withResolvers<undefined>();
    let running = 0;
    b.answer = async (_peer, request) => {
      running += 1;
      await gate.promise;
      return request;
    };
    const asked = Array.from({ length: 10 }, (_, n) => ask(a, b, numbered(n)));
    const outcomes = asked.map(async (one) => refusal(one));
    const other = ask(c, b, numbered(77));
    await until("those that run", () => running === 5);
    gate.resolve(undefined);
    const errors = (await Promise.all(outcomes)).filter((one) => one !== "answered");
    expect(errors).to.have.length(6);
    for (const error of errors) expect(error).to.have.property("code", "TRANSPORT_BUSY");
    expect(await other).to.deep.equal(numbered(77));
    expect(await ask(a, b, numbered(5))).to.deep.equal(numbered(5));
  });

  it("ends what is under way when it stops, on both sides", async () => {
    await Promise.all([connect(a, b), connect(b, c)]);
    const never = (): Promise<Uint8Array> => new Promise(() => undefined);
    b.answer = never;
    c.answer = never;
    const [asked, asking] = [refusal(ask(a, b)), refusal(ask(b, c))];
    await sleep(50);
    await b.transport.stop();
    expect(await asked).to.have.property("code", "TRANSPORT_NO_ANSWER");
    expect(await asking).to.have.property("code", "TRANSPORT_NO_ANSWER");
    expect(await refusal(ask(b, c))).to.have.property("code", "TRANSPORT_NOT_STARTED");
  });
}
