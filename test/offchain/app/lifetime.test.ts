import { expect } from "chai";
import { EventEmitter } from "node:events";

import {
  interruptible,
  Lifetime,
  processLifetime,
  type HostProcess,
} from "../../../offchain/app/lifetime.ts";
import { hasCode, WaybillError } from "../../../offchain/core/errors.ts";

interface Host {
  readonly events: EventEmitter;
  readonly exits: unknown[];
  readonly host: HostProcess & Pick<NodeJS.Process, "off">;
}

function fakeHost(): Host {
  const events = new EventEmitter();
  const exits: unknown[] = [];
  const exit = (code: unknown): void => void exits.push(code);
  const [on, off] = [events.on.bind(events), events.off.bind(events)];
  const host = { on, off, exit, stderr: process.stderr };
  return { events, exits, host: host as unknown as Host["host"] };
}

const failure = (lifetime: Lifetime): Promise<unknown> =>
  lifetime.ended.then(
    () => undefined,
    (error: unknown) => error,
  );

describe("a process's lifetime", () => {
  it("ends when it is asked to, and at once when it is asked again", async () => {
    const { events, exits, host } = fakeHost();
    const lifetime = processLifetime(host);
    expect(lifetime.over.aborted).to.equal(false);
    events.emit("SIGTERM");
    await lifetime.ended;
    expect(hasCode(lifetime.over.reason, "RUN_STOPPED")).to.equal(true);
    expect(exits).to.deep.equal([]);
    events.emit("SIGINT");
    expect(exits).to.deep.equal([130]);
  });

  it("of a task that cleans up: a signal aborts it, and what listens is gone with it", async () => {
    const { events, exits, host } = fakeHost();
    const said = await interruptible((over) => {
      events.emit("SIGTERM");
      expect(over.aborted).to.equal(true);
      events.emit("SIGINT");
      return Promise.resolve("cleaned up");
    }, host);
    expect(said).to.equal("cleaned up");
    expect(exits).to.deep.equal([130]);
    expect(events.eventNames()).to.deep.equal([]);
    const failing = interruptible(() => Promise.reject(new Error("no")), host);
    expect(await failing.catch((error: unknown) => String(error))).to.equal("Error: no");
    expect(events.eventNames()).to.deep.equal([]);
  });

  for (const event of ["uncaughtException", "unhandledRejection"])
    it(`ends by name on an ${event}, and says where it arose`, async () => {
      const { events, exits, host } = fakeHost();
      const lifetime = processLifetime(host);
      events.emit(event, new RangeError("a bug"));
      const error = await failure(lifetime);
      expect(hasCode(error, "AGENT_FAULT")).to.equal(true);
      expect(String(error)).to.match(/RangeError: a bug at .*lifetime\.test\.ts/);
      expect(lifetime.over.reason).to.equal(error);
      // A second fault while it stops ends nothing early.
      events.emit(event, "another");
      expect(exits).to.deep.equal([]);
      events.emit("SIGTERM");
      expect(exits).to.deep.equal([130]);
    });

  it("keeps the first reason", async () => {
    const lifetime = new Lifetime();
    const first = new WaybillError("STORE_IO");
    lifetime.fail(first);
    lifetime.fail(new WaybillError("AGENT_FAULT"));
    lifetime.stop();
    expect(await failure(lifetime)).to.equal(first);
    expect(lifetime.over.reason).to.equal(first);
  });
});
