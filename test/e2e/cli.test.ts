/**
 * The command line as a person or a script uses it: mistakes, a chain that comes and goes, channels from
 * opening to refund, redeeming and withdrawing by hand, a relay's rewards, its way back from jail and its votes. Every command is a process of its own.
 */
import { PaymentChannels__factory, RelayRegistry__factory } from "#contracts";
import { expect } from "chai";
import { chmodSync, existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { connectChain } from "../../offchain/adapters/ethers/chain.ts";
import { openSqliteStore } from "../../offchain/adapters/sqlite/store.ts";
import { ensureToken } from "../../offchain/app/api/token.ts";
import type { components } from "../../offchain/app/api/types.ts";
import { systemRandom } from "../../offchain/adapters/system/random.ts";
import { encodeAddress } from "../../offchain/client/address.ts";
import { hexToBytes } from "../../offchain/core/bytes.ts";
import { formatDeployment } from "../../offchain/core/deployment.ts";
import {
  endOf,
  epochAt,
  firstEpochOf,
  startOf,
  ticketEpochSlack,
} from "../../offchain/core/epochs/epochs.ts";
import { deriveKeys } from "../../offchain/core/keys/derive.ts";
import { burnedOf } from "../../offchain/core/tickets/index.ts";
import {
  amount,
  channelId,
  era,
  generation as toGeneration,
  millis,
  nodeId,
  relayId,
  seconds,
} from "../../offchain/core/units.ts";
import type { Epoch } from "../../offchain/core/units.ts";
import type { NetworkParams } from "../../offchain/ports/network.ts";
import type { WinningTicket } from "../../offchain/ports/store.ts";
import { rpc } from "../../scripts/local-network/hardhat-node.ts";
import { LocalNetwork, type NodeFiles } from "../../scripts/local-network/network.ts";
import { balanceBooks } from "../../scripts/money/books.ts";
import { drawFrame } from "../offchain/settlement/support/tickets.ts";
import { faultOf } from "../support/line-schemas.ts";
import { Line } from "./support/line.ts";
import { endAll, start, type Run } from "./support/run.ts";
import { until } from "./support/wait.ts";

const TOKEN = 10n ** 18n;

type Said = Readonly<Record<string, unknown>>;

describe("the command line", () => {
  let network: LocalNetwork;
  let sender: NodeFiles;
  let relay: NodeFiles;
  let relayName: string;
  let params: NetworkParams;
  const runs: Run[] = [];

  before(async () => {
    network = new LocalNetwork({
      relays: 1,
      parameters: "deploy/parameters/demo.json5",
      genesisAgo: 12,
    });
    sender = network.createNode("sender");
    await network.start([sender]);
    const [only] = network.relays;
    if (only === undefined) throw new Error("no relay");
    relay = only;
    const chain = await connectChain({
      url: network.rpcUrl,
      timeout: millis(10_000),
      channels: network.deployment.channels,
    });
    params = await chain.params();
    await chain.close();
    const [books] = (await network.books()).relays;
    relayName = books?.id ?? "";
  });

  after(() => network.stop(3_000));

  afterEach(() => {
    for (const run of runs.splice(0)) {
      endAll(run);
      rmSync(run.temporary, { recursive: true, force: true, maxRetries: 5 });
    }
  });

  /** Starts a command with the environment of `node`, or with `env` alone beyond the system's. */
  function command(args: readonly string[], node?: NodeFiles, env: Environment = {}): Run {
    const own = node === undefined ? {} : network.environment(node);
    const run = start(network.waybill, args, { ...NO_SETTINGS, ...own, ...env });
    runs.push(run);
    return run;
  }

  /** Runs a command with --json to its end. */
  async function ask(args: readonly string[], node?: NodeFiles, env?: Environment) {
    const run = command([...args, "--json", ...(sends(args) ? ["--yes"] : [])], node, env);
    const code = await run.ended;
    const said = lines(run);
    for (const line of said) expect(await faultOf(line)).to.equal(undefined);
    return { code, stderr: run.stderr, stdout: run.stdout, said };
  }

  /** The last thing that a command says when it succeeds. */
  async function done(args: readonly string[], node: NodeFiles): Promise<Said> {
    const { code, said, stderr } = await ask(args, node);
    expect(code, stderr).to.equal(0);
    return said.at(-1) ?? {};
  }

  async function expectFault(
    args: readonly string[],
    expected: { readonly exit: number; readonly code: string; readonly says: RegExp },
    node?: NodeFiles,
    env?: Environment,
  ): Promise<void> {
    const { code, stderr, said } = await ask(args, node, env);
    expect(said.at(-1), stderr).to.include({ event: "error", code: expected.code });
    expect(code).to.equal(expected.exit);
    expect(stderr).to.match(expected.says);
    expect(stderr, "a stack trace").to.not.match(/\n\s+at .*:\d+:\d+/);
  }

  const passTime = async (by: number): Promise<void> => {
    await rpc(network.rpcUrl, "evm_increaseTime", [by]);
    await rpc(network.rpcUrl, "evm_mine", []);
  };

  const chainTime = async (): Promise<number> =>
    (await network.provider.getBlock("latest"))?.timestamp ?? 0;

  it("a wrong command line is told with exit code 2", async () => {
    const wrong = (args: string[], says: RegExp, node?: NodeFiles) =>
      expectFault(args, { exit: 2, code: "OPTION_INVALID", says }, node);
    await wrong(["keys", "--colour"], /unknown option '--colour'/);
    await wrong(["relay", "dance"], /unknown command 'dance'/);
    await wrong(["channels", "open", "--all"], /required option '--amount/, sender);
    await wrong(["channels", "open", "--all", "--amount", "-5"], /--amount.*got -5/s, sender);
    await wrong(
      ["channels", "open", "--all", "--amount", "1e3"],
      /--amount.*got 1e3.*12\.5/s,
      sender,
    );
    await wrong(["channels", "open", "--amount", "1"], /--relay, --layer, --all/, sender);
    await wrong(["run", "--status-every", "0"], /--status-every.*got 0/s, relay);
    await wrong(["send", "--to", "x", "--file", "/", "--rate", "a"], /--rate.*got a/s, sender);
  });

  it("secrets that are missing, malformed or open to others are refused, and not repeated", async () => {
    const file = join(network.folder, "secret");
    writeFileSync(file, sender.secret);
    const refused = (code: string, says: RegExp, env: Environment) =>
      expectFault(["keys"], { exit: 2, code, says }, undefined, env);
    await refused("SECRET_MISSING", /WAYBILL_SECRET/, {});
    const half = sender.secret.slice(32);
    await refused("SECRET_INVALID", /got 32 characters; allowed: 64/, { WAYBILL_SECRET: half });
    for (const mode of [0o640, 0o604]) {
      chmodSync(file, mode);
      await refused("SECRET_FILE_OPEN", /chmod 600/, { WAYBILL_SECRET_FILE: file });
    }
    await refused("SECRET_FILE_UNREADABLE", /no-such-secret/, {
      WAYBILL_SECRET_FILE: join(network.folder, "no-such-secret"),
    });
    for (const run of runs) expect(run.stdout + run.stderr).to.not.include(half);

    chmodSync(file, 0o600);
    const { code, said } = await ask(["keys"], undefined, { WAYBILL_SECRET_FILE: file });
    expect(code).to.equal(0);
    expect(said.at(-1)).to.include({ account: sender.account });
  });

  it("a deployment file that is missing, broken or of another chain is named", async () => {
    const broken = join(network.folder, "broken.json");
    const other = join(network.folder, "other.json");
    writeFileSync(broken, "{");
    writeFileSync(other, formatDeployment({ ...network.deployment, chainId: 99n }));
    const open = ["channels", "open", "--all", "--amount", "1"];
    const named = (path: string, code: string, says: RegExp) =>
      expectFault(open, { exit: 2, code, says }, sender, { WAYBILL_DEPLOYMENT: path });
    await named(join(network.folder, "none.json"), "DEPLOYMENT_FILE_INVALID", /none\.json/);
    await named(broken, "DEPLOYMENT_FILE_INVALID", /not a deployment file/);
    await named(other, "CHAIN_WRONG_ID", /got 31337; allowed: 99/);
    const lottery = network.deployment.token;
    writeFileSync(other, formatDeployment({ ...network.deployment, lottery }));
    await named(other, "LOTTERY_OTHER", new RegExp(`got 0x.*allowed: ${lottery}`));
  });

  it("a channel is opened, funded and closed, with the notice period in between", async () => {
    const to = ["--relay", relayName];
    await expectFault(
      ["channels", "fund", ...to, "--amount", "1"],
      { exit: 5, code: "CHANNEL_NOT_THERE", says: /never opened; allowed: open/ },
      sender,
    );
    await expectFault(
      ["channels", "open", ...to, "--amount", "5000"],
      { exit: 5, code: "ACCOUNT_SHORT", says: /got 1,000 WAYBILL; allowed: ≥ 5,000 WAYBILL/ },
      sender,
    );
    const opened = await done(["channels", "open", ...to, "--amount", "3"], sender);
    expect(opened).to.include({ event: "open", already: false, amount: String(3n * TOKEN) });
    const again = await done(["channels", "open", ...to, "--amount", "3"], sender);
    expect(again).to.include({ already: true, channel: opened.channel });
    await done(["channels", "fund", ...to, "--amount", "0.5"], sender);
    expect((await channelBook())?.balance).to.equal((7n * TOKEN) / 2n);
    await expectPacketsAreAsked((7n * TOKEN) / 2n);

    await done(["channels", "close", ...to], sender);
    await expectFault(
      ["channels", "close", ...to],
      { exit: 5, code: "CHANNEL_NOTICE_RUNNING", says: /\d+ s to go/ },
      sender,
    );
    await passTime(params.noticePeriod);
    const closed = await done(["channels", "close", ...to], sender);
    expect(closed).to.include({ event: "refunded", amount: String((7n * TOKEN) / 2n) });
    expect(balanceBooks(await network.books()).problems).to.deep.equal([]);
  });

  /** A file's cost is told, and that of answers, with what `held` comes to; nothing is paid that nobody has agreed to. */
  async function expectPacketsAreAsked(held: bigint): Promise<void> {
    const file = join(network.folder, "letter.txt");
    writeFileSync(file, "a few words");
    const to = encodeAddress({
      packetKey: new Uint8Array(33).fill(2),
      node: nodeId(relayName),
      untilEra: era(0),
      lastRelays: [relayId(relayName)],
    });
    const args = ["send", "--to", to, "--file", file];
    const told = await done([...args, "--dry-run"], sender);
    expect(told).to.include({ event: "sending", packets: 2, most: String(held) });
    expect(BigInt(String(told.expectedCost)) > 0n).to.equal(true);
    expect(told.after).to.equal(String(held - BigInt(String(told.expectedCost))));
    const says = /--dry-run, then .* --yes/;
    await expectFault(args, { exit: 3, code: "CONFIRMATION_MISSING", says }, sender);

    const inbox = join(network.folder, "unasked");
    const receive = ["receive", "--out", inbox];
    const answers = await done([...receive, "--dry-run"], sender);
    expect(answers).to.include({ event: "receiving", answersPerMinute: 240, most: String(held) });
    expect(BigInt(String(answers.expectedCost)) > 0n).to.equal(true);
    await expectFault(receive, { exit: 3, code: "CONFIRMATION_MISSING", says }, sender);
    expect(existsSync(inbox)).to.equal(false);
  }

  it("winning tickets are redeemed and earnings withdrawn by hand", async () => {
    await done(["channels", "open", "--relay", relayName, "--amount", "300"], sender);
    expect(await done(["redeem"], relay)).to.include({ tickets: 0, waiting: 0 });
    const won = await plantWinners();
    const value = won.reduce((sum, ticket) => sum + ticket.amount, 0n);
    const early = await done(["redeem"], relay);
    expect(early).to.include({ tickets: 0, waiting: won.length });

    await passEpoch(won[0]?.epoch);
    const redeemed = await done(["redeem"], relay);
    expect(redeemed).to.include({ tickets: won.length, value: String(value), waiting: 0 });
    expect(await done(["redeem"], relay)).to.include({ tickets: 0, waiting: 0 });

    const earned = value - burnedOf(amount(value), params.burnShareBps);
    await expectFault(
      ["relay", "withdraw", "--amount", "1000"],
      { exit: 5, code: "ACCOUNT_SHORT", says: /earnings/ },
      relay,
    );
    const part = await done(["relay", "withdraw", "--amount", "0.01"], relay);
    expect(part).to.include({ amount: String(TOKEN / 100n) });
    const rest = await done(["relay", "withdraw"], relay);
    expect(rest).to.include({ amount: String(earned - TOKEN / 100n) });
    expect(await done(["relay", "withdraw"], relay)).to.include({ amount: "0" });

    const books = await network.books();
    expect(books.relays[0]).to.include({
      ticketsRedeemed: BigInt(won.length),
      credited: earned,
      withdrawn: earned,
    });
    expect(balanceBooks(books).problems).to.deep.equal([]);
  });

  it("threat 49: a chain that is down at start, and again later, is waited for", async () => {
    const line = new Line(network.rpcUrl);
    await line.mend();
    await line.cut();
    const run = command(
      [
        "run",
        "--listen",
        "/ip4/127.0.0.1/tcp/0",
        "--api-listen",
        "127.0.0.1:0",
        "--status-every",
        "1",
        "--json",
      ],
      relay,
      { WAYBILL_RPC_URL: line.url },
    );
    const ended = { already: false };
    void run.ended.then(() => (ended.already = true));
    const status = (): Said | undefined => lines(run).findLast(({ event }) => event === "status");
    try {
      await until(60, "it warns", () => run.stderr.includes("cannot be reached; trying again"));
      expect(run.stdout).to.equal("");

      await line.mend();
      await until(60, "it runs", () => status() !== undefined);
      // Its database is its own as long as it runs.
      await expectFault(
        ["redeem"],
        { exit: 6, code: "STORE_LOCKED", says: /Another process.*a data folder of its own/s },
        relay,
      );

      await line.cut();
      const warned = /"level":"warn".*following the chain/;
      await until(60, "it warns again", () => warned.test(run.stderr));
      const told = lines(run).length;
      await until(60, "it goes on", () => lines(run).length > told + 1);
      await line.mend();
      await until(90, "it follows the chain again", () =>
        run.stderr.includes("following the chain: works again"),
      );
      expect(ended.already, run.stderr).to.equal(false);
      run.interrupt("SIGTERM");
      expect(await run.ended).to.equal(0);
      expect(lines(run).at(-1)).to.include({ event: "stopped" });
    } finally {
      await line.cut();
    }
  });

  it("threat 49: a relay with two endpoints, the first over WebSocket, goes on with the other one while that is away", async () => {
    const first = new Line(network.rpcUrl);
    await first.mend();
    const run = command(
      [
        ...["run", "--listen", "/ip4/127.0.0.1/tcp/0", "--api-listen", "127.0.0.1:0"],
        ...["--status-every", "1", "--json"],
      ],
      relay,
      { WAYBILL_RPC_URL: `${first.url.replace("http", "ws")},${network.rpcUrl}` },
    );
    const endpoints = async (): Promise<readonly Endpoint[]> => {
      const api = String(lines(run).find(({ event }) => event === "running")?.api);
      const authorization = `Bearer ${ensureToken(relay.data)}`;
      const answer = await fetch(`${api}/v1/endpoints`, { headers: { authorization } });
      return ((await answer.json()) as { readonly endpoints: readonly Endpoint[] }).endpoints;
    };
    const areUsed = (what: string, states: readonly string[], inUse: number) =>
      until(60, what, async () => {
        const told = await endpoints();
        return told.every(({ state }, i) => state === states[i]) && told[inUse]?.inUse === true;
      });
    try {
      await until(60, "it runs", () => lines(run).some(({ event }) => event === "status"));
      expect(first.open).to.be.greaterThan(0);
      await areUsed("the first one is asked", ["well", "well"], 0);
      await first.cut();
      await areUsed("the other one is asked", ["down", "well"], 1);
      const seen = (await endpoints())[1]?.headBlock ?? 0;
      await rpc(network.rpcUrl, "hardhat_mine", ["0x3"]);
      await until(30, "it follows the chain", async () => {
        return ((await endpoints())[1]?.headBlock ?? 0) >= seen + 3;
      });
      await first.mend();
      await areUsed("the first one is asked again", ["well", "well"], 0);
      run.interrupt("SIGTERM");
      expect(await run.ended, run.stderr).to.equal(0);
    } finally {
      await first.cut();
    }
  });

  it("a command whose chain goes away after it has sent its transaction ends well once it is back", async () => {
    await done(["channels", "open", "--relay", relayName, "--amount", "1"], sender);
    const line = new Line(network.rpcUrl);
    await line.mend();
    const before = (await channelBook())?.balance ?? 0n;
    await setMining(false);
    try {
      const run = command(
        ["channels", "fund", "--relay", relayName, "--amount", "0.25", "--json", "--yes"],
        sender,
        { WAYBILL_RPC_URL: line.url },
      );
      await until(60, "its transaction is sent", async () => {
        const count = "eth_getBlockTransactionCountByNumber";
        return Number(await rpc(network.rpcUrl, count, ["pending"])) > 0;
      });
      await line.cut();
      await until(60, "it warns", () => run.stderr.includes('"level":"warn"'));
      await setMining(true);
      await until(
        30,
        "its transaction is mined",
        async () => (await channelBook())?.balance !== before,
      );
      await line.mend();
      expect(await run.ended, run.stderr).to.equal(0);
      expect(lines(run).at(-1)).to.include({ event: "funded" });
      expect((await channelBook())?.balance).to.equal(before + TOKEN / 4n);
    } finally {
      await setMining(true);
      await line.cut();
    }
  });

  it("a relay sees what it has won, comes back from jail, and votes another out, be it itself", async () => {
    const { chainId, block, token, beacon, registry, channels } = network.deployment;
    const plain = { chainId, block, token, beacon, registry, channels };
    const file = join(network.folder, "no-lottery.json");
    writeFileSync(file, formatDeployment(plain));
    const status = await ask(["lottery", "status"], relay, { WAYBILL_DEPLOYMENT: file });
    const told = status.said.at(-1);
    expect(told, status.stderr).to.include({ event: "lottery", status: "joined", rewards: "0" });
    expect(BigInt(String(told?.available)) > 0n, "a minting network").to.equal(true);
    const epochs = status.said.filter(({ event }) => event === "epoch");
    expect(epochs.at(-1)).to.include({ commitment: "not-owed", claimed: 0, reward: "0" });
    expect(await done(["relay", "rewards"], relay)).to.include({ rewards: "0" });
    expect(await done(["lottery", "collect"], relay)).to.include({ amount: "0" });
    const into = ["lottery", "collect", "--into-channel", relayName];
    const missing = { exit: 5, code: "CHANNEL_NOT_THERE", says: /never opened; allowed: open/ };
    await expectFault(into, missing, relay);

    const free = { exit: 5, code: "RELAY_NOT_JAILED", says: /got joined/ };
    await expectFault(["relay", "return"], free, relay);
    await jailRelay();
    const early = { exit: 5, code: "JAIL_RUNNING", says: /allowed: epoch \d+ or later/ };
    await expectFault(["relay", "return"], early, relay);
    await passTime(2 * params.eraLength * params.epochLength);
    const returned = await done(["relay", "return"], relay);
    expect(returned).to.include({ event: "returned", relay: relayName });

    const start = firstEpochOf(params, era(Number(returned.fromEra)));
    await passTime(startOf(params, start) - (await chainTime()));
    const vote = await done(["relay", "vote", "--target", relayName], relay);
    expect(vote).to.include({ event: "voted", votes: 1, needed: 1, ejected: true });
  });

  /** The lottery jails whom others report; here the node speaks in its name. */
  async function jailRelay(): Promise<void> {
    const lottery = params.lottery?.address;
    await rpc(network.rpcUrl, "hardhat_impersonateAccount", [lottery]);
    await rpc(network.rpcUrl, "hardhat_setBalance", [lottery, "0xde0b6b3a7640000"]);
    const data = RelayRegistry__factory.createInterface().encodeFunctionData("jail", [relayName]);
    const call = { from: lottery, to: params.registry, data };
    const hash = (await rpc(network.rpcUrl, "eth_sendTransaction", [call])) as string;
    expect((await network.provider.waitForTransaction(hash))?.status).to.equal(1);
  }

  /** A transaction that is sent while nothing is mined waits. */
  async function setMining(on: boolean): Promise<void> {
    await rpc(network.rpcUrl, "evm_setAutomine", [on]);
    await rpc(network.rpcUrl, "evm_setIntervalMining", [on ? 500 : 0]);
  }

  async function channelBook() {
    return (await network.books()).channels[0];
  }

  /** Real winners of the sender's channel, as the packet path would have stored them. */
  async function plantWinners(): Promise<readonly WinningTicket[]> {
    const book = await channelBook();
    const epoch = epochAt(params, seconds(await chainTime()));
    if (book === undefined || epoch === undefined) throw new Error("no channel or no epoch");
    const keys = deriveKeys(hexToBytes(relay.secret));
    const contract = PaymentChannels__factory.connect(params.channels, network.provider);
    const { generation } = await contract.channelState(book.id);
    // Four frames of 64 tickets with p = 1/8: none wins once in 10^14 runs.
    const winners = [1, 65, 129, 193].flatMap((from) =>
      drawFrame({
        ...{ params, epoch, layer: 0, from, count: 64, random: systemRandom() },
        channel: {
          id: channelId(book.id),
          generation: toGeneration(Number(generation)),
          relay: relayId(relayName),
        },
        ticketKey: deriveKeys(hexToBytes(sender.secret)).ticket,
        vrfSecret: keys.vrf,
      }),
    );
    expect(winners.length).to.be.greaterThan(0);
    const store = await openSqliteStore({ path: join(relay.data, "waybill.db") });
    try {
      await store.winners.add(winners);
    } finally {
      await store.close();
    }
    return winners;
  }

  /** Past the end of the epoch, and past the time for which its VRF output is kept back. */
  async function passEpoch(epoch: Epoch | undefined): Promise<void> {
    const end = endOf(params, epoch ?? (0 as Epoch)) + ticketEpochSlack(params.epochLength) + 2;
    await passTime(Math.max(1, end - (await chainTime())));
  }
});

/** Commands that send transactions, and ask before. */
const sends = ([noun = "", verb = ""]: readonly string[]): boolean =>
  noun === "redeem" ||
  (noun === "channels" && verb !== "list") ||
  (noun === "relay" && verb !== "rewards" && verb !== "dance") ||
  (noun === "lottery" && verb === "collect");

type Endpoint = components["schemas"]["Endpoint"];

type Environment = Readonly<Record<string, string | undefined>>;

/** Nothing of the environment in which the tests themselves run. */
const NO_SETTINGS: Environment = Object.fromEntries(
  Object.keys(process.env)
    .filter((name) => name.startsWith("WAYBILL_"))
    .map((name) => [name, undefined]),
);

const lines = (run: Run): Said[] =>
  run.stdout
    .slice(0, run.stdout.lastIndexOf("\n") + 1)
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Said);
