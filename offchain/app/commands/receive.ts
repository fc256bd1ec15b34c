import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { Command, Option } from "commander";

import { encodeAddress } from "../../client/address.ts";
import { decodeEnvelope } from "../../client/envelope.ts";
import type { CompleteMessage } from "../../client/assembler.ts";
import { MessageReceiver } from "../../client/receive-messages.ts";
import { bytesToHex } from "../../core/bytes.ts";
import { sha256 } from "../../core/crypto/index.ts";
import { hasCode } from "../../core/errors.ts";
import type { Endpoint } from "../../client/endpoint.ts";
import { createEndpoint, waitUntil } from "../edge-service.ts";
import { loadIdentity } from "../identity.ts";
import { untilStopped } from "../lifetime.ts";
import { withNode } from "../node.ts";
import { createOutput, type Output } from "../output.ts";
import { addCommonOptions, positiveInteger, type CommonOptions } from "../settings.ts";

interface ReceiveOptions extends CommonOptions {
  readonly out: string;
  readonly wait: number;
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
    .addHelpText(
      "after",
      "\nExample:\n  WAYBILL_SECRET_FILE=./secret waybill receive --out ./inbox",
    )
    .action(async (options: ReceiveOptions) => {
      const identity = await loadIdentity(options);
      const output = createOutput(options.json);
      mkdirSync(options.out, { recursive: true, mode: 0o700 });
      await withNode(options, "agent", async (node) => {
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
