import { Command, Option } from "commander";

import { address, amount } from "../../core/units.ts";
import { possessionAlpha } from "../../core/vrf/alpha.ts";
import { WaybillError } from "../../core/errors.ts";
import { Exposure } from "../../settlement/exposure.ts";
import { loadIdentity, loadOwner, proveOnChain } from "../identity.ts";
import { untilStopped } from "../lifetime.ts";
import { openNode } from "../node.ts";
import { createOutput, formatAmount, type Output } from "../output.ts";
import { createRedeemer, findRelay, RelayService, type RelayStatus } from "../relay-service.ts";
import { addCommonOptions, positiveInteger, tokenAmount, type CommonOptions } from "../settings.ts";
import { joinAsRelay, withdrawEarnings } from "../../settlement/relay-life.ts";
import { actionsOf, requireTokens } from "../transactions.ts";

/** `waybill relay …`: what an operator does. */
export function relayCommand(): Command {
  return new Command("relay")
    .description("bond, run and settle a relay")
    .addCommand(joinCommand())
    .addCommand(runCommand())
    .addCommand(redeemCommand())
    .addCommand(withdrawCommand());
}

interface JoinOptions extends CommonOptions {
  readonly announce?: string;
  readonly recipient?: string;
  readonly allowance: bigint;
}

function joinCommand(): Command {
  return addCommonOptions(
    new Command("join").description(
      "bond a relay: the owner's account pays the bond, this node's secret gives the keys",
    ),
  )
    .option("--announce <multiaddr>", "where the relay is dialled; `relay run` keeps it up to date")
    .option("--recipient <address>", "account that earnings are paid to; the owner unless given")
    .addOption(
      new Option(
        "--allowance <tokens>",
        "what the agent may move from earnings into channels per epoch",
      )
        .default(0n, "0")
        .argParser(tokenAmount("--allowance")),
    )
    .addHelpText(
      "after",
      "\nExample:\n  WAYBILL_SECRET_FILE=./secret WAYBILL_OWNER_KEY_FILE=./owner waybill relay join",
    )
    .action(async (options: JoinOptions) => {
      const identity = await loadIdentity();
      const owner = loadOwner();
      const output = createOutput(options.json);
      const node = await openNode(options, false);
      try {
        const known = findRelay(node, identity);
        if (known !== undefined) {
          output.event("joined", `relay ${known.id} is registered already`, {
            relay: known.id,
            already: true,
          });
          return;
        }
        const bond = await node.chain.reads.bond();
        await requireTokens(node, owner.address, bond);
        const relay = await joinAsRelay(actionsOf(node, owner), {
          agent: identity.account,
          recipient: options.recipient === undefined ? owner.address : address(options.recipient),
          vrfKey: identity.vrfPublicKey,
          packetKey: identity.packetPublicKey,
          multiaddr: options.announce ?? `/p2p/${identity.peer}`,
          prove: (id) => proveOnChain(identity, possessionAlpha(id)),
          agentAllowance: amount(options.allowance),
        });
        output.event(
          "joined",
          `relay ${relay} joined with a bond of ${formatAmount(bond)} tokens; its agent account is ${identity.account}`,
          { relay, agent: identity.account, bond, already: false },
        );
      } finally {
        await node.close();
      }
    });
}

interface RunOptions extends CommonOptions {
  readonly listen: string;
  readonly announce?: string;
  readonly channelTarget: bigint;
  readonly channelBudget: bigint;
  readonly leastPayout: bigint;
  readonly statusEvery: number;
}

function runCommand(): Command {
  return addCommonOptions(
    new Command("run").description(
      "forward packets, keep channels to the next layer, redeem winning tickets",
    ),
  )
    .addOption(
      new Option("--listen <multiaddr>", "where to listen")
        .env("WAYBILL_LISTEN")
        .default("/ip4/0.0.0.0/tcp/4020"),
    )
    .addOption(
      new Option(
        "--announce <multiaddr>",
        "where others dial, with /p2p/ and the peer id; the listening address unless given",
      ).env("WAYBILL_ANNOUNCE"),
    )
    .addOption(
      new Option("--channel-target <tokens>", "what each channel to the next layer is filled up to")
        .default(10n ** 18n, "1")
        .argParser(tokenAmount("--channel-target")),
    )
    .addOption(
      new Option("--channel-budget <tokens>", "most that lies in all of them together")
        .default(100n * 10n ** 18n, "100")
        .argParser(tokenAmount("--channel-budget")),
    )
    .addOption(
      new Option("--least-payout <tokens>", "batches worth less wait for more tickets")
        .default(0n, "0")
        .argParser(tokenAmount("--least-payout")),
    )
    .addOption(
      new Option("--status-every <seconds>", "how often a status line is printed")
        .default(60)
        .argParser(positiveInteger("--status-every")),
    )
    .addHelpText(
      "after",
      "\nExample:\n  WAYBILL_SECRET_FILE=./secret waybill relay run --listen /ip4/0.0.0.0/tcp/4020",
    )
    .action(async (options: RunOptions) => {
      const identity = await loadIdentity();
      const output = createOutput(options.json);
      const node = await openNode(options, true);
      node.log.info("cryptography backend", { backend: identity.backend.name });
      try {
        const service = await RelayService.start(node, identity, {
          listen: options.listen,
          announce: options.announce,
          channelTarget: amount(options.channelTarget),
          channelBudget: amount(options.channelBudget),
          leastPayout: amount(options.leastPayout),
        });
        output.event("running", `relay ${service.self} is running`, { relay: service.self });
        const timer = setInterval(() => {
          void service.status().then((status) => {
            printStatus(output, status);
          });
        }, options.statusEvery * 1_000);
        await untilStopped();
        clearInterval(timer);
        await service.stop();
        printStatus(output, await service.status());
        output.event("stopped", "stopped");
      } finally {
        await node.close();
      }
    });
}

