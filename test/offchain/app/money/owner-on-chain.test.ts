/** What a relay's owner decides about it: each command holds to its plan, and prints what another wallet can send. */
import {
  CoverLottery__factory,
  PaymentChannels__factory,
  RelayRegistry__factory,
} from "#contracts";
import { expect } from "chai";
import { AbiCoder, keccak256, toBeHex, type Interface } from "ethers";

import { startOf } from "../../../../offchain/core/epochs/epochs.ts";
import { epoch as toEpoch } from "../../../../offchain/core/units.ts";
import type { NetworkParams } from "../../../../offchain/ports/network.ts";
import { LocalChain } from "../../settlement/support/local-chain.ts";
import { CommandLine, type Person } from "../support/command-line.ts";
import { PlanWatch } from "../support/plan-watch.ts";

const TOKEN = 10n ** 18n;
const ADDRESS = "/ip4/127.0.0.1/tcp/4020";

describe("what a relay's owner decides, on a real local chain", function () {
  let local: LocalChain;
  let line: CommandLine;
  let watch: PlanWatch;
  let operator: Person;
  let other: Person;
  let relay: string;

  before(async () => {
    local = await LocalChain.start();
    line = await CommandLine.on(local);
    watch = new PlanWatch(line);
    [operator, other] = [await line.person(10n * TOKEN), await line.person(10n * TOKEN)];
    const joined = await line.done(
      ["relay", "join", "--allowance", "3", "--announce", ADDRESS],
      operator,
    );
    relay = String(joined.relay);
  });

  after(async () => {
    line.remove();
    await local.stop();
  });

  const allowance = async (): Promise<bigint> =>
    (await local.contracts.channels.agentAllowance(relay))[0];
  const recipient = async (): Promise<string> =>
    (await local.contracts.registry.earningsRecipient(relay)).toLowerCase();

  it("threat 33: set-allowance: another, none at all, and none that the contract could not hold", async () => {
    const set = (tokens: string) => ["relay", "set-allowance", "--allowance", tokens];
    expect(await watch.planAndDo(set("1.5"), operator)).to.include({
      ...{ event: "allowance-set", relay, allowance: String((3n * TOKEN) / 2n), already: false },
    });
    expect(await allowance()).to.equal((3n * TOKEN) / 2n);
    expect(await watch.planAndDo(set("0"), operator)).to.include({ allowance: "0" });
    expect(await allowance()).to.equal(0n);
    expect(await line.done(set("0"), operator)).to.include({ already: true });
    await watch.refusedWith(set("5192296858534828"), operator, {
      exit: 2,
      code: "OPTION_INVALID",
      says: /--allowance.*allowed: ≤ 5,192,296,858,534,827\.6/,
    });
  });

  it("threat 33: set-agent: at once, the one before can do nothing more, and the same command takes it back", async () => {
    const set = (agent: string) => ["relay", "set-agent", "--agent", agent];
    const announce = ["relay", "announce", "--multiaddr", "/ip4/127.0.0.1/tcp/4021"];
    const done = await watch.planAndDo(set(operator.owner), operator);
    expect(done).to.include({
      ...{ event: "agent-set", relay, agent: operator.owner, before: operator.account },
      already: false,
    });
    const info = await local.contracts.registry.redemptionInfo(relay);
    expect(info.agent.toLowerCase()).to.equal(operator.owner);
    await watch.refusedWith(announce, operator, {
      exit: 5,
      code: "PLAN_WOULD_FAIL",
      says: /RelayRegistry_NotOwnerOrAgent/,
    });
    const { said } = await line.run(["doctor", "--json"], operator);
    const advice = said.find(({ check }) => check === "agent account");
    expect(advice).to.include({ verdict: "problem" });
    expect(advice?.todo).to.contain(`waybill relay set-agent --agent ${operator.account}`);

    const { stdout } = await line.run([...set(operator.account), "--yes"], operator);
    expect(stdout).to.match(/can do nothing for it any more\. Next: start the node .*relay leave/);
    expect(await line.done(set(operator.account), operator)).to.include({ already: true });
    expect(await line.done(announce, operator)).to.include({ event: "announced" });
  });

  it("set-agent: nobody's account is refused, and so is who is not the owner", async () => {
    const nobody = `0x${"0".repeat(40)}`;
    await watch.refusedWith(["relay", "set-agent", "--agent", nobody], operator, {
      exit: 2,
      code: "OPTION_INVALID",
      says: /--agent/,
    });
    const stranger = ["relay", "set-agent", "--relay", relay, "--agent", other.account];
    await watch.refusedWith(stranger, other, {
      exit: 5,
      code: "PLAN_WOULD_FAIL",
      says: /RelayRegistry_NotOwner\(/,
    });
  });

  it("set-recipient and accept-recipient: earnings move when the proposed account agrees", async () => {
    const set = (to: string) => ["relay", "set-recipient", "--recipient", to];
    const accept = ["relay", "accept-recipient", "--relay", relay];
    for (const how of [["--dry-run"], ["--calldata"], ["--yes"]]) {
      const { code, said } = await line.run([...accept, ...how, "--json"], other);
      expect([code, said.at(-1)?.code]).to.deep.equal([5, "RELAY_NO_PROPOSAL"]);
    }
    expect(await watch.planAndDo(set(other.owner), operator)).to.include({
      ...{ event: "recipient-proposed", relay, recipient: operator.owner, proposed: other.owner },
      already: false,
    });
    expect(await line.done(set(other.owner), operator)).to.include({ already: true });
    expect(await recipient()).to.equal(operator.owner);
    await watch.refusedWith(accept, operator, {
      exit: 5,
      code: "PLAN_WOULD_FAIL",
      says: /RelayRegistry_NotProposedRecipient/,
    });

    expect(await watch.planAndDo(set(operator.owner), operator)).to.include({ proposed: null });
    expect(await line.done(set(operator.owner), operator)).to.include({ already: true });
    await line.done(set(other.owner), operator);
    expect(await watch.planAndDo(accept, other)).to.include({
      ...{ event: "recipient-set", relay, recipient: other.owner, already: false },
    });
    expect(await recipient()).to.equal(other.owner);
    expect(await line.done(accept, other)).to.include({ already: true });
  });

  it("join again: what it would not change is refused by the command that does, and the allowance may be none", async () => {
    const refusals = [
      ["--recipient", operator.owner, /relay set-recipient/],
      ["--announce", "/ip4/127.0.0.1/tcp/4029", /relay announce/],
    ] as const;
    for (const [option, value, says] of refusals)
      await watch.refusedWith(["relay", "join", option, value], operator, {
        exit: 2,
        code: "OPTION_INVALID",
        says,
      });
    const same = ["--recipient", other.owner, "--allowance", "2"];
    await watch.planAndDo(["relay", "join", ...same], operator);
    // The settings of `run` are not about this.
    const environment = { ...operator.environment, WAYBILL_ANNOUNCE: "/ip4/127.0.0.1/tcp/4029" };
    expect(await line.done(["relay", "join"], { environment })).to.include({ already: true });
    expect(await allowance()).to.equal(2n * TOKEN);
    await watch.planAndDo(["relay", "join", "--allowance", "0"], operator);
    expect(await allowance()).to.equal(0n);
  });
});

/** What only a relay's owner, or whom it proposed, may call: by which command it is printed for another wallet. */
const OWNERS = {
  RelayRegistry: {
    join: "relay join",
    changeAgent: "relay set-agent",
    proposeEarningsRecipient: "relay set-recipient",
    acceptEarningsRecipient: "relay accept-recipient",
    startLeaving: "relay leave",
    withdrawBond: "relay withdraw --only bond",
    voteToEject: "relay vote",
  },
  PaymentChannels: {
    setAgentAllowance: "relay set-allowance",
    withdraw: "relay withdraw --amount 1",
  },
  CoverLottery: {
    collectIntoChannel: "lottery collect",
  },
} as const;

/** What others may call as well, or instead. */
const OTHERS: Readonly<Record<keyof typeof OWNERS, readonly string[]>> = {
  RelayRegistry: ["announce", "rotatePacketKey", "returnFromJail", "connectLottery", "jail"],
  PaymentChannels: [
    ...["open", "fund", "fundWithPermit", "fundFromEarnings", "setOperator", "multicall"],
    ...["initiateClose", "finaliseClose", "closeAsRelay", "withdrawRefund"],
    ...["redeem", "addEarnings", "burnOwed"],
  ],
  CoverLottery: ["claim", "collect", "commit", "reportMisses"],
};

const INTERFACES: Readonly<Record<keyof typeof OWNERS, Interface>> = {
  RelayRegistry: RelayRegistry__factory.createInterface(),
  PaymentChannels: PaymentChannels__factory.createInterface(),
  CoverLottery: CoverLottery__factory.createInterface(),
};

describe("what only a relay's owner may call", () => {
  const contracts = Object.keys(OWNERS) as (keyof typeof OWNERS)[];

  it("is listed here, with every other function that changes something", () => {
    for (const contract of contracts) {
      const changing: string[] = [];
      INTERFACES[contract].forEachFunction(({ name, constant }) => {
        if (!constant) changing.push(name);
      });
      const listed = [...Object.keys(OWNERS[contract]), ...OTHERS[contract]];
      expect(listed, contract).to.have.members(changing);
    }
  });

  it("is printed by a command, without any key of the owner's", async () => {
    const local = await LocalChain.start({ lottery: true });
    const line = await CommandLine.on(local);
    try {
      const chain = await local.connect();
      const params = await chain.params();
      await chain.close();
      const [operator, other, fresh] = [
        await line.person(10n * TOKEN),
        await line.person(10n * TOKEN),
        await line.person(10n * TOKEN),
      ];
      const relay = String((await line.done(["relay", "join"], operator)).relay);
      const to = String((await line.done(["relay", "join"], other)).relay);
      await line.done(
        ["channels", "open", "--payer", "relay", "--relay", to, "--amount", "1"],
        operator,
      );
      const { token, channels } = local.contracts;
      await (await token.approve(channels, 5n * TOKEN)).wait();
      await (await channels.addEarnings(relay, 5n * TOKEN)).wait();
      await win(local, params, relay);

      const seen = new Map<string, string>();
      const print = async (
        command: string,
        options: readonly string[],
        { secret, from }: { readonly secret?: Person; readonly from: string },
      ): Promise<void> => {
        const { WAYBILL_SECRET = "" } = secret?.environment ?? {};
        const environment = {
          WAYBILL_DATA: operator.data,
          ...(secret === undefined ? {} : { WAYBILL_SECRET }),
        };
        const args = [...command.split(" "), ...options, "--calldata", "--json"];
        const { said } = await line.run(args, { environment });
        for (const { event, data, from: by } of said) {
          if (event !== "calldata") continue;
          expect(by, command).to.equal(from);
          for (const contract of contracts) {
            const name = INTERFACES[contract].getFunction(String(data).slice(0, 10))?.name;
            if (name !== undefined) seen.set(`${contract}.${name}`, command);
          }
        }
      };
      const own = ["--relay", relay];
      const from = operator.owner;
      await print("relay join", ["--owner", fresh.owner], { secret: fresh, from: fresh.owner });
      await print("relay set-agent", [...own, "--agent", other.account], { from });
      await print("relay set-allowance", [...own, "--allowance", "2"], { from });
      await print("relay set-recipient", [...own, "--recipient", other.owner], { from });
      await line.done(["relay", "set-recipient", "--recipient", other.owner], operator);
      await print("relay accept-recipient", own, { from: other.owner });
      await print("relay vote", [...own, "--target", to], { from });
      await print("relay withdraw --amount 1", own, { from });
      await print("lottery collect", ["--into-channel", to], { secret: operator, from });
      // Nor only the owner's, but its last means where the agent is no account of a node any more.
      const close = ["channels", "close", "--payer", "relay", "--all", "--owner", from];
      const closing = await line.run([...close, "--calldata", "--json"], operator);
      expect(closing.code, closing.stderr).to.equal(0);
      expect(closing.said).to.have.lengthOf(1);
      await print("relay leave", own, { from });
      const { bondFreeEpoch } = await line.done(["relay", "leave"], operator);
      await local.moveTo(startOf(params, toEpoch(Number(bondFreeEpoch))));
      await print("relay withdraw --only bond", own, { from });

      for (const contract of contracts)
        for (const [name, command] of Object.entries(OWNERS[contract]))
          expect(seen.get(`${contract}.${name}`), `${contract}.${name}`).to.equal(command);
    } finally {
      line.remove();
      await local.stop();
    }
  });
});

/** Lets the relay have won something, without the epoch of cover packets that it takes: into the lottery's storage. */
async function win(local: LocalChain, params: NetworkParams, relay: string): Promise<void> {
  const lottery = params.lottery?.address;
  for (let slot = 0; slot < 64; slot++) {
    const place = keccak256(
      AbiCoder.defaultAbiCoder().encode(["bytes32", "uint256"], [relay, slot]),
    );
    const before = await local.rpc("eth_getStorageAt", lottery, place, "latest");
    await local.rpc("hardhat_setStorageAt", lottery, place, toBeHex(100n, 32));
    if ((await local.contracts.cover?.lottery.rewardsOf(relay)) === 99n) return;
    await local.rpc("hardhat_setStorageAt", lottery, place, before);
  }
  throw new Error("the lottery keeps rewards elsewhere");
}
