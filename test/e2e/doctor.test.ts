/** `waybill doctor` against a real chain and a running relay: first all is well, then one thing after the other is not. */
import { RelayRegistry__factory } from "#contracts";
import { expect } from "chai";
import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { formatDeployment } from "../../offchain/core/deployment.ts";
import { hasCode } from "../../offchain/core/errors.ts";
import { rpc } from "../../scripts/local-network/hardhat-node.ts";
import { LocalNetwork, type NodeFiles } from "../../scripts/local-network/network.ts";
import { inProcess } from "../offchain/app/support/in-process.ts";

interface Check {
  readonly check: string;
  readonly verdict: "ok" | "warning" | "problem";
  readonly text: string;
  readonly todo: string | null;
}

describe("waybill doctor", () => {
  let network: LocalNetwork;
  let relay: NodeFiles;
  let stranger: NodeFiles;

  before(async () => {
    network = new LocalNetwork({
      relays: 1,
      parameters: "deploy/parameters/demo.json5",
      genesisAgo: 12,
    });
    await network.start();
    [relay = network.createNode("none")] = network.relays;
    stranger = network.createNode("stranger");
  });

  after(() => network.stop(3_000));

  /** What it says in the environment of `node`, with changes to it. */
  async function examine(node: NodeFiles, changes: Record<string, string | undefined> = {}) {
    const environment = { ...network.environment(node), ...changes };
    const set = Object.entries(environment).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    );
    const outcome = await inProcess(["doctor", "--json"], Object.fromEntries(set));
    expect(outcome.text).to.not.contain(node.secret.slice(0, 16));
    const lines = outcome.said();
    expect(lines.at(-1)).to.include({ event: "doctor" });
    const checks = lines.slice(0, -1) as unknown as Check[];
    for (const { verdict, todo, check } of checks)
      expect(verdict === "ok" ? todo === null : (todo ?? "").length > 10, check).to.equal(true);
    const found = checks.some(({ verdict }) => verdict === "problem");
    expect(hasCode(outcome.error, "NODE_UNWELL"), String(outcome.error)).to.equal(found);
    /** Verdict and text of a check. */
    const of = (check: string): string =>
      checks
        .filter((one) => one.check === check)
        .map(({ verdict, text: said }) => `${verdict}: ${said}`)
        .join("\n");
    return { of, checks };
  }

  it("finds no problem where there is none, beside the running relay", async () => {
    const running = Promise.withResolvers<undefined>();
    const onLine = ({ event }: { readonly event: string }): void => {
      if (event === "status") running.resolve(undefined);
    };
    // A running agent never looks at its owner's key: one that is none does not disturb it.
    const child = network.startRelay(relay, onLine, undefined, { WAYBILL_OWNER_KEY: "none" });
    await running.promise;
    const { of, checks } = await examine(relay, { WAYBILL_LISTEN: "/ip4/127.0.0.1/tcp/0" });
    expect(checks.filter(({ verdict }) => verdict === "problem")).to.deep.equal([]);
    expect(of("database")).to.match(/waybill\.db is open in process \d+/);
    expect(of("database")).to.match(/commands\.db is sound/);
    expect(of("keystore")).to.match(/^warning: .*WAYBILL_SECRET, not encrypted/);
    expect(of("chain")).to.match(/^ok: .*serves chain 31337/);
    expect(of("beacon")).to.match(/^ok: .*hashes of blocks/);
    expect(of("gas")).to.match(/^ok/);
    expect(of("relay")).to.match(/^ok: relay 0x/);
    expect(of("agent account")).to.match(/^ok/);
    expect(of("address")).to.match(/^ok: .*can be dialled/);
    expect(of("channels")).to.match(/^ok/);

    await child.stop(5_000);
    const stopped = await examine(relay, { WAYBILL_LISTEN: "/ip4/127.0.0.1/tcp/0" });
    expect(stopped.of("address")).to.match(/^warning: .*cannot be dialled/);
    expect(stopped.of("database")).to.match(/waybill\.db is sound/);
    const moved = await examine(relay, { WAYBILL_LISTEN: "/ip4/127.0.0.1/tcp/1" });
    expect(moved.of("address")).to.match(/^warning: .*the settings have port 1/);
  });

  it("finds what is wrong with the chain", async () => {
    const file = join(network.folder, "other.json");
    const other = async (changes: object): Promise<string> => {
      writeFileSync(file, formatDeployment({ ...network.deployment, ...changes }));
      const { of } = await examine(stranger, { WAYBILL_DEPLOYMENT: file });
      return of("chain");
    };
    expect(await other({ chainId: 99n })).to.match(/^problem: .*got 31337; allowed: 99/);
    expect(await other({ channels: `0x${"12".repeat(20)}` })).to.match(/^problem: .*no channels/);
    const { token } = network.deployment;
    expect(await other({ registry: token })).to.match(/^problem: .*\(registry\); got 0x.*allowed/);
    const drand = { randomness: { kind: "drand", publicKey: `0x${"ab".repeat(96)}` } };
    expect(await other(drand)).to.match(
      /^problem: .*\(randomness\); got blockhash; allowed: drand/,
    );

    const urls = `http://user:hunter2@127.0.0.1:1/hunter2,${network.rpcUrl}`;
    const two = await examine(stranger, { WAYBILL_RPC_URL: urls });
    expect(two.of("chain")).to.match(/^problem: http:\/\/127\.0\.0\.1:1\/….*\nok: /s);
    expect(JSON.stringify(two.checks)).to.not.contain("hunter2");
    const missing = await examine(stranger, {
      WAYBILL_DEPLOYMENT: join(network.folder, "none.json"),
    });
    expect(missing.of("network")).to.match(/^problem: .*none\.json/);
  });

  it("finds what is wrong with this node's account and relay", async () => {
    const poor = await examine(stranger);
    expect(poor.of("gas")).to.match(/^problem: 0x.* holds 0 .*not enough for one/);
    expect(poor.of("relay")).to.match(/^warning: no relay is registered/);

    await jail();
    await rpc(network.rpcUrl, "evm_increaseTime", [7_200]);
    await rpc(network.rpcUrl, "evm_mine", []);
    const { of } = await examine(relay);
    expect(of("relay")).to.match(/^problem: .*in jail/);
    expect(of("chain clock")).to.match(/^warning: .*ahead of this machine's clock/);
  });

  it("finds what is wrong with the node's files", async () => {
    const data = join(network.folder, "faulty");
    mkdirSync(data, { mode: 0o700 });
    chmodSync(data, 0o755);
    writeFileSync(join(data, "waybill.toml"), "poll = 250\n", { mode: 0o600 });
    chmodSync(join(data, "waybill.toml"), 0o666);
    writeFileSync(join(data, "keystore.json"), "{}", { mode: 0o600 });
    writeFileSync(
      join(data, "waybill.db"),
      "no database at all, and long enough to look like one ".repeat(80),
    );
    const faulty = await examine(stranger, {
      WAYBILL_DATA: data,
      WAYBILL_SECRET: undefined,
      WAYBILL_PASSPHRASE: "hunter2 hunter2",
    });
    expect(faulty.of("data folder")).to.match(/^warning: .*mode 755: others can read it/);
    expect(faulty.of("file mode")).to.match(
      /problem: .*waybill\.toml has mode 666: others can change/,
    );
    expect(faulty.of("database")).to.match(/^problem: The database file is damaged/);
    expect(faulty.of("keystore")).to.match(
      /^problem: .*not a keystore.*version none; allowed: version 3/,
    );
    expect(JSON.stringify(faulty.checks)).to.not.contain("hunter2");
    rmSync(data, { recursive: true });
    const none = await examine(stranger, { WAYBILL_DATA: data, WAYBILL_SECRET: undefined });
    expect(none.of("data folder")).to.match(/^problem: there is no/);
    expect(none.of("keystore")).to.match(/^problem: A secret is needed/);
    // What is read of the chain meanwhile goes nowhere.
    const known = await examine(stranger, { WAYBILL_DATA: data });
    expect(known.of("data folder")).to.match(/^problem: there is no/);
    expect(known.of("gas")).to.match(/^problem/);
    expect(existsSync(data)).to.equal(false);
  });

  /** The lottery jails whom others report; here the node speaks in its name. */
  async function jail(): Promise<void> {
    const [books] = (await network.books()).relays;
    const { lottery, registry } = network.deployment;
    await rpc(network.rpcUrl, "hardhat_impersonateAccount", [lottery]);
    await rpc(network.rpcUrl, "hardhat_setBalance", [lottery, "0xde0b6b3a7640000"]);
    const data = RelayRegistry__factory.createInterface().encodeFunctionData("jail", [
      books?.id ?? "",
    ]);
    const hash = await rpc(network.rpcUrl, "eth_sendTransaction", [
      { from: lottery, to: registry, data },
    ]);
    expect((await network.provider.waitForTransaction(String(hash)))?.status).to.equal(1);
  }
});
