import { Command, Option } from "commander";

import { hasCode, WaybillError } from "../../core/errors.ts";
import { amount, type Amount, type Millis } from "../../core/units.ts";
import { newBackupPassphrase } from "../backup/passphrase.ts";
import { startBackups } from "../backup/rotation.ts";
import { effectiveSettings } from "../config/attach.ts";
import { loadIdentity, type Identity } from "../identity.ts";
import { processLifetime, type Lifetime } from "../lifetime.ts";
import { parseHost, parseListen, type ListenAddress } from "../api/address.ts";
import { Monitor } from "../monitor.ts";
import { readNetwork } from "../networks.ts";
import { withNode, type Node } from "../node.ts";
import { createOutput, type Output } from "../output.ts";
import { LEAST_SPAN, requireSpan } from "../report/figures.ts";
import { announcedAddress, listenAddress } from "../relay/addresses.ts";
import { writtenPolicy, type WrittenPolicy } from "../relay/channel-policy.ts";
import { drandUrls } from "../relay/randomness.ts";
import { RelayService } from "../relay/service.ts";
import { StatusLines } from "../relay/status-lines.ts";
import type { RelayStatus } from "../relay/status.ts";
import {
  addCommonOptions,
  positiveInteger,
  tokenAmount,
  wholeNumber,
  type CommonOptions,
} from "../settings.ts";

interface RunOptions extends CommonOptions {
  readonly listen: string;
  readonly announce?: string;
  readonly channelTarget?: bigint;
  readonly channelBudget?: bigint;
  readonly channelPolicy?: string;
  readonly leastPayout: bigint;
  readonly tokenPrice?: bigint;
  readonly drandUrl?: readonly string[];
  readonly packetKeyEpochs?: number;
  readonly statusEvery: number;
  readonly api: boolean;
  readonly apiListen: string;
  readonly apiHost?: readonly string[];
  readonly figuresEvery: number;
  readonly backupFolder?: string;
  readonly backupEvery: number;
  readonly backupKeep: number;
}

/** `waybill run`. */
export function runCommand(): Command {
  return addCommonOptions(
    new Command("run").description(
      "forward packets, keep channels to the next layer, redeem winning tickets",
    ),
  )
    .addOption(
      new Option("--listen <multiaddr>", "where to listen")
        .default("/ip4/0.0.0.0/tcp/4020")
        .argParser(listenAddress("--listen")),
    )
    .addOption(
      new Option(
        "--announce <multiaddr>",
        "where others dial, such as /dns4/relay.example/tcp/4020; an address of this machine unless given",
      ),
    )
    .addOption(
      new Option(
        "--channel-target <tokens>",
        "what each channel to the next layer is filled up to; 16 winning tickets' worth unless given",
      ).argParser(tokenAmount("--channel-target")),
    )
    .addOption(
      new Option(
        "--channel-budget <tokens>",
        "most that lies in all of them together; 64 channels' worth unless given",
      ).argParser(tokenAmount("--channel-budget")),
    )
    .option(
      "--channel-policy <file>",
      "rules by which channels are opened, filled and closed (docs/operating.md, Channels by policy)",
    )
    .addOption(
      new Option(
        "--least-payout <tokens>",
        "an epoch's winning tickets that are worth less together are not redeemed by themselves: they wait for later " +
          "ones of their channels, and expire when none come; claims of the lottery are not asked",
      )
        .default(0n, "0")
        .argParser(tokenAmount("--least-payout")),
    )
    .addOption(
      new Option(
        "--token-price <coins>",
        "what one token is worth in the chain's coin, such as 0.0004: winning tickets and claims that are worth less " +
          "than their gas wait; " +
          "gas does not count unless given",
      ).argParser(tokenAmount("--token-price")),
    )
    .addOption(
      new Option(
        "--drand-urls, --drand-url <url>",
        "endpoint of the network's drand chain, asked in this order; may be given again, and hold several with " +
          "commas between them; the network's own unless given, then the public ones of quicknet",
      ).argParser(drandUrls),
    )
    .addOption(
      new Option(
        "--packet-key-epochs <epochs>",
        "how long each packet key stays in force before the next one; the network's settlement window unless " +
          "given, 0 keeps the first key for ever",
      ).argParser(wholeNumber("--packet-key-epochs")),
    )
    .addOption(
      new Option(
        "--status-every <seconds>",
        "how often a status line is printed; at least 60, less on local chains only",
      )
        .default(LEAST_SPAN)
        .argParser(positiveInteger("--status-every")),
    )
    .addOption(
      new Option(
        "--api-listen <address>",
        "where the HTTP API listens: an address of this machine and a port",
      ).default("127.0.0.1:4021"),
    )
    .addOption(
      new Option(
        "--api-host <name:port>",
        "a further name under which the API may be asked; lets it listen on other addresses, too, without " +
          "encryption: for containers and private networks only; may be given again",
      ).argParser(hostList),
    )
    .option("--no-api", "no HTTP API")
    .addOption(
      new Option(
        "--figures-every <seconds>",
        "how often figures about packets change in the API; at least 60, less on local chains only",
      )
        .default(LEAST_SPAN)
        .argParser(positiveInteger("--figures-every")),
    )
    .option(
      "--backup-folder <folder>",
      "where encrypted backups are written while it runs, and the export for `waybill watch`; needs " +
        "WAYBILL_BACKUP_PASSPHRASE or its _FILE twin",
    )
    .addOption(
      new Option("--backup-every <minutes>", "how often")
        .default(60)
        .argParser(positiveInteger("--backup-every")),
    )
    .addOption(
      new Option("--backup-keep <count>", "how many are kept")
        .default(24)
        .argParser(positiveInteger("--backup-keep")),
    )
    .addHelpText(
      "after",
      "\nExample:\n  WAYBILL_SECRET_FILE=./secret waybill run --listen /ip4/0.0.0.0/tcp/4020",
    )
    .action(async (options: RunOptions, command: Command) => {
      const lifetime = processLifetime();
      const checked = checkSettings(options);
      const identity = await loadIdentity(options);
      const announce = announceOf(options, identity);
      const output = createOutput(options.json);
      const passphrase =
        options.backupFolder === undefined ? undefined : await newBackupPassphrase();
      const monitor = await Monitor.open(options, {
        listen: checked.apiListen,
        names: options.apiHost ?? [],
        settings: effectiveSettings(command),
        figuresEvery: options.figuresEvery,
      });
      try {
        await withNode(
          options,
          "agent",
          async (node) => {
            const stopBackups = startBackups(node, identity, options, passphrase);
            try {
              const start = (): Promise<RelayService> =>
                RelayService.start(node, identity, {
                  listen: options.listen,
                  announce,
                  channels: checked.channels,
                  leastPayout: amount(options.leastPayout),
                  tokenPrice: options.tokenPrice,
                  drandUrls: options.drandUrl ?? [],
                  packetKeyEpochs: options.packetKeyEpochs,
                });
              await forward(node, start, lifetime, checked.span, output, monitor);
            } finally {
              await stopBackups();
            }
          },
          { opening: monitor, lifetime, redeemer: identity.vrfPublicKey },
        );
      } catch (error) {
        if (!hasCode(error, "RUN_STOPPED")) throw error;
      } finally {
        await monitor.close();
      }
      output.event("stopped", "stopped");
    });
}

