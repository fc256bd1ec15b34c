import { expect } from "chai";
import { get, type IncomingMessage } from "node:http";
import { connect, type Socket } from "node:net";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

import * as limits from "../../../../offchain/app/api/limits.ts";
import { until } from "../../../e2e/support/wait.ts";
import { ApiRig } from "./support/rig.ts";
import { checker } from "./support/schema.ts";

/** So much that the system's buffers are full after some tens of them. */
const EVENT_BYTES = 400_000;

/** Bytes, without what only waits to be collected. */
function memoryInUse(): number {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Asks for events and never reads one. */
function silentListener({ port, authorised }: ApiRig): Socket {
  const socket = connect({ host: "127.0.0.1", port });
  socket.pause().on("error", () => undefined);
  const headers = { host: `127.0.0.1:${port}`, ...authorised };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  socket.write(["GET /v1/events HTTP/1.1", ...lines, "", ""].join("\r\n"));
  return socket;
}

interface Listening {
  readonly response: IncomingMessage;
  readonly said: { text: string };
  readonly stop: () => void;
}

describe("events of the HTTP API", () => {
  let rig: ApiRig;
  const open: Listening[] = [];

  beforeEach(async () => {
    rig = await new ApiRig().start();
    rig.sees();
  });
  afterEach(async () => {
    for (const { stop } of open.splice(0)) stop();
    await rig.stop();
  });

  function listen(headers: Readonly<Record<string, string>>): Promise<Listening> {
    return new Promise((resolve, reject) => {
      const request = get(
        { host: "127.0.0.1", port: rig.port, path: "/v1/events", headers, agent: false },
        (response) => {
          const said = { text: "" };
          response.setEncoding("utf8").on("data", (part: string) => (said.text += part));
          response.on("error", () => undefined);
          const listening = { response, said, stop: () => request.destroy() };
          open.push(listening);
          resolve(listening);
        },
      );
      request.on("error", reject);
    });
  }

  const eventsIn = (text: string): Record<string, unknown>[] =>
    [...text.matchAll(/^event: status\ndata: (.*)\n\n/gm)].map(
      ([, json = ""]) => JSON.parse(json) as Record<string, unknown>,
    );

  it("tell the status at once, again when it has changed, and as the description says", async () => {
    const check = await checker();
    const { response, said } = await listen(rig.authorised);
    expect(response.statusCode).to.equal(200);
    expect(response.headers["content-type"]).to.match(/^text\/event-stream/);
    expect(response.headers["cache-control"]).to.equal("no-store");
    await until(10, "the first event", () => eventsIn(said.text).length === 1);
    rig.runs();
    await until(10, "the change", () => eventsIn(said.text).length === 2);
    const [first, second] = eventsIn(said.text);
    expect(first).to.include({ stage: "opening-database", ready: false });
    expect(second).to.include({ stage: "running", ready: true });
    for (const event of eventsIn(said.text))
      expect(await check("Status", event)).to.equal(undefined);
  });

  it("and every other answer let out nothing that the description does not name", async () => {
    await rig.server?.close();
    const { report } = rig;
    const stray = { peer: "12D3KooWStray" };
    await rig.start(undefined, {
      status: async () => {
        const status = await report.status();
        return { ...status, ...stray, alarms: [{ name: "a", says: "b", fix: "c", ...stray }] };
      },
    });
    const { text } = await rig.get("/v1/status");
    const { said } = await listen(rig.authorised);
    await until(10, "the first event", () => eventsIn(said.text).length > 0);
    for (const told of [text, said.text]) {
      expect(told).to.include('"fix":"c"');
      expect(told).to.not.include(stray.peer).and.not.include('"peer"');
    }
  });

  it("say that the line is alive while nothing changes", async () => {
    const { said } = await listen(rig.authorised);
    await until(10, "heartbeats", () => said.text.split(": alive\n\n").length > 2);
    expect(eventsIn(said.text)).to.have.length(1);
  });

  it("threat 55: need the token in a header", async () => {
    expect((await listen({})).response.statusCode).to.equal(401);
    const { response } = await listen({ authorization: "Bearer 0" });
    expect(response.statusCode).to.equal(401);
    expect((await rig.ask(`/v1/events?token=${rig.token}`)).status).to.equal(401);
  });

  it("go to so many listeners at once and to no more; who leaves makes room", async () => {
    for (let n = 0; n < limits.LISTENERS; n++)
      expect((await listen(rig.authorised)).response.statusCode).to.equal(200);
    const refused = await rig.get("/v1/events");
    expect(refused.status).to.equal(503);
    expect(refused.json).to.have.property("code", "API_BUSY");
    expect((await rig.get("/v1/status")).status).to.equal(200);
    open.shift()?.stop();
    await until(10, "room", async () => {
      const { response } = await listen(rig.authorised);
      return response.statusCode === 200;
    });
  });

  it("who does not read is let go, costs no more than a backlog and holds nobody up", async () => {
    const { report } = rig;
    await rig.server?.close();
    let told = 0;
    await rig.start(undefined, {
      status: async () => {
        const says = `${++told} `.padEnd(EVENT_BYTES, ".");
        return { ...(await report.status()), alarms: [{ name: "a", says, fix: "c" }] };
      },
    });
    const reader = await listen(rig.authorised);
    const before = memoryInUse();
    const idle = Array.from({ length: limits.LISTENERS - 1 }, () => silentListener(rig));
    try {
      await until(10, "no more room", async () => (await rig.get("/v1/events")).status === 503);
      // The buffers of the system take some megabytes for each; then the server has to keep what it says, or let go.
      await until(25, "all that do not read are gone", async () => {
        const free: IncomingMessage[] = [];
        while (free.length < idle.length) free.push((await listen(rig.authorised)).response);
        for (const { stop } of open.splice(1)) stop();
        return free.every(({ statusCode }) => statusCode === 200);
      });
      // The test itself keeps what the one that reads was told.
      const most = idle.length * (limits.LISTENER_BACKLOG + EVENT_BYTES);
      await until(
        10,
        "what they were told is forgotten",
        () => memoryInUse() - before - reader.said.text.length < most,
      );
      const seen = eventsIn(reader.said.text).map(({ alarms }) =>
        Number.parseInt((alarms as { says: string }[])[0]?.says ?? "", 10),
      );
      expect(seen.length).to.be.greaterThan(10);
      expect(seen).to.deep.equal([...seen].sort((one, other) => one - other));
      expect((await rig.get("/v1/status")).status).to.equal(200);
    } finally {
      for (const socket of idle) socket.destroy();
    }
  });

  it("end when the agent does", async () => {
    const { response } = await listen(rig.authorised);
    const ended = new Promise((resolve) => response.on("close", resolve));
    await rig.server?.close();
    await ended;
  });
});
