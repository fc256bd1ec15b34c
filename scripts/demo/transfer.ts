/** The file on its way: the recipient's side and the sender's, each a process of its own. */
import { createHash, randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";

import type { Line, LocalNetwork, NodeFiles } from "../local-network/network.ts";
import type { FileResult } from "./result.ts";
import { until } from "./wait.ts";

/** Fills at least 500 packets. */
const DEFAULT_FILE_BYTES = 1_050_000;
const CONNECTED_SECONDS = 90;
const WRITTEN_SECONDS = 10;

export class Recipient {
  readonly #lines: Line[] = [];

  constructor(network: LocalNetwork, node: NodeFiles) {
    network.spawn(node, ["receive", "--yes", "--out", join(network.folder, "inbox")], (line) => {
      this.#lines.push(line);
    });
  }

  /** Its address once it is connected to `lastRelays` relays of the last layer. */
  async address(lastRelays: number): Promise<string> {
    const complete = (): boolean => Number(this.#last("address")?.lastRelays ?? 0) >= lastRelays;
    await until(CONNECTED_SECONDS, "the recipient is connected", complete);
    return String(this.#last("address")?.address);
  }

  async file(): Promise<Pick<FileResult, "nameReceived" | "sha256Received">> {
    await until(
      WRITTEN_SECONDS,
      "the recipient has written the file",
      () => this.#last("file") !== undefined,
    );
    const file = this.#last("file");
    return { nameReceived: String(file?.name), sha256Received: String(file?.sha256) };
  }

  #last(event: string): Line | undefined {
    return this.#lines.findLast((line) => line.event === event);
  }
}

/** Sends the file; resolves once the recipient's answer is back. */
export async function send(
  network: LocalNetwork,
  sender: NodeFiles,
  path: string,
  address: string,
  progress: (sent: number, total: number) => void,
): Promise<Omit<FileResult, "nameReceived" | "sha256Received">> {
  let result: Line | undefined;
  let failure = "see the sender's log";
  const child = network.spawn(
    sender,
    ["send", "--yes", "--to", address, "--file", path],
    (line) => {
      if (line.event === "progress") progress(Number(line.sent), Number(line.fragments));
      if (line.event === "sent") result = line;
      if (line.event === "error") failure = String(line.message);
    },
  );
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

export function writeDefaultFile(folder: string): string {
  const path = join(folder, "letter.bin");
  writeFileSync(path, randomBytes(DEFAULT_FILE_BYTES));
  return path;
}
