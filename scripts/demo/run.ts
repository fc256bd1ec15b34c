/** The main job, once: a file crosses the mixnet, the answer comes back, the relays are paid. */
import { createHash, randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";

import { PaymentChannels__factory } from "#contracts";

import type { Line, LocalNetwork, NodeFiles } from "../local-network/network.ts";
import type { Child } from "../local-network/child.ts";
import { balanceBooks } from "../money/books.ts";
import type { DemoResult, FileResult, RelayResult } from "./result.ts";

/** Fills at least 500 packets. */
const DEFAULT_FILE_BYTES = 1_050_000;
const CHANNEL_TOKENS = "20";
/** Epochs that tickets may wait for their redemption before the demo calls it a failure. */
const PATIENCE_SECONDS = 90;

/** With no packet taken for so long, none is under way any more: the second answer of a question was the last. */
const QUIET_SECONDS = 4;

export interface View {
  stage(text: string): void;
  sending(sent: number, total: number): void;
  settling(redeemed: number, won: number): void;
}

interface RunningRelay {
  readonly node: NodeFiles;
  child: Child;
  status: RelayLine | undefined;
  readonly layers: number[];
}

/** A relay's status line, as far as the demo reads it. */
interface RelayLine {
  readonly relay: string;
  readonly layer?: number;
  readonly missingChannels: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly drops: Readonly<Record<string, number>>;
  readonly winners: Readonly<Record<string, { readonly count: number }>>;
}

export async function runDemo(
  network: LocalNetwork,
  file: string | undefined,
  view: View,
): Promise<DemoResult> {
  const started = performance.now();
  const sender = network.createNode("sender");
  const recipient = network.createNode("recipient");
  await network.start([sender, recipient]);

  view.stage("starting relays, opening the sender's and the recipient's channels");
  const relays = network.relays.map((node) => startRelay(network, node));
  await Promise.all(
    [sender, recipient].map((node) =>
      network.command(node, ["channels", "open", "--all", "--amount", CHANNEL_TOKENS]),
    ),
  );
  const inbox = startRecipient(network, recipient);
  view.stage("waiting for the first era with layers and for every relay's channels");
  await until(PATIENCE_SECONDS, "the relays are ready", () =>
    relays.every(({ status }) => status?.layer !== undefined && status.missingChannels === 0),
  );
  const address = await inbox.address(relays.filter(({ status }) => status?.layer === 2).length);

  for (const relay of relays) relay.layers.splice(0, relay.layers.length - 1);
  view.stage("sending the file");
  const path = file ?? writeDefaultFile(network.folder);
  const sent = await send(network, sender, path, address, view);
  const received = await inbox.file();

  view.stage("waiting until the epoch is over and every winning ticket is redeemed");
  const isQuiet = quietFor(QUIET_SECONDS, () =>
    relays.reduce((sum, { status }) => sum + (status?.counts["packets-accepted"] ?? 0), 0),
  );
  await until(PATIENCE_SECONDS, "every winning ticket is redeemed", () => {
    const count = (state: string): number =>
      relays.reduce((sum, { status }) => sum + (status?.winners[state]?.count ?? 0), 0);
    view.settling(count("redeemed"), count("redeemed") + count("won") + count("submitted"));
    return isQuiet() && count("won") + count("submitted") === 0;
  });
  view.stage("stopping the relays and withdrawing their earnings");
  await Promise.all(relays.map(({ child }) => child.stop()));
  await Promise.all(relays.map(({ node }) => network.command(node, ["relay", "withdraw"])));

  return {
    file: {
      ...sent,
      nameReceived: String(received.name),
      sha256Received: String(received.sha256),
    },
    ...(await settlement(network, relays)),
    seconds: Math.round((performance.now() - started) / 1_000),
  };
}

function startRelay(network: LocalNetwork, node: NodeFiles): RunningRelay {
  const layers: number[] = [];
  const relay: RunningRelay = {
    node,
    layers,
    status: undefined,
    child: network.startRelay(node, (line) => {
      if (line.event !== "status") return;
      const status = line as unknown as RelayLine;
      relay.status = status;
      if (status.layer !== undefined && layers.at(-1) !== status.layer) layers.push(status.layer);
    }),
  };
  return relay;
}

function startRecipient(network: LocalNetwork, node: NodeFiles) {
  const lines: Line[] = [];
  network.spawn(node, ["receive", "--out", join(network.folder, "inbox")], (line) => {
    lines.push(line);
  });
  const last = (event: string): Line | undefined => lines.findLast((line) => line.event === event);
  return {
    /** Its address once it is connected to `lastRelays` relays of the last layer. */
    async address(lastRelays: number): Promise<string> {
      const complete = (): boolean => Number(last("address")?.lastRelays ?? 0) >= lastRelays;
      await until(PATIENCE_SECONDS, "the recipient is connected", complete);
      return String(last("address")?.address);
    },
    async file(): Promise<Line> {
      await until(10, "the recipient has written the file", () => last("file") !== undefined);
      return last("file") ?? { event: "file" };
    },
  };
}

async function send(
  network: LocalNetwork,
  sender: NodeFiles,
  path: string,
  address: string,
  view: View,
): Promise<Omit<FileResult, "nameReceived" | "sha256Received">> {
  let result: Line | undefined;
  let failure = "see the sender's log";
  const child = network.spawn(sender, ["send", "--to", address, "--file", path], (line) => {
    if (line.event === "progress") view.sending(Number(line.sent), Number(line.fragments));
    if (line.event === "sent") result = line;
    if (line.event === "error") failure = String(line.message);
  });
  await child.exited;
  if (result === undefined) throw new Error(`the file was not sent: ${failure}`);
  const content = readFileSync(path);
  const sha256Sent = `0x${createHash("sha256").update(content).digest("hex")}`;
  return {
    name: basename(path),
    bytes: content.length,
    packets: Number(result.packetsSent),
    repeats: Number(result.repeats),
    outcomes: result.outcomes as FileResult["outcomes"],
    sha256Sent,
    replyVerified: result.fileSha256 === sha256Sent,
  };
}

/** What the chain says after all of it; packets and draws, which no chain sees, from the relays. */
async function settlement(
  network: LocalNetwork,
  relays: readonly RunningRelay[],
): Promise<Pick<DemoResult, "relays" | "money">> {
  const books = await network.books();
  const results = relays.map(async ({ node, status, layers }): Promise<RelayResult> => {
    const book = books.relays.find(({ id }) => id === status?.relay);
    if (status === undefined || book === undefined)
      throw new Error(`${node.name} is not on the chain`);
    const won = status.counts["tickets-won"] ?? 0;
    const lost = status.counts["tickets-lost"] ?? 0;
    const gas = await redeemGas(network, status.relay);
    return {
      address: node.owner?.address ?? "",
      relay: status.relay,
      layer: layers[0],
      layers,
      packets: status.counts["packets-accepted"] ?? 0,
      ticketsReceived: status.counts["packets-accepted"] ?? 0,
      ticketsWon: won,
      ticketsLost: lost,
      drops: status.drops,
      ticketsRedeemed: Number(book.ticketsRedeemed),
      earned: book.credited,
      withdrawn: book.withdrawn,
      gasPerTicket:
        book.ticketsRedeemed === 0n ? undefined : Math.round(gas / Number(book.ticketsRedeemed)),
    };
  });
  return { relays: await Promise.all(results), money: balanceBooks(books) };
}

async function redeemGas(network: LocalNetwork, relay: string): Promise<number> {
  const { provider, deployment } = network;
  const contract = PaymentChannels__factory.connect(deployment.channels, provider);
  const events = await contract.queryFilter(contract.filters.Redeemed(relay), deployment.block);
  const receipts = await Promise.all(events.map((event) => event.getTransactionReceipt()));
  return receipts.reduce((sum, receipt) => sum + Number(receipt.gasUsed), 0);
}

function writeDefaultFile(folder: string): string {
  const path = join(folder, "letter.bin");
  writeFileSync(path, randomBytes(DEFAULT_FILE_BYTES));
  return path;
}

/** Whether `value` has stayed the same for so long; asked again and again. */
function quietFor(seconds: number, value: () => number): () => boolean {
  let known = Number.NaN;
  let since = performance.now();
  return () => {
    const now = performance.now();
    const current = value();
    if (current !== known) since = now;
    known = current;
    return now - since >= 1_000 * seconds;
  };
}

async function until(seconds: number, what: string, holds: () => boolean): Promise<void> {
  const deadline = performance.now() + 1_000 * seconds;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`waited ${seconds} s in vain until ${what}`);
    // Waiting alone does not keep the demo alive once it has failed for another reason.
    await new Promise((resolve) => setTimeout(resolve, 100).unref());
  }
}