function printStatus(output: Output, status: RelayStatus): void {
  const { counts, winners, layer } = status;
  output.event(
    "status",
    `layer ${layer ?? "none"}: ${counts["packets-accepted"]} packets taken, ${counts["tickets-won"]} tickets won, ` +
      `${counts["tickets-lost"]} lost, ${winners.redeemed.count} redeemed, ${winners.won.count + winners.submitted.count} waiting`,
    { ...status },
  );
}

function redeemCommand(): Command {
  return addCommonOptions(
    new Command("redeem").description(
      "redeem the winning tickets in this node's database; `relay run` does it by itself",
    ),
  )
    .addHelpText(
      "after",
      "\nExample:\n  WAYBILL_SECRET_FILE=./secret waybill relay redeem --data ./relay",
    )
    .action(async (options: CommonOptions) => {
      const identity = await loadIdentity();
      const node = await openNode(options, true);
      try {
        const relay = findRelay(node, identity);
        if (relay === undefined)
          throw new WaybillError("NOT_REGISTERED", { got: identity.account });
        const exposure = new Exposure(node.view);
        const outbox = node.outbox(identity.signer);
        const redeemer = createRedeemer(node, identity, relay.id, outbox, exposure);
        const before = (await node.store.winners.totals()).redeemed;
        await settle(node, redeemer);
        const totals = await node.store.winners.totals();
        const count = totals.redeemed.count - before.count;
        const value = totals.redeemed.amount - before.amount;
        createOutput(options.json).event(
          "redeemed",
          `${count} tickets redeemed, worth ${formatAmount(value)} tokens before the burn share; ${totals.won.count} wait for their epoch to end`,
          { relay: relay.id, tickets: count, value, waiting: totals.won.count },
        );
      } finally {
        await node.close();
      }
    });
}

/** Steps until no batch is under way and none could start. */
async function settle(
  node: Awaited<ReturnType<typeof openNode>>,
  redeemer: ReturnType<typeof createRedeemer>,
): Promise<void> {
  let quiet = 0;
  while (quiet < 3) {
    await redeemer.step();
    const { submitted } = await node.store.winners.totals();
    quiet = submitted.count === 0 ? quiet + 1 : 0;
    await new Promise<void>((resolve) => node.clock.after(node.interval, resolve));
  }
}

function withdrawCommand(): Command {
  return addCommonOptions(
    new Command("withdraw").description("move a relay's earnings to its recipient of earnings"),
  )
    .addOption(
      new Option("--amount <tokens>", "how much; everything unless given").argParser(
        tokenAmount("--amount"),
      ),
    )
    .addHelpText(
      "after",
      "\nExample:\n  WAYBILL_SECRET_FILE=./secret WAYBILL_OWNER_KEY_FILE=./owner waybill relay withdraw",
    )
    .action(async (options: CommonOptions & { readonly amount?: bigint }) => {
      const identity = await loadIdentity();
      const owner = loadOwner();
      const node = await openNode(options, false);
      const output = createOutput(options.json);
      try {
        const relay = findRelay(node, identity);
        if (relay === undefined)
          throw new WaybillError("NOT_REGISTERED", { got: identity.account });
        const credit = await node.chain.reads.earnings(relay.id);
        const wanted = options.amount ?? credit;
        if (wanted > credit)
          throw new WaybillError("ACCOUNT_SHORT", {
            what: "earnings",
            got: formatAmount(credit),
            allowed: `≥ ${formatAmount(wanted)}`,
          });
        if (wanted === 0n) {
          output.event("withdrawn", "there are no earnings to withdraw", {
            relay: relay.id,
            amount: 0n,
          });
          return;
        }
        await withdrawEarnings(actionsOf(node, owner), relay.id, amount(wanted));
        output.event("withdrawn", `${formatAmount(wanted)} tokens withdrawn`, {
          relay: relay.id,
          amount: wanted,
        });
      } finally {
        await node.close();
      }
    });
}
