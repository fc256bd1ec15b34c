import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { Command, Option } from "commander";

import { encodeAddress } from "../../client/address.ts";
import { decodeEnvelope } from "../../client/envelope.ts";
import type { CompleteMessage } from "../../client/assembler.ts";
import { MAX_ANSWERS_PER_MINUTE, MessageReceiver } from "../../client/receive-messages.ts";
import { bytesToHex } from "../../core/bytes.ts";
import { sha256 } from "../../core/crypto/index.ts";
import { hasCode } from "../../core/errors.ts";
import { isFree } from "../../core/tickets/index.ts";
import type { Endpoint } from "../../client/endpoint.ts";
import { createEndpoint, waitUntil } from "../edge-service.ts";
import { loadIdentity, type Identity } from "../identity.ts";
import { untilStopped } from "../lifetime.ts";
import { agreement } from "../money/confirm.ts";
import { ticketFunds, ticketMoney } from "../money/packet-costs.ts";
import { ticketCost } from "../money/ticket-cost.ts";
import { withNode, type Node } from "../node.ts";
import { createOutput, type Output } from "../output.ts";
import { addCommonOptions, positiveInteger, type CommonOptions } from "../settings.ts";

interface ReceiveOptions extends CommonOptions {
  readonly out: string;
  readonly wait: number;
  readonly yes: boolean;
  readonly dryRun: boolean;
}

/** How often the address is looked at: it changes with the era and with connections. */
const ADDRESS_POLL = 500;

/** `waybill receive`: prints this node's address and writes what arrives. */
export function receiveCommand(): Command {
  return addCommonOptions(
    new Command("receive").description(
      "print this node's address and write arriving files; answers need open channels to relays of layer 0 unless the network is free",
    ),
  )
    .option("--out <folder>", "where files are written", "received")
    .addOption(
      new Option("--wait <seconds>", "how long to wait for a connection at first")
        .default(120)
        .argParser(positiveInteger("--wait")),
    )
    .option("-y, --yes", "receive, and answer, without asking", false)
    .option("--dry-run", "tell what answers can cost; receive nothing", false)
    .addHelpText(
      "after",
      "\nAnswers to senders, who ask what has arrived, are packets with tickets. Before it begins it tells what they can" +
        "\ncost, and asks, unless the network is free. Tickets are paid from this account's channels alone, up to what was" +
        "\nput there for that.\n" +
        "\nExample:\n  WAYBILL_SECRET_FILE=./secret waybill receive --out ./inbox",
    )
    .action(async (options: ReceiveOptions) => {
      const identity = await loadIdentity(options);
      const output = createOutput(options.json);
      await withNode(options, "agent", async (node) => {
        await tellCost(node, identity, output);
        if (options.dryRun) return;
        if (!isFree(node.view.params.ticketAmounts))
          await agreement("Receive, and answer?", options, output);
        mkdirSync(options.out, { recursive: true, mode: 0o700 });
        const endpoint = await createEndpoint(node, identity, (data) => {
          receiver.handle(data);
        });
        const receiver = new MessageReceiver(endpoint.courier, node.clock, (message) =>
          keep(message, options.out, output),
        );
        try {
          await endpoint.start();
          await waitUntil(node, "a connection to a relay of the last layer", options.wait, () =>
            isReachable(endpoint),
          );
          const stop = tellAddress(endpoint, output);
          await untilStopped();
          stop();
          output.event("stopped", "stopped", {
            inbox: endpoint.inbox.counts,
            messages: receiver.counts,
            outcomes: endpoint.courier.counts,
          });
        } finally {
          await endpoint.stop();
        }
      });
    });
}

async function tellCost({ chain, view }: Node, identity: Identity, output: Output): Promise<void> {
  const answers = MAX_ANSWERS_PER_MINUTE;
  const { ticket, expected: expectedCost } = ticketCost(answers, view.params);
  const most = ticketFunds(view, identity);
  const { tokens } = await ticketMoney(chain, view.params.chainId);
  const cost = isFree(view.params.ticketAmounts)
    ? "the network is free"
    : `the tickets of so many cost ${tokens(expectedCost)} on average, and ${tokens(ticket)} each that wins, and all of ` +
      `them never more than this account's channels hold, which is ${tokens(most)} now`;
  output.event("receiving", `${answers} answers a minute at most: ${cost}`, {
    ...{ answersPerMinute: answers, ticket, expectedCost, most },
  });
}

const isReachable = (endpoint: Endpoint): boolean => endpoint.connectedLastRelays().length > 0;

/** Prints the address whenever it has changed; returns what stops it. */
function tellAddress(endpoint: Endpoint, output: Output): () => void {
  let known = "";
  const tell = (): void => {
    const address = currentAddress(endpoint);
    if (address === undefined || address === known) return;
    known = address;
    const relays = endpoint.connectedLastRelays().length;
    output.event("address", address, { address, lastRelays: relays });
  };
  tell();
  const timer = setInterval(tell, ADDRESS_POLL);
  return () => {
    clearInterval(timer);
  };
}

/** Undefined while nobody can reach this node, for a moment at the edge of an era, too. */
function currentAddress(endpoint: Endpoint): string | undefined {
  if (!isReachable(endpoint)) return undefined;
  try {
    return encodeAddress(endpoint.courier.address());
  } catch (error) {
    if (hasCode(error, "ERA_WITHOUT_LAYERS") || hasCode(error, "ADDRESS_INVALID")) return undefined;
    throw error;
  }
}

/** False when there is a file that cannot be written: its sender is not told that it arrived. */
export function keep(message: CompleteMessage, folder: string, output: Output): boolean {
  const file = decodeEnvelope(message.bytes);
  if (file === undefined) {
    output.event("malformed", "a message arrived that is no file; it was dropped");
    return true;
  }
  const id = bytesToHex(message.messageId).slice(2);
  const path = join(folder, file.name === "" ? id : `${id.slice(0, 8)}-${file.name}`);
  try {
    write(path, file.content);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    output.event("unkept", `a file arrived and could not be written: ${reason}`, { path, reason });
    return false;
  }
  output.event("file", `received ${path}, ${file.content.length} bytes`, {
    path,
    name: file.name,
    bytes: file.content.length,
    sha256: bytesToHex(sha256(file.content)),
    messageSha256: bytesToHex(sha256(message.bytes)),
  });
  return true;
}

/** Beside its place first, so that no reader sees half a file. */
function write(path: string, content: Uint8Array): void {
  writeFileSync(`${path}.part`, content, { mode: 0o600 });
  renameSync(`${path}.part`, path);
}
