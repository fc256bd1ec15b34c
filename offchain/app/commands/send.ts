import { Command, Option } from "commander";

import { decodeAddress } from "../../client/address.ts";
import { leastPackets, sendMessage, type SendProgress } from "../../client/send-message.ts";
import { bytesToHex } from "../../core/bytes.ts";
import { sha256 } from "../../core/crypto/index.ts";
import { isFree } from "../../core/tickets/index.ts";
import { millis, type Millis } from "../../core/units.ts";
import type { Clock } from "../../ports/clock.ts";
import { createEndpoint, waitUntil } from "../edge-service.ts";
import { loadIdentity, type Identity } from "../identity.ts";
import { readInputFile } from "../input-file.ts";
import { agreement } from "../money/confirm.ts";
import { ticketFunds, ticketMoney } from "../money/packet-costs.ts";
import { ticketCost } from "../money/ticket-cost.ts";
import { withNode, type Node } from "../node.ts";
import { createOutput, type Output } from "../output.ts";
import { addCommonOptions, positiveInteger, type CommonOptions } from "../settings.ts";
import { progressBar } from "../terminal.ts";

interface SendOptions extends CommonOptions {
  readonly to: string;
  readonly file: string;
  readonly name?: string | false;
  readonly rate: number;
  readonly rounds: number;
  readonly wait: number;
  readonly yes: boolean;
  readonly dryRun: boolean;
}

/** Three exponential delays stay below this many means but once in 10,000. */
const ROUTE_MEANS = 14;
const MARGIN = 2_000;
/** How often progress is told, at most. */
const PROGRESS_EVERY = 250;

/** `waybill send`: one file to one recipient. */
export function sendCommand(): Command {
  return addCommonOptions(
    new Command("send").description(
      "send a file; needs open channels to relays of layer 0 (`waybill channels open`) unless the network is free",
    ),
  )
    .requiredOption("--to <address>", "the recipient's address, as `waybill receive` prints it")
    .requiredOption("--file <path>", "the file")
    .option("--name <name>", "name that the recipient sees; the file's own unless given")
    .option("--no-name", "give no name away")
    .addOption(
      new Option("--rate <packets>", "mean packets a second")
        .default(50)
        .argParser(positiveInteger("--rate")),
    )
    .addOption(
      new Option("--rounds <n>", "rounds of asking and repeating before giving up")
        .default(10)
        .argParser(positiveInteger("--rounds")),
    )
    .addOption(
      new Option("--wait <seconds>", "how long to wait for connections at first")
        .default(120)
        .argParser(positiveInteger("--wait")),
    )
    .option("-y, --yes", "send without asking", false)
    .option("--dry-run", "tell what it would cost; send nothing", false)
    .addHelpText(
      "after",
      "\nBefore its first packet it tells how many it takes and what their tickets cost, and asks, unless the network is" +
        "\nfree. Tickets are paid from this account's channels alone, up to what was put there for that.\n" +
        "\nExample:\n  WAYBILL_SECRET_FILE=./secret waybill send --to waybill1… --file report.pdf",
    )
    .action(async (options: SendOptions) => {
      const to = decodeAddress(options.to);
      const name = options.name === false ? "" : options.name;
      const { content, message } = readInputFile(options.file, name);
      const identity = await loadIdentity(options);
      const output = createOutput(options.json);
      await withNode(options, "agent", async (node) => {
        await tellCost(node, identity, output, message.length);
        if (options.dryRun) return;
        if (!isFree(node.view.params.ticketAmounts)) await agreement("Send it?", options, output);
        const endpoint = await createEndpoint(node, identity, () => undefined);
        const progress = tellProgress(output, node.clock);
        try {
          await endpoint.start();
          await waitUntil(
            node,
            `${isFree(node.view.params.ticketAmounts) ? "" : "a funded channel and "}a connection to a relay of layer 0, and a connection to one of the last layer`,
            options.wait,
            () =>
              endpoint.usableFirstRelays().length > 0 && endpoint.connectedLastRelays().length > 0,
          );
          const route = (ROUTE_MEANS * node.view.params.meanDelay) as Millis;
          const result = await sendMessage(
            { courier: endpoint.courier, clock: node.clock, random: node.random },
            to,
            message,
            {
              packetsPerSecond: options.rate,
              settle: millis(route + MARGIN),
              answerTimeout: millis(2 * route + MARGIN),
              maxRounds: options.rounds,
              onProgress: progress.tell,
            },
          );
          progress.end();
          output.event(
            "sent",
            `sent in ${result.packetsSent} packets, ${result.repeats} of them repeats; the recipient has confirmed it`,
            {
              ...result,
              fileSha256: bytesToHex(sha256(content)),
              outcomes: endpoint.courier.counts,
            },
          );
        } finally {
          progress.end();
          await endpoint.stop();
        }
      });
    });
}

/** A packet takes a ticket, and a ticket is paid from an open channel of the account or not at all. */
async function tellCost(
  { chain, view }: Node,
  identity: Identity,
  output: Output,
  length: number,
): Promise<void> {
  const packets = leastPackets(length);
  const { ticket, expected: expectedCost } = ticketCost(packets, view.params);
  const most = ticketFunds(view, identity);
  const after = most > expectedCost ? most - expectedCost : 0n;
  const { tokens } = await ticketMoney(chain, view.params.chainId);
  const cost = isFree(view.params.ticketAmounts)
    ? "the network is free"
    : `their tickets cost ${tokens(expectedCost)} on average, and ${tokens(ticket)} each that wins; of the ${tokens(most)} ` +
      `in this account's channels some ${tokens(after)} are left. What is lost and sent again costs as much again, and ` +
      "all of it never more than the channels hold";
  output.event("sending", `${packets} packets at least: ${cost}`, {
    ...{ packets, ticket, expectedCost, most, after },
  });
}

/** How far it has come: people see a bar where there is a terminal, programs get lines, and not too many of them. */
function tellProgress(
  output: Output,
  clock: Clock,
): { readonly tell: (progress: SendProgress) => void; readonly end: () => void } {
  if (!output.json) {
    const bar = progressBar();
    return {
      tell({ sent, fragments, reported }) {
        const text = `${sent} packets sent, ${reported} of ${fragments} confirmed`;
        bar?.show(Math.min(sent, fragments), fragments, text);
      },
      end: () => bar?.stop(),
    };
  }
  let told = 0;
  return {
    tell(progress) {
      const now = clock.monotonic();
      if (now - told < PROGRESS_EVERY && progress.sent < progress.fragments) return;
      told = now;
      output.event("progress", "", { ...progress });
    },
    end: () => undefined,
  };
}
