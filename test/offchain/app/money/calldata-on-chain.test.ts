/** Printed transactions, sent by a wallet that is not ours: the same effect, and nothing of the owner's needed here. */
import { Rehearsal__factory, type Rehearsal } from "#contracts";
import { expect } from "chai";
import type { JsonRpcSigner } from "ethers";

import { startOf } from "../../../../offchain/core/epochs/epochs.ts";
import { address, epoch as toEpoch, type Address } from "../../../../offchain/core/units.ts";
import type { NetworkParams } from "../../../../offchain/ports/network.ts";
import { LocalChain } from "../../settlement/support/local-chain.ts";
import { CommandLine, type Person, type Said } from "../support/command-line.ts";

const TOKEN = 10n ** 18n;

interface Printed {
  readonly to: string;
  readonly value: string;
  readonly data: string;
}

describe("transactions printed for another wallet, on a real local chain", () => {
  let local: LocalChain;
  let line: CommandLine;
  let params: NetworkParams;
  let node: Person;
  /** Of a node that has no key of any owner. */
  let keyless: Pick<Person, "environment">;
  /** A contract that holds money and sends what it is told, as a Safe does once its signers agree. */
  let safe: Rehearsal;
  let safeAddress: Address;
  let relay: string;

  before(async () => {
    local = await LocalChain.start();
    line = await CommandLine.on(local);
    const chain = await local.connect();
    params = await chain.params();
    await chain.close();
    node = await line.person(10n * TOKEN);
    const { WAYBILL_SECRET = "", WAYBILL_DATA = "" } = node.environment;
    keyless = { environment: { WAYBILL_SECRET, WAYBILL_DATA } };
    const deployer = local.contracts.token.runner as JsonRpcSigner;
    safe = await new Rehearsal__factory(deployer).deploy();
    await safe.waitForDeployment();
    safeAddress = address(await safe.getAddress());
    await (await local.contracts.token.transfer(safeAddress, 100n * TOKEN)).wait();
  });

  after(async () => {
    line.remove();
    await local.stop();
  });

  async function printed(args: readonly string[]): Promise<readonly Printed[]> {
    const before = await local.rpc("eth_blockNumber");
    const { code, said, stderr } = await line.run([...args, "--calldata", "--json"], keyless);
    expect(code, stderr).to.equal(0);
    expect(await local.rpc("eth_blockNumber")).to.equal(before);
    for (const one of said) expect(one.event).to.equal("calldata");
    return said as unknown as readonly Printed[];
  }

  async function bySafe(transactions: readonly Printed[]): Promise<void> {
    const outcomes = await safe.run.staticCall(transactions.map((one) => ({ ...one })));
    expect(outcomes.every(({ success }) => success)).to.equal(true);
    await (await safe.run(transactions.map((one) => ({ ...one })))).wait();
  }

  it("a Safe's batch to join holds the approval, in the format that its builder imports", async () => {
    const args = ["relay", "join", "--owner", safeAddress, "--allowance", "2"];
    const { code, stdout, stderr } = await line.run(
      [...args, "--calldata", "--calldata-format", "safe"],
      keyless,
    );
    expect(code, stderr).to.equal(0);
    const batch = JSON.parse(stdout) as {
      readonly version: string;
      readonly chainId: string;
      readonly meta: Said;
      readonly transactions: readonly Printed[];
    };
    expect(batch).to.deep.include({ version: "1.0", chainId: "31337" });
    expect(address(String(batch.meta.createdFromSafeAddress))).to.equal(safeAddress);
    expect(batch.transactions).to.have.lengthOf(3);
    for (const one of batch.transactions)
      expect(one).to.include({ value: "0", contractMethod: null, contractInputsValues: null });

    // Scripts get it as any other line: `run` has looked at its schema.
    const asLine = await line.run(
      [...args, "--calldata", "--calldata-format", "safe", "--json"],
      keyless,
    );
    expect(asLine.said).to.have.lengthOf(1);
    const [{ event, from, batch: same } = {}] = asLine.said;
    expect({ event, from }).to.deep.equal({ event: "safe-batch", from: safeAddress });
    expect((same as typeof batch).meta).to.deep.equal(batch.meta);
    expect((same as typeof batch).transactions).to.have.lengthOf(3);

    await bySafe(batch.transactions);
    const { said } = await line.run(["relay", "list", "--json"], keyless);
    expect(said).to.have.lengthOf(1);
    expect(said[0]).to.include({ owner: safeAddress, agent: node.account, recipient: safeAddress });
    relay = String(said[0]?.relay);
    const [perEpoch] = await local.contracts.channels.agentAllowance(relay);
    expect(perEpoch).to.equal(2n * TOKEN);
  });

  it("later the registry knows the owner: earnings and a vote, without a secret of the node", async () => {
    keyless = { environment: { WAYBILL_DATA: node.data } };
    const { token, channels } = local.contracts;
    await (await token.approve(channels, 5n * TOKEN)).wait();
    await (await channels.addEarnings(relay, 5n * TOKEN)).wait();
    const before = await token.balanceOf(safeAddress);
    await bySafe(await printed(["relay", "withdraw", "--relay", relay, "--amount", "1.25"]));
    expect(await token.balanceOf(safeAddress)).to.equal(before + (5n * TOKEN) / 4n);
  });

  it("an account of its own sends them one by one; a Safe as payer approves and funds, without a permit", async () => {
    const { WAYBILL_SECRET = "", WAYBILL_DATA = "" } = node.environment;
    keyless = { environment: { WAYBILL_SECRET, WAYBILL_DATA } };
    const owner = ["--owner", safeAddress];
    const open = await printed(["channels", "open", "--relay", relay, "--amount", "1", ...owner]);
    expect(open).to.have.lengthOf(2);
    await bySafe(open);
    const fund = await printed(["channels", "fund", "--relay", relay, "--amount", "2", ...owner]);
    expect(fund).to.have.lengthOf(2);
    await local.rpc("hardhat_impersonateAccount", safeAddress);
    await local.rpc("hardhat_setBalance", safeAddress, `0x${(10n ** 18n).toString(16)}`);
    for (const { to, data } of fund)
      await local.rpc("eth_sendTransaction", { from: safeAddress, to, data });
    const [channel] = (await line.run(["channels", "list", "--json"], keyless)).said;
    expect(channel).to.include({
      payer: safeAddress,
      balance: String(3n * TOKEN),
      direction: "in",
    });
  });

  it("what would fail is printed all the same, with a warning and another exit code", async () => {
    const { code, said, stderr } = await line.run(
      ["channels", "fund", "--relay", relay, "--amount", "1", "--calldata", "--json"],
      keyless,
    );
    expect(code).to.equal(5);
    expect(said.at(-1)).to.include({ code: "CHANNEL_NOT_THERE" });
    expect(stderr).to.match(/never opened/);
    const stranger = ["relay", "leave", "--owner", node.account, "--calldata", "--json"];
    const refused = await line.run(stranger, keyless);
    expect(refused.code).to.equal(5);
    expect(refused.said.map(({ event }) => event)).to.deep.equal(["calldata", "error"]);
    expect(refused.said.at(-1)?.message).to.match(/RelayRegistry_NotOwner/);
  });

  it("leaving and the bond: two batches, an unbonding apart", async () => {
    await bySafe(await printed(["relay", "leave"]));
    const [left] = (await line.run(["relay", "list", "--json"], keyless)).said;
    expect(left).to.include({ relay, status: "leaving" });
    await local.moveTo(startOf(params, toEpoch(Number(left?.bondFreeEpoch))));
    const before = await local.contracts.token.balanceOf(safeAddress);
    await bySafe(await printed(["relay", "withdraw", "--only", "bond"]));
    expect(await local.contracts.token.balanceOf(safeAddress)).to.equal(before + 1_000n);
  });

  it("whose account it is has to be said where no key and no registry tells", async () => {
    const stranger = await line.person(0n);
    const { WAYBILL_SECRET = "", WAYBILL_DATA = "" } = stranger.environment;
    const { code, stderr } = await line.run(["relay", "join", "--calldata", "--json"], {
      environment: { WAYBILL_SECRET, WAYBILL_DATA },
    });
    expect(code).to.equal(2);
    expect(stderr).to.match(/--owner.*the account that will own the relay/);
  });
});
