/** Every command that sends: what it says beforehand is what then happens, and nothing happens before it may. */
import { join } from "node:path";

import { expect } from "chai";

import { openSqliteStore } from "../../../../offchain/adapters/sqlite/store.ts";
import { identityOf } from "../../../../offchain/app/identity.ts";
import { firstEpochOf, startOf } from "../../../../offchain/core/epochs/epochs.ts";
import { epoch as toEpoch, era as toEra, seconds } from "../../../../offchain/core/units.ts";
import type { Sum } from "../../../../offchain/ports/rehearsal.ts";
import type { NetworkParams } from "../../../../offchain/ports/network.ts";
import { LocalChain } from "../../settlement/support/local-chain.ts";
import { CTRL_C, hangUpAll, openTerminal, requireTerminal } from "../../../support/terminal.ts";
import { CommandLine, type Person, type Said } from "../support/command-line.ts";
import { planOf, PlanWatch } from "../support/plan-watch.ts";

const TOKEN = 10n ** 18n;

describe("what commands say before they send, on a real local chain", () => {
  let local: LocalChain;
  let line: CommandLine;
  let params: NetworkParams;
  let operator: Person;
  let other: Person;
  let sender: Person;
  let relay: string;
  let otherRelay: string;
  let watch: PlanWatch;

  before(async () => {
    local = await LocalChain.start({ lottery: true });
    line = await CommandLine.on(local);
    watch = new PlanWatch(line);
    const chain = await local.connect();
    params = await chain.params();
    await chain.close();
    [operator, other, sender] = [
      await line.person(100n * TOKEN),
      await line.person(100n * TOKEN),
      await line.person(100n * TOKEN),
    ];
  });

  afterEach(hangUpAll);
  after(async () => {
    line.remove();
    await local.stop();
  });

  const moveToEpoch = (epoch: number) => local.moveTo(startOf(params, toEpoch(epoch)));

  it("without --yes programs are refused, and options that contradict each other are, too", async () => {
    const before = await watch.head();
    const refused = await line.run(["relay", "join", "--json"], operator);
    expect(refused.code).to.equal(3);
    expect(refused.said.map(({ event }) => event)).to.deep.equal(["plan", "error"]);
    expect(refused.said.at(-1)).to.include({ code: "CONFIRMATION_MISSING" });
    for (const wrong of [
      ["--yes", "--dry-run"],
      ["--dry-run", "--calldata"],
      ["--owner", operator.owner],
    ]) {
      const { code, said } = await line.run(["relay", "join", "--json", ...wrong], operator);
      expect(code).to.equal(2);
      expect(said.at(-1)).to.include({ code: "OPTION_INVALID" });
    }
    expect((await watch.head()).hash).to.equal(before.hash);
  });

  it("join: approval, bond and allowance, with the balances after", async () => {
    const joined = await watch.planAndDo(["relay", "join", "--allowance", "3"], operator);
    expect(joined).to.include({ event: "joined", already: false });
    relay = String(joined.relay);
    expect(await line.done(["relay", "join"], operator)).to.include({ already: true });
    otherRelay = String((await line.done(["relay", "join"], other)).relay);
  });

  it("join again with another allowance sets the allowance alone", async () => {
    const again = await watch.planAndDo(["relay", "join", "--allowance", "4"], operator);
    expect(again).to.include({ already: true });
    const [perEpoch] = await local.contracts.channels.agentAllowance(relay);
    expect(perEpoch).to.equal(4n * TOKEN);
  });

  it("announce: nothing where it is announced already", async () => {
    const args = ["relay", "announce", "--multiaddr", "/ip4/127.0.0.1/tcp/4020"];
    expect(await watch.planAndDo(args, operator)).to.include({
      event: "announced",
      already: false,
    });
    expect(await line.done(args, operator)).to.include({ already: true });
  });

  it("announce and join: with the peer id that others dial, and nothing that they would not", async () => {
    const { peer } = await identityOf(operator.secret);
    const at = (multiaddr: string) => ["relay", "announce", "--multiaddr", multiaddr];
    const address = "/dns4/relay.example/tcp/4020";
    const whole = { event: "announced", multiaddr: `${address}/p2p/${peer}` };
    expect(await watch.planAndDo(at(address), operator)).to.include(whole);
    expect(await line.done(at(`${address}/p2p/${peer}`), operator)).to.include({ already: true });
    const newcomer = await line.person(100n * TOKEN);
    const { peer: theirs } = await identityOf(newcomer.secret);
    for (const args of [
      ...["garbage", `${address}/p2p/${theirs}`].map(at),
      ["relay", "join", "--announce", "/ip4/0.0.0.0/tcp/4020"],
    ])
      await watch.refusedWith(args, operator, {
        exit: 2,
        code: "OPTION_INVALID",
        says: /allowed: .*\/p2p\/12D3KooW/,
      });
    const joined = await line.run(
      ["relay", "join", "--announce", address, "--dry-run", "--json"],
      newcomer,
    );
    expect(JSON.stringify(planOf(joined.said))).to.contain(`${address}/p2p/${theirs}`);
  });

  it("rotate-key: a dry run makes no key, and the registry's rule is told before anything is sent", async () => {
    const { code, said } = await line.run(["relay", "rotate-key", "--dry-run", "--json"], operator);
    expect(code).to.equal(0);
    expect(planOf(said).steps[0]?.function).to.equal("rotatePacketKey");
    const scheduled = await watch.planAndDo(["relay", "rotate-key"], operator);
    expect(scheduled).to.include({ event: "key-scheduled", relay });
    await watch.refusedWith(["relay", "rotate-key"], operator, {
      exit: 5,
      code: "PLAN_WOULD_FAIL",
      says: /rotatePacketKey of RelayRegistry.*RelayRegistry_RotationTooEarly\(\d+, \d+\)/,
    });
  });

  it("channels of an account: open to several relays at once, fund, close, finish", async () => {
    const all = ["--all"];
    await watch.planAndDo(["channels", "open", ...all, "--amount", "2"], sender);
    const again = await line.run(
      ["channels", "open", ...all, "--amount", "2", "--json", "--yes"],
      sender,
    );
    expect(again.said.map(({ already }) => already)).to.deep.equal([true, true]);
    const one = ["--relay", relay];
    expect(
      await watch.planAndDo(["channels", "fund", ...one, "--amount", "0.5"], sender),
    ).to.include({
      event: "funded",
      amount: String(TOKEN / 2n),
    });
    await watch.planAndDo(["channels", "fund", ...all, "--amount", "0.25"], sender);
    const closing = await watch.planAndDo(["channels", "close", ...all], sender);
    await watch.refusedWith(["channels", "close", ...one], sender, {
      exit: 5,
      code: "CHANNEL_NOTICE_RUNNING",
      says: /\d+ s to go/,
    });
    await local.moveTo(seconds(Number(closing.closableAt) + 1));
    const refunded = await watch.planAndDo(["channels", "close", ...all], sender);
    expect(refunded).to.include({ event: "refunded", amount: String(5n * TOKEN) });
  });

  it("channels of a relay: opened and funded by its agent, also out of earnings, closed into earnings", async () => {
    await (await local.contracts.token.approve(params.channels, 10n * TOKEN)).wait();
    await (await local.contracts.channels.addEarnings(relay, 10n * TOKEN)).wait();
    const to = ["--payer", "relay", "--relay", otherRelay];
    await watch.planAndDo(["channels", "open", ...to, "--amount", "1"], operator);
    await watch.planAndDo(
      ["channels", "fund", ...to, "--amount", "2", "--from-earnings"],
      operator,
    );
    await watch.refusedWith(
      ["channels", "fund", ...to, "--amount", "2.5", "--from-earnings"],
      operator,
      {
        exit: 5,
        code: "PLAN_WOULD_FAIL",
        says: /PaymentChannels_AboveAllowance\(2500000000000000000, 2000000000000000000\)/,
      },
    );
    const listed = await line.run(["channels", "list", "--json"], operator);
    const own = listed.said.filter(({ direction }) => direction === "out");
    expect(own).to.have.lengthOf(1);
    expect(own[0]).to.include({
      ...{ event: "channel", payerKind: "relay", payer: relay },
      ...{ relay: otherRelay, status: "open", balance: String(3n * TOKEN), closableIn: null },
    });
    const closing = await watch.planAndDo(["channels", "close", ...to], operator);
    await local.moveTo(seconds(Number(closing.closableAt) + 1));
    expect(await watch.planAndDo(["channels", "close", ...to], operator)).to.include({
      event: "closed",
      refund: String(3n * TOKEN),
    });
  });

  it("channels list: both directions, what is left of the notice, past eras, and a table for people", async () => {
    await line.done(["channels", "open", "--relay", relay, "--amount", "1"], sender);
    await line.done(["channels", "close", "--relay", relay], sender);
    const listed = (await line.run(["channels", "list", "--json"], operator)).said;
    const incoming = listed.find(({ direction }) => direction === "in");
    expect(incoming).to.include({
      ...{ direction: "in", payerKind: "account", payer: sender.account },
      ...{ relay, status: "closing", trusted: "0" },
    });
    expect(Number(incoming?.closableIn)).to.be.within(1, params.noticePeriod);
    const all = (await line.run(["channels", "list", "--all", "--json"], sender)).said;
    expect(all.map(({ status }) => status)).to.have.members(["closing", "closed"]);
    const { stdout } = await line.run(["channels", "list"], sender);
    expect(stdout).to.match(/closing, can be closed in \d+ min/);
    expect(stdout).to.match(/1 WAYBILL/);
  });

  it("withdraw: all there is, a part, only one kind, and an amount that is not there", async () => {
    await watch.refusedWith(["relay", "withdraw", "--amount", "1000"], operator, {
      exit: 5,
      code: "ACCOUNT_SHORT",
      says: /earnings.*allowed: ≥ 1,000/s,
    });
    await watch.refusedWith(["relay", "withdraw", "--only", "bond"], operator, {
      exit: 5,
      code: "BOND_BOUND",
      says: /has not left/,
    });
    const part = await watch.planAndDo(["relay", "withdraw", "--amount", "1.5"], operator);
    expect(part).to.include({ amount: String((3n * TOKEN) / 2n), collected: "0", bond: "0" });
    const rest = await watch.planAndDo(["relay", "withdraw"], operator);
    expect(BigInt(String(rest.amount)) > 0n).to.equal(true);
    expect(await line.done(["relay", "withdraw"], operator)).to.include({ amount: "0" });
    const nothing = await line.run(["relay", "withdraw", "--dry-run", "--json"], operator);
    expect(nothing.said.at(-1)).to.include({ event: "nothing-to-send" });
  });

  it("vote: the contract's refusal is told with its name, and by whom it was refused", async () => {
    await watch.refusedWith(
      ["relay", "vote", "--target", relay],
      { ...sender, ...strangersKey() },
      {
        exit: 5,
        code: "NOT_REGISTERED",
        says: /relay join/,
      },
    );
    const stranger = { ...operator, environment: { ...operator.environment, ...otherOwner() } };
    await watch.refusedWith(["relay", "leave"], stranger, {
      exit: 5,
      code: "PLAN_WOULD_FAIL",
      says: /RelayRegistry_NotOwner\(0x[0-9a-fA-F]{40}, 0x[0-9a-fA-F]{40}\)/,
    });
    const era = firstEpochOf(params, toEra(20));
    await moveToEpoch(era);
    const voted = await watch.planAndDo(["relay", "vote", "--target", otherRelay], operator);
    expect(voted).to.include({ event: "voted", votes: 1, needed: 2, ejected: false });
  });

  const strangersKey = () => ({ environment: sender.environment });
  const otherOwner = () => ({ WAYBILL_OWNER_KEY: other.environment.WAYBILL_OWNER_KEY ?? "" });

  it("leave and withdraw: two phases, and the bond comes back to the owner", async () => {
    const leaving = await watch.planAndDo(["relay", "leave"], operator);
    expect(leaving).to.include({ event: "leaving", relay, already: false });
    expect(await line.done(["relay", "leave"], operator)).to.include({
      already: true,
      bondFreeEpoch: leaving.bondFreeEpoch,
    });
    await watch.refusedWith(["relay", "withdraw", "--only", "bond"], operator, {
      exit: 5,
      code: "BOND_BOUND",
      says: /allowed: epoch \d+ or later, in \d+ min/,
    });
    await moveToEpoch(Number(leaving.bondFreeEpoch));
    const withdrawn = await watch.planAndDo(["relay", "withdraw"], operator);
    expect(withdrawn).to.include({ event: "withdrawn", bond: "1000" });
    await watch.refusedWith(["relay", "leave"], operator, {
      exit: 5,
      code: "RELAY_GONE",
      says: /left for good/,
    });
  });

  it("what an interrupted command began is finished, and not done a second time", async () => {
    const to = ["--relay", otherRelay];
    await line.done(["channels", "open", ...to, "--amount", "1"], sender);
    const fund = ["channels", "fund", ...to, "--amount", "0.125"];
    const [plan] = (await line.run([...fund, "--dry-run", "--json"], sender)).said;
    const { transaction } = (plan?.steps as readonly { readonly transaction: Said }[])[0] ?? {};
    const own = (plan?.sums as readonly Sum[]).find(({ kind }) => kind === "channel");
    if (own?.kind !== "channel") throw new Error("no channel");
    const before = await watch.sumNow(own);
    // As a process leaves it that is killed after the answer and before the transaction.
    const store = await openSqliteStore({ path: join(sender.data, "commands.db") });
    await store.outbox.intend({
      key: `${sender.account}/fund:${own.channel}:${TOKEN / 8n}:0`,
      to: String(transaction?.to).toLowerCase(),
      data: String(transaction?.data),
      value: 0n,
      gasLimit: undefined,
    });
    await store.close();

    const { said } = await line.run([...fund, "--dry-run", "--json"], sender);
    expect(said[0]?.unfinished).to.deep.equal([`fund:${own.channel}:${TOKEN / 8n}`]);
    expect(await watch.sumNow(own)).to.equal(before);
    const finished = await line.run([...fund, "--json"], sender);
    expect(finished.code, finished.stderr).to.equal(0);
    expect(finished.said).to.have.lengthOf(1);
    expect(finished.said[0]).to.include({ event: "funded", amount: String(TOKEN / 8n) });
    expect(await watch.sumNow(own)).to.equal(before + TOKEN / 8n);
    await line.done(fund, sender);
    expect(await watch.sumNow(own)).to.equal(before + TOKEN / 4n);
  });

  it("an account without enough coin for gas is told so before anything is sent", async () => {
    const poor = await line.person(10n * TOKEN);
    await local.rpc("hardhat_setBalance", poor.account, "0x5208");
    await watch.refusedWith(["channels", "open", "--relay", otherRelay, "--amount", "1"], poor, {
      exit: 5,
      code: "ACCOUNT_SHORT",
      says: /gas money of 0x.*ETH/,
    });
    await watch.refusedWith(["channels", "open", "--relay", otherRelay, "--amount", "11"], poor, {
      exit: 5,
      code: "ACCOUNT_SHORT",
      says: /got 10 WAYBILL; allowed: ≥ 11 WAYBILL/,
    });
  });

  it("at a terminal it asks: no and Ctrl-C send nothing, yes sends what was shown", async function () {
    requireTerminal(this);
    const payer = await line.person(10n * TOKEN);
    const open = ["channels", "open", "--relay", otherRelay, "--amount", "1"];
    const before = await watch.head();
    for (const answer of ["n\r", CTRL_C]) {
      const refusing = openTerminal(open, line.environmentOf(payer));
      await refusing.answer(/Send all 2\?|Send it\?/, answer);
      expect(await refusing.ended, refusing.text()).to.equal(3);
      expect(refusing.text()).to.match(/nothing was sent/i);
    }
    expect((await watch.head()).hash).to.equal(before.hash);
    const agreeing = openTerminal(open, line.environmentOf(payer));
    await agreeing.answer(/Send all 2\?|Send it\?/, "y\r");
    expect(await agreeing.ended, agreeing.text()).to.equal(0);
    expect(agreeing.text()).to.match(/This sends .* from 0x[^]*Send [^]*channel/);
    const [channel] = (await line.run(["channels", "list", "--json"], payer)).said;
    expect(channel).to.include({ relay: otherRelay, balance: String(TOKEN) });
  });
});
