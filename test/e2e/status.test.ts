/** A relay that runs, looked at through its API and the commands that read it, as its operator would. */
import { expect } from "chai";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

import { apiClient, type ApiClient } from "../../offchain/app/api/client.ts";
import { LocalNetwork, type Line, type NodeFiles } from "../../scripts/local-network/network.ts";
import type { Child } from "../../scripts/local-network/child.ts";
import { checker, description } from "../offchain/app/api/support/schema.ts";
import { faultOf } from "../support/line-schemas.ts";
import { hangUpAll, openTerminal, requireTerminal } from "../support/terminal.ts";
import { endAll, start, type Run } from "./support/run.ts";
import { until } from "./support/wait.ts";

describe("looking at a running relay", () => {
  let network: LocalNetwork;
  let node: NodeFiles;
  let relay: Child;
  let url: string;
  let client: ApiClient;
  const lines: Line[] = [];
  const runs: Run[] = [];
  const token = (): string => readFileSync(join(node.data, "api-token"), "utf8").trim();

  before(async () => {
    network = new LocalNetwork({
      relays: 3,
      parameters: "deploy/parameters/demo.json5",
      genesisAgo: 12,
      eraIn: 10,
    });
    await network.start([]);
    const [first] = network.relays;
    if (first === undefined) throw new Error("no relay");
    node = first;
    relay = network.startRelay(node, (line) => lines.push(line));
    await until(60, "the API says where it is", () => existsSync(join(node.data, "api-address")));
    url = readFileSync(join(node.data, "api-address"), "utf8").trim();
    client = apiClient(url, token());
  });

  after(() => network.stop(3_000));

  afterEach(() => {
    hangUpAll();
    for (const run of runs.splice(0)) {
      endAll(run);
      rmSync(run.temporary, { recursive: true, force: true, maxRetries: 5 });
    }
  });

  function command(...args: string[]): Run {
    const run = start(network.waybill, args, network.environment(node));
    runs.push(run);
    return run;
  }

  /** The last line that a command says with --json. */
  async function said(...args: string[]): Promise<Record<string, unknown>> {
    const run = command(...args, "--json");
    expect(await run.ended, run.stderr).to.equal(0);
    const all = run.stdout.trim().split("\n");
    const told = all.map((line) => JSON.parse(line) as Record<string, unknown>);
    for (const line of told) expect(await faultOf(line)).to.equal(undefined);
    return told.at(-1) ?? {};
  }

  const stageOf = (path: string): Promise<number> =>
    fetch(`${url}${path}`).then(({ status }) => status);

  it("says that it has started, takes packets and works, and who it is", async () => {
    await until(60, "it is ready", async () => (await stageOf("/readyz")) === 200);
    expect(await stageOf("/startedz")).to.equal(200);
    expect(await stageOf("/healthyz")).to.equal(200);
    const { data } = await client.GET("/v1/status");
    const running = lines.find(({ event }) => event === "running");
    expect(data).to.deep.include({ stage: "running", ready: true, notReady: [] });
    expect(data?.relay).to.equal(running?.relay);
    expect(running?.api).to.equal(url);
    expect(data?.network?.chainId).to.equal("31337");
    expect(data?.time?.epochEndsIn).to.be.greaterThan(0);
  });

  it("answers as described, all of it", async () => {
    const check = await checker();
    let asked = 0;
    for (const [path, { get }] of Object.entries(description.paths)) {
      if (get === undefined || get.operationId === "events") continue;
      const response = await fetch(url + path, { headers: { authorization: `Bearer ${token()}` } });
      expect(response.status, path).to.equal(200);
      asked += 1;
      const [content] = Object.values(get.responses["200"]?.content ?? {});
      const name = String(content?.schema.$ref).split("/").at(-1) ?? "";
      const text = await response.text();
      if (content?.schema.$ref !== undefined)
        expect(await check(name, JSON.parse(text)), `${path}: ${text}`).to.equal(undefined);
    }
    expect(asked).to.be.greaterThan(12);
  });

  it("figures follow what relays do: layers that they are in, channels that they opened", async () => {
    for (const other of network.relays.slice(1)) network.startRelay(other, () => undefined);
    const all = (): readonly ApiClient[] =>
      network.relays
        .filter(({ data }) => existsSync(join(data, "api-address")))
        .map(({ data }) => {
          const file = (name: string): string => readFileSync(join(data, name), "utf8").trim();
          return apiClient(file("api-address"), file("api-token"));
        });
    const statuses = () =>
      Promise.all(all().map(async (one) => (await one.GET("/v1/status")).data));
    await until(120, "every relay is in a layer of its own, with its channels", async () => {
      const told = await statuses();
      const layers = told.map((status) => status?.layer).sort();
      return layers.join() === "0,1,2" && told.every((status) => status?.channelsMissing === 0);
    });
    const sum = (amounts: readonly (string | undefined)[]): bigint =>
      amounts.reduce((total, amount) => total + BigInt(amount ?? 0), 0n);
    await until(30, "the figures of a later span tell of both channels", async () => {
      const told = await Promise.all(
        all().map(async (one) => (await one.GET("/v1/channels")).data),
      );
      const paid = sum(told.map((one) => one?.balanceOut));
      const count = told.flatMap((one) => one?.out ?? []).length;
      return count > 1 && paid > 0n && paid === sum(told.map((one) => one?.balanceIn));
    });
    const { data: earnings } = await client.GET("/v1/earnings");
    expect(earnings).to.include({ redeemed: "0", paid: "0" });
    const { data: settings } = await client.GET("/v1/settings");
    expect(settings?.settings).to.deep.include({
      ...{ name: "listen", value: "/ip4/127.0.0.1/tcp/0", origin: "environment WAYBILL_LISTEN" },
    });
    expect(JSON.stringify(settings)).to.not.include(node.secret);
  });

  it("`status`, `tickets list`, `lottery reliability` and `log-level` ask the agent", async () => {
    const status = await said("status");
    expect(status).to.deep.include({ event: "relay-status", source: "agent" });
    expect(status).to.have.nested.property("status.stage", "running");
    expect(await said("tickets", "list")).to.deep.include({ event: "tickets", source: "agent" });
    const reliability = await said("lottery", "reliability");
    expect(reliability).to.deep.include({ event: "reliability", source: "agent" });
    const text = command("status");
    expect(await text.ended).to.equal(0);
    expect(text.stdout).to.match(/^relay +0x[0-9a-f]{64}, layer \d, chain 31337$/m);
    expect(text.stdout).to.match(/^account +0x[0-9a-f]{40} with [\d.,]+ coin/m);
    expect(text.stdout).to.match(/^state +takes packets/m);

    const levels = await said("log-level", "--subsystem", "indexer", "--set", "error");
    expect(levels.levels).to.deep.include({ subsystem: "indexer", level: "error" });
    const { data } = await client.GET("/v1/log-levels");
    expect(data?.levels).to.deep.include({ subsystem: "indexer", level: "error" });
    const wrong = command("log-level", "--subsystem", "nobody", "--set", "error", "--json");
    expect(await wrong.ended).to.equal(1);
    expect(wrong.stdout).to.match(/API_REFUSED.*indexer/);
  });

  it("an alarm tells of another agent that the owner has named, and ends when that is taken back", async () => {
    const told = async (): Promise<boolean> => {
      const { data } = await client.GET("/v1/status");
      return data?.alarms.some(({ name }) => name === "agent-replaced") === true;
    };
    const setAgent = (agent = ""): Promise<unknown> =>
      said("relay", "set-agent", "--agent", agent, "--yes");
    expect(await told()).to.equal(false);
    await setAgent(network.relays[1]?.account);
    await until(60, "the alarm is raised", told);
    await setAgent(node.account);
    await until(60, "the alarm has ended", async () => !(await told()));
  });

  it("colours are for terminals, and not for those that want none", async function () {
    const environment = network.environment(node);
    const piped = start(network.waybill, ["status"], {
      ...environment,
      ...{ NO_COLOR: undefined, FORCE_COLOR: undefined, CI: "true", TERM: "xterm" },
    });
    runs.push(piped);
    expect(await piped.ended).to.equal(0);
    expect(piped.stdout)
      .to.match(/^relay/m)
      .and.not.include("\u001b");
    requireTerminal(this);
    const shown = async (more: Readonly<Record<string, string>>): Promise<string> => {
      const terminal = openTerminal(["status"], { ...environment, ...more });
      expect(await terminal.ended, terminal.text()).to.equal(0);
      expect(terminal.text()).to.match(/^relay/m);
      return terminal.raw();
    };
    const all = [shown({}), shown({ NO_COLOR: "1" }), shown({ TERM: "dumb" })];
    const [coloured, plain, dumb] = await Promise.all(all);
    expect(coloured).to.include("\u001b[");
    expect(`${plain ?? ""}${dumb ?? ""}`).to.not.include("\u001b");
  });

  it("`status --watch` goes on until it is stopped", async () => {
    const watching = command("status", "--watch", "--every", "1", "--json");
    await until(60, "two pictures", () => watching.stdout.trim().split("\n").length >= 2);
    watching.interrupt("SIGINT");
    expect(await watching.ended).to.equal(0);
    for (const line of watching.stdout.trim().split("\n"))
      expect(JSON.parse(line)).to.deep.include({ event: "relay-status", source: "agent" });
  });

  it("without the agent the same commands read the database and the chain, and say so", async () => {
    await relay.stop();
    expect(existsSync(join(node.data, "api-address"))).to.equal(false);
    const status = await said("status");
    expect(status).to.deep.include({ event: "relay-status", source: "database" });
    expect(status).to.have.nested.property("status.stage", "stopped");
    expect(status).to.have.nested.property("status.relay").that.matches(/^0x/);
    // What the agent's transactions cost has outlived it.
    const { gas } = status.earnings as { gas: { purpose: string; coin: string }[] };
    const channels = gas.find(({ purpose }) => purpose === "channels");
    expect(BigInt(channels?.coin ?? 0) > 0n).to.equal(true);
    const reliability = await said("lottery", "reliability");
    expect(reliability).to.deep.include({ event: "reliability", source: "database" });
    expect(reliability.links).to.have.length(4);
    const list = command("tickets", "list");
    expect(await list.ended).to.equal(0);
    expect(list.stdout).to.match(/epoch.*state.*tickets.*tokens/);
    const levels = command("log-level", "--json");
    expect(await levels.ended).to.equal(4);
    expect(levels.stdout).to.include("API_UNREACHABLE");
  });
});
