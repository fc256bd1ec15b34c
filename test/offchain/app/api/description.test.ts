import { expect } from "chai";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { ROUTES } from "../../../../offchain/app/api/description/openapi.ts";
import { apiClient } from "../../../../offchain/app/api/client.ts";
import {
  amount,
  channelId,
  epoch,
  millis,
  seconds,
  ticketIndex,
  generation,
  winProb,
} from "../../../../offchain/core/units.ts";
import { encodeFailure } from "../../../../offchain/settlement/failure.ts";
import { generateApi, root } from "../../../../scripts/api/generate.ts";
import { History } from "../../settlement/support/histories.ts";
import { PARAMS, relayNumber } from "../../settlement/support/simulation.ts";
import { ApiRig, SELF } from "./support/rig.ts";
import { checker, description, type Check, type Operation } from "./support/schema.ts";

const operations = Object.entries(description.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
);
const gets = operations.filter(({ method }) => method === "get");

/** Name of the schema of an answer; undefined where it is text. */
function schemaOf({ responses }: Operation, status: number): string | undefined {
  const content = Object.entries(responses[String(status)]?.content ?? {});
  const [type, { schema }] = content[0] ?? ["", { schema: {} }];
  return type === "application/json" ? String(schema.$ref).split("/").at(-1) : undefined;
}

