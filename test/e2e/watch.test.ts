/**
 * `waybill watch` as it runs on another machine: a process with a folder of its own, an export that is brought to it,
 * no secret of the node but the passphrase of the export, and a relay that is down all the time.
 */
import { expect } from "chai";
import { mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";

import type { EthersChain } from "../../offchain/adapters/ethers/chain.ts";
import { RELAY_META } from "../../offchain/app/backup/watch-export.ts";
import { epochAt, startOf } from "../../offchain/core/epochs/epochs.ts";
import { burnedOf } from "../../offchain/core/tickets/index.ts";
import {
  amount,
  channelId,
  epoch as toEpoch,
  relayId,
  type ChannelId,
  type Epoch,
} from "../../offchain/core/units.ts";
import type { NetworkParams } from "../../offchain/ports/network.ts";
import { redeemBy, watchFrom } from "../../offchain/settlement/closings.ts";
import { CommandLine, type Person } from "../offchain/app/support/command-line.ts";
import { Winnings, withStore, worth, type RelayOf } from "../offchain/app/support/winnings.ts";
import { LocalChain } from "../offchain/settlement/support/local-chain.ts";
import { faultOf } from "../support/line-schemas.ts";
import { endAll, start, type Run } from "./support/run.ts";
import { until } from "./support/wait.ts";

const TOKEN = 10n ** 18n;
const PASSPHRASE = { WAYBILL_BACKUP_PASSPHRASE: "correct horse battery staple" };
/** Seconds; the machine may be slow. */
const PATIENCE = 120;

describe("watching from another machine", () => {
  let local: LocalChain;
  let chain: EthersChain;
  let params: NetworkParams;
  let line: CommandLine;
  let winnings: Winnings;
  let relay: RelayOf;
  let closer: Person;
  let stayer: Person;
  let run: Run | undefined;
  let elsewhere: string;

  before(async () => {
    local = await LocalChain.start();
    chain = await local.connect();
    params = await chain.params();
    line = await CommandLine.on(local);
    winnings = new Winnings(local, params);
    elsewhere = join(line.folder, "elsewhere");
    mkdirSync(elsewhere, { mode: 0o700 });
    const [person, one, two] = [
      await line.person(10n * TOKEN),
      await line.person(10n * TOKEN),
      await line.person(10n * TOKEN),
    ];
    [closer, stayer] = [one, two];
    const joined = await line.done(["relay", "join"], person);
    relay = { id: relayId(String(joined.relay)), person };
    await line.run(["redeem", "--dry-run"], person);
    await withStore(person, (store) => store.setMeta(RELAY_META, relay.id));
  });

  after(async () => {
    if (run !== undefined) {
      endAll(run);
      rmSync(run.temporary, { recursive: true, force: true, maxRetries: 5 });
    }
    await chain.close();
    line.remove();
    await local.stop();
  });

  const file = (): string => join(elsewhere, "waybill.watch");

  /** As it comes from the relay's machine: whole, in one moment. */
  async function bringExport(): Promise<void> {
    const made = join(line.folder, "made.watch");
    const environment = { ...relay.person.environment, ...PASSPHRASE };
    const args = ["backup", "export", "--watch-only", "--out", made, "--json"];
    const { code, stderr } = await line.run(args, { environment });
    expect(code, stderr).to.equal(0);
    renameSync(made, file());
  }

  const opened = async (payer: Person): Promise<ChannelId> => {
    const open = ["channels", "open", "--relay", relay.id, "--amount", "1"];
    return channelId(String((await line.done(open, payer)).channel));
  };
  const now = async (): Promise<Epoch> =>
    epochAt(params, (await chain.head()).timestamp) ?? toEpoch(0);
  const said = (): Readonly<Record<string, unknown>>[] =>
    (run?.stdout ?? "")
      .split("\n")
      .slice(0, -1)
      .map((text) => JSON.parse(text) as Record<string, unknown>);
  const holds = (count: number) => () =>
    said().some(({ event, held }) => event === "watching" && held === count);

  it("threat 10: while the relay is down, redeems from a closing channel alone, with half of the notice left, also what a newer export brings", async () => {
    const [closing, open] = [await opened(closer), await opened(stayer)];
    // The close comes in the first seconds of an epoch: its end is as far away as it can be.
    await local.moveTo(startOf(params, toEpoch((await now()) + 1)));
    const left = await winnings.win(relay, open, stayer, await now());
    const early = await winnings.win(relay, closing, closer, await now());
    await bringExport();
    const data = join(elsewhere, "data");
    const { WAYBILL_RPC_URL, WAYBILL_NETWORK } = line.environmentOf(relay.person);
    run = start("offchain/app/main.ts", ["watch", "--export", file(), "--data", data, "--json"], {
      ...{ WAYBILL_RPC_URL, WAYBILL_NETWORK, WAYBILL_POLL: "100", ...PASSPHRASE },
    });
    await until(PATIENCE, "it has read the export", holds(left.length + early.length));

    const late = await winnings.win(relay, closing, closer, await now());
    const closed = await line.done(["channels", "close", "--relay", relay.id], closer);
    const state = await local.contracts.channels.channelState(closing);
    expect(Number(state.closableAt)).to.equal(closed.closableAt);
    const notice = { closableAt: Number(state.closableAt) } as Parameters<typeof redeemBy>[0];
    await bringExport();
    const all = [...early, ...late];
    await until(PATIENCE, "it has read the newer one", holds(left.length + all.length));
    const { account } = relay.person;
    const nonce = await chain.nonce(account, "pending");

    await local.moveTo(watchFrom(notice, params.noticePeriod));
    const due = worth(all) - burnedOf(amount(worth(all)), params.burnShareBps);
    await until(PATIENCE, "it has redeemed", async () => {
      return (await chain.reads.earnings(relay.id)) >= due - 1n;
    });
    expect((await chain.reads.earnings(relay.id)) <= due + 1n, "no more than that").to.equal(true);
    const { timestamp } = await chain.head();
    expect(timestamp).to.be.at.most(redeemBy(notice, params.noticePeriod));
    expect(await chain.nonce(account, "pending")).to.equal(nonce + 1);

    // The payer gets the rest, and no more.
    await local.moveTo(notice.closableAt);
    const refunded = await line.done(["channels", "close", "--relay", relay.id], closer);
    expect(refunded).to.include({ event: "refunded", amount: String(TOKEN - worth(all)) });
  });

  it("ends when it is asked to, and says what it still holds", async () => {
    run?.interrupt("SIGTERM");
    expect(await run?.ended, run?.stderr).to.equal(0);
    const lines = said();
    for (const one of lines) expect(await faultOf(one)).to.equal(undefined);
    expect(lines.at(-1)).to.include({ event: "stopped", closing: 0 });
    expect(run?.stderr).to.not.match(/"level":"error"/);
    const others = readdirSync(join(elsewhere, "data")).filter((name) => !/^watch\.db/.test(name));
    expect(others).to.deep.equal([]);
  });
});