interface Checked {
  /** Undefined: no API. */
  readonly apiListen: ListenAddress | undefined;
  readonly channels: WrittenPolicy;
  /** Between two status lines. */
  readonly span: Millis;
}

/** What can be known to be wrong before there is a chain, a database or a passphrase ends the command here. */
function checkSettings(options: RunOptions): Checked {
  const { chainId } = readNetwork(options.network).deployment;
  requireSpan(options.figuresEvery, chainId, "--figures-every");
  return {
    apiListen: options.api ? parseListen(options.apiListen, options.apiHost) : undefined,
    channels: writtenPolicy({
      channelTarget: optional(options.channelTarget),
      channelBudget: optional(options.channelBudget),
      channelPolicy: options.channelPolicy,
    }),
    span: requireSpan(options.statusEvery, chainId, "--status-every"),
  };
}

const announceOf = ({ announce }: RunOptions, { peer }: Identity): string | undefined =>
  announce === undefined ? undefined : announcedAddress("--announce", announce, peer);

/** Runs the relay until `lifetime` ends; rejects with the fault when that is why. */
async function forward(
  node: Node,
  start: () => Promise<RelayService>,
  lifetime: Lifetime,
  span: Millis,
  output: Output,
  monitor: Monitor,
): Promise<void> {
  monitor.sees(node);
  const { chainId } = node.view.params;
  const service = await start();
  monitor.runs(node, service);
  output.event("running", `relay ${service.self} is running`, {
    relay: service.self,
    api: monitor.url,
  });
  const tell = async (): Promise<void> => {
    try {
      printStatus(output, await service.status());
    } catch (error) {
      node.log.warn("the status cannot be told", { error: String(error) });
    }
  };
  const lines = new StatusLines({ clock: node.clock, chainId, span, tell });
  try {
    await lifetime.ended;
  } catch (error) {
    node.log.error(String(error), { code: error instanceof WaybillError ? error.code : undefined });
    throw error;
  } finally {
    monitor.reached("stopping");
    lines.stop();
    await service.stop();
    await lines.tellLast();
  }
}

const hostList = (text: string, earlier: readonly string[] = []): readonly string[] => [
  ...earlier,
  ...text.split(",").map((name) => parseHost(name.trim())),
];

const optional = (tokens: bigint | undefined): Amount | undefined =>
  tokens === undefined ? undefined : amount(tokens);

function printStatus(output: Output, status: RelayStatus): void {
  const { counts, winners, layer } = status;
  output.event(
    "status",
    `layer ${layer ?? "none"}: ${counts["packets-accepted"]} packets taken, ${counts["tickets-won"]} tickets won, ` +
      `${counts["tickets-lost"]} lost, ${winners.redeemed.count} redeemed, ${winners.won.count + winners.submitted.count} waiting`,
    { ...status },
  );
}