describe("the description of the HTTP API", () => {
  let rig: ApiRig;
  let check: Check;

  before(async () => {
    check = await checker();
  });
  beforeEach(async () => {
    rig = await new ApiRig().start();
  });
  afterEach(() => rig.stop());

  /** Every GET is asked; returns the statuses by path. */
  async function askAll(): Promise<Map<string, number>> {
    const statuses = new Map<string, number>();
    for (const { path, operation } of gets) {
      if (operation.operationId === "events") continue;
      const got = await rig.get(path);
      statuses.set(path, got.status);
      expect(Object.keys(operation.responses), `${path} ${got.text}`).to.include(
        String(got.status),
      );
      const name = schemaOf(operation, got.status);
      if (name === undefined) continue;
      expect(await check(name, got.json), `${path}: ${got.text}`).to.equal(undefined);
    }
    return statuses;
  }

  it("is committed as it is generated, and so are the client's types", async () => {
    const generated = await generateApi();
    expect(Object.keys(generated)).to.have.length(3);
    for (const [path, text] of Object.entries(generated))
      expect(readFileSync(join(root, path), "utf8"), `${path}: npm run api:generate`).to.equal(
        text,
      );
  });

  it("names every route, and the server has every one that it names", async () => {
    expect(operations.map(({ path, method }) => `${method} ${path}`).sort()).to.deep.equal(
      ROUTES.map(({ path, method }) => `${method} ${path}`).sort(),
    );
    for (const { path, method } of operations) {
      const { status } = await rig.ask(path, {}, { method: method.toUpperCase() });
      expect(status, `${method} ${path}`).to.not.equal(404);
    }
  });

  it("its check bites: a missing, a further and a wrong property are found", async () => {
    const sound = { name: "a", says: "b" };
    expect(await check("Reason", sound)).to.equal(undefined);
    expect(await check("Reason", { name: "a" })).to.include("says");
    expect(await check("Reason", { ...sound, peer: "c" })).to.include("additional");
    expect(await check("Reason", { ...sound, says: 1 })).to.include("says");
    expect(await check("TicketSum", { state: "won", count: 1, amount: "0x1" })).to.include(
      "amount",
    );
    expect(await check("TicketSum", { state: "won", count: 1, amount: "1" })).to.equal(undefined);
  });

  it("holds for every answer before there is a database, a chain and a relay", async () => {
    const early = await askAll();
    expect(early.get("/v1/status")).to.equal(200);
    expect(early.get("/healthyz")).to.equal(200);
    for (const path of ["/startedz", "/readyz", "/v1/traffic", "/v1/channels", "/v1/epochs"])
      expect(early.get(path), path).to.equal(503);
    rig.report.reached("reaching-chain");
    expect((await rig.get("/readyz")).json).to.deep.equal({
      ok: false,
      stage: "reaching-chain",
      reasons: [{ name: "reaching-chain", says: "no endpoint of the chain has answered yet" }],
    });
    rig.sees();
    rig.report.reached("finding-relay");
    await askAll();
  });

  it("holds for every answer of a relay with a past, whatever that past was", async () => {
    const history = new History();
    for (let step = 0; step < 30; step++)
      await rig.mine(
        Array.from({ length: 20 }, (_, at) => history.next(step * 31 + at * 7)).flat(),
        1_000 + 4 * step,
      );
    await rig.store.winners.add([
      {
        ...{ channel: channelId(relayNumber(9)), generation: generation(0), epoch: epoch(7) },
        ...{ index: ticketIndex(4), amount: amount(2n ** 100n), winProb: winProb(5n) },
        ...{ response: new Uint8Array(32), signature: new Uint8Array(64), proof: [] },
      },
    ]);
    await rig.store.cover.begin(epoch(2), 1);
    await rig.paidForGas("redeem:7:0", 2n ** 70n);
    await rig.paidForGas("gap:3:0", 5n, 1_050);
    const refused = { key: "0xaa/claim:0x02:7:1:0", to: "0xbb", data: "0x", value: 0n };
    await rig.store.outbox.intend({ ...refused, gasLimit: undefined });
    await rig.store.outbox.update(refused.key, {
      ...{ state: "failed", settledAt: seconds(70) },
      error: encodeFailure({ name: "CoverLottery_Refused", args: [relayNumber(2)] }),
    });
    for (const [n, relay] of [undefined, relayNumber(2)].entries())
      await rig.store.journal.add({
        ...{ at: seconds(100 + n), action: "fund-channel", relay },
        ...{ amount: amount(2n ** 90n), why: "it was nearly used up" },
      });
    rig.sees();
    rig.counters.count("packets-received", 12);
    rig.counters.dropped("mac", 3);
    rig.runs({
      missing: [relayNumber(3)],
      alarms: () => ["loops-missing"],
      coverFigures: () =>
        Promise.resolve([{ epoch: epoch(1), sent: 3, returned: 2, unsent: { late: 1 } }]),
      claimsWaiting: () => [{ reason: "not-worth-gas", count: 2 }],
    });
    rig.mixing = 7;
    rig.clock.advance(millis(61_000));
    const statuses = await askAll();
    expect([...new Set(statuses.values())]).to.deep.equal([200]);
    const { json: channels } = await rig.get("/v1/channels");
    const { json: tickets } = await rig.get("/v1/tickets");
    const { json: epochs } = await rig.get("/v1/epochs?epochs=5");
    expect(tickets).to.have.nested.property("epochs[0].sums[0].amount", String(2n ** 100n));
    const { json: earned } = await rig.get("/v1/earnings");
    expect(earned).to.deep.include({
      coin: String(2n ** 70n + 5n),
      gas: [
        { purpose: "redeem", transactions: 1, gas: "21000", coin: String(2n ** 70n) },
        { purpose: "other", transactions: 1, gas: "21000", coin: "5" },
      ],
    });
    const { json: sent } = await rig.get("/v1/transactions?entries=2");
    const done = { state: "confirmed", offers: 0, hash: `0x${"01".repeat(32)}`, failure: null };
    const failed = { state: "failed", failure: "CoverLottery_Refused", offers: 0 };
    expect(sent).to.deep.equal({
      transactions: [
        { purpose: "claim", action: "claim", ...failed, hash: null, at: 70, gas: null, coin: null },
        { purpose: "other", action: "gap", ...done, at: 1_050, gas: "21000", coin: "5" },
      ],
    });
    expect((await rig.get("/v1/endpoints")).json).to.deep.equal({
      endpoints: [
        {
          ...{ place: 1, state: "well", inUse: true, headBlock: 0, behind: 0 },
          ...{ latencyMillis: null, asked: 0, failed: 0 },
        },
      ],
      disputes: [],
    });
    expect(channels)
      .to.have.property("missing")
      .that.deep.equals([relayNumber(3)]);
    expect(epochs).to.have.property("epochs").with.length(5);
    expect((await rig.get("/v1/journal?entries=1")).json).to.deep.equal({
      entries: [
        {
          ...{ at: 101, action: "fund-channel", relay: relayNumber(2) },
          ...{ amount: String(2n ** 90n), why: "it was nearly used up" },
        },
      ],
    });
    expect((await rig.get("/v1/status")).json).to.deep.include({ relay: SELF, packetsInMix: 7 });
  });

  it("a relay that takes no packets says why, also to whoever has no token", async () => {
    const health = async () => (await rig.ask("/readyz")).json as { reasons: { name: string }[] };
    rig.sees();
    rig.runs({ alarms: () => ["disk-full", "coin-low"] });
    expect((await health()).reasons.map(({ name }) => name)).to.deep.equal(["disk-full"]);
    expect((await rig.ask("/startedz")).status).to.equal(200);
    rig.silence = millis(181_000);
    expect((await health()).reasons.map(({ name }) => name)).to.deep.equal([
      "disk-full",
      "chain-silent",
    ]);
    await rig.store.close();
    rig.clock.advance(millis(3_000));
    const broken = await rig.ask("/healthyz");
    expect(broken.status).to.equal(503);
    expect(broken.json).to.have.nested.property("reasons[0].name", "database");
  });

  it("winners show no sooner than figures about packets change", async () => {
    await rig.mine(new History().next(0));
    rig.sees();
    rig.runs();
    const told = async () => {
      const { json } = await rig.get("/v1/tickets");
      return (json as { sums: { state: string; count: number }[] }).sums[0]?.count;
    };
    expect(await told()).to.equal(0);
    await rig.store.winners.add([
      {
        ...{ channel: channelId(relayNumber(9)), generation: generation(0), epoch: epoch(7) },
        ...{ index: ticketIndex(4), amount: amount(9n), winProb: winProb(5n) },
        ...{ response: new Uint8Array(32), signature: new Uint8Array(64), proof: [] },
      },
    ]);
    rig.clock.advance(millis(59_000));
    expect(await told()).to.equal(0);
    rig.clock.advance(millis(1_001));
    expect(await told()).to.equal(1);
  });

  it("a network without a lottery says so", async () => {
    const plain = await new ApiRig(PARAMS).start();
    try {
      await plain.mine(new History().next(0));
      plain.sees();
      plain.runs();
      expect((await plain.get("/v1/lottery")).json).to.have.property("code", "LOTTERY_NONE");
      expect((await plain.get("/v1/epochs")).status).to.equal(200);
      expect((await plain.get("/v1/earnings")).json).to.have.property("rewardsFrom", null);
    } finally {
      await plain.stop();
    }
  });

  it("the typed client asks and understands", async () => {
    rig.sees();
    rig.runs();
    rig.counters.count("packets-received", 5);
    rig.clock.advance(millis(61_000));
    const client = apiClient(rig.server?.url ?? "", rig.token);
    const { data: status } = await client.GET("/v1/status");
    expect(status?.stage).to.equal("running");
    const { data: traffic } = await client.GET("/v1/traffic", { params: { query: { spans: 2 } } });
    expect(traffic?.counts["packets-received"]).to.equal(5);
    expect(traffic?.spans).to.have.length(1);
    const { error, response } = await apiClient(rig.server?.url ?? "", "0").GET("/v1/status");
    expect(response.status).to.equal(401);
    expect(error).to.have.property("code", "API_UNAUTHORISED");
  });
});
