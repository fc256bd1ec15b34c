/** A local network in which a sender sends files to a recipient, watched through what its processes say. */
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { FRAGMENT_DATA } from "../../../offchain/client/messages.ts";
import type { Child } from "../../../scripts/local-network/child.ts";
import type { Line, LocalNetwork, NodeFiles } from "../../../scripts/local-network/network.ts";
import type { Layer } from "../../../offchain/core/units.ts";
import { faultOf } from "../../support/line-schemas.ts";
import { until } from "./wait.ts";

const PATIENCE_SECONDS = 180;

/** A relay's status line. */
export interface Status {
  readonly relay: string;
  readonly layer?: Layer;
  readonly mixing: number;
  readonly missingChannels: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly drops: Readonly<Record<string, number>>;
  readonly winners: Readonly<Record<string, { readonly count: number }>>;
}

export interface WatchedRelay {
  readonly node: NodeFiles;
  readonly child: Child;
  /** In the order in which they were said. */
  readonly statuses: Status[];
}

export type StartRelay = (node: NodeFiles, onLine: (line: Line) => void) => Child;

export class Traffic {
  readonly network: LocalNetwork;
  readonly sender: NodeFiles;
  readonly recipient: NodeFiles;
  readonly relays: readonly WatchedRelay[];
  readonly #inbox: Line[];
  readonly #receiver: Child;
  /** All lines of all processes. */
  readonly #said: Line[];

  private constructor(
    network: LocalNetwork,
    [sender, recipient]: readonly [NodeFiles, NodeFiles],
    relays: readonly WatchedRelay[],
    inbox: Line[],
    receiver: Child,
    said: Line[],
  ) {
    this.network = network;
    this.sender = sender;
    this.recipient = recipient;
    this.relays = relays;
    this.#inbox = inbox;
    this.#receiver = receiver;
    this.#said = said;
  }

  /** Starts `network` and everyone in it; resolves when packets can cross it. */
  static async start(
    network: LocalNetwork,
    startRelay: StartRelay = (node, onLine) => network.startRelay(node, onLine),
  ): Promise<Traffic> {
    const sender = network.createNode("sender");
    const recipient = network.createNode("recipient");
    await network.start([sender, recipient]);
    const said: Line[] = [];
    const relays = network.relays.map((node): WatchedRelay => {
      const statuses: Status[] = [];
      const child = startRelay(node, (line) => {
        said.push(line);
        if (line.event === "status") statuses.push(line as unknown as Status);
      });
      return { node, child, statuses };
    });
    for (const node of [sender, recipient])
      await network.command(node, ["channels", "open", "--all", "--amount", "50", "--yes"]);
    const inbox: Line[] = [];
    const args = ["receive", "--yes", "--out", join(network.folder, "inbox")];
    const receiver = network.spawn(recipient, args, (line) => {
      inbox.push(line);
      said.push(line);
    });
    const traffic = new Traffic(network, [sender, recipient], relays, inbox, receiver, said);
    await until(PATIENCE_SECONDS, "the network carries packets", () => traffic.#isReady);
    return traffic;
  }

  /** A file of random bytes that fills at least so many packets. */
  writeFile(packets: number): string {
    const path = join(this.network.folder, `letter-${packets}.bin`);
    writeFileSync(path, randomBytes(FRAGMENT_DATA * packets));
    return path;
  }

  /** Sends a file and waits until it is confirmed and written; returns both last words. */
  async send(
    path: string,
    rate: number,
  ): Promise<{ readonly sent: Line; readonly received: Line }> {
    const address = String(this.#last("address")?.address);
    const args = ["send", "--yes", "--to", address, "--file", path, "--rate", String(rate)];
    const lines = await this.network.command(this.sender, args);
    this.#said.push(...lines);
    const sent = lines.findLast((line) => line.event === "sent");
    if (sent === undefined) throw new Error("the file was not sent");
    const written = (line: Line): boolean =>
      line.event === "file" && line.sha256 === sent.fileSha256;
    await until(30, "the file is written", () => this.#inbox.some(written));
    const received = this.#inbox.find(written);
    return { sent, received: received ?? { event: "file" } };
  }

  /** Waits until no packet is under way and every winner of an epoch that is over is redeemed. */
  async settle(): Promise<void> {
    await until(PATIENCE_SECONDS, "every winner is redeemed", () =>
      this.relays.every(({ statuses }) => {
        const status = statuses.at(-1);
        const { won, submitted } = status?.winners ?? {};
        return status?.mixing === 0 && won?.count === 0 && submitted?.count === 0;
      }),
    );
  }

  /** Stops recipient and relays, whose last status lines then are their last. Every line kept to its schema. */
  async stop(): Promise<void> {
    await this.#receiver.stop();
    await Promise.all(this.relays.map(({ child }) => child.stop()));
    for (const line of this.#said) {
      const fault = await faultOf(line);
      if (fault !== undefined) throw new Error(fault);
    }
  }

  get #isReady(): boolean {
    const last = this.relays.map(({ statuses }) => statuses.at(-1));
    const ready = last.every(
      (status) => status?.layer !== undefined && status.missingChannels === 0,
    );
    const lastRelays = last.filter((status) => status?.layer === 2).length;
    return ready && Number(this.#last("address")?.lastRelays ?? 0) >= lastRelays;
  }

  #last(event: string): Line | undefined {
    return this.#inbox.findLast((line) => line.event === event);
  }
}
