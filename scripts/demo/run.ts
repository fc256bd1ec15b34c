/** The main job, once: a file crosses the mixnet beside the relays' cover, the answer comes back, the relays are paid. */
import type { LocalNetwork, NodeFiles } from "../local-network/network.ts";
import { endOf, epochAt, ticketEpochSlack } from "../../offchain/core/epochs/epochs.ts";
import type { Epoch } from "../../offchain/core/units.ts";
import { RunningRelay, sumOver, type Drop } from "./relays.ts";
import type { DemoResult } from "./result.ts";
import { settlement } from "./settlement.ts";
import { Recipient, send, writeDefaultFile } from "./transfer.ts";
import { quietFor, until } from "./wait.ts";

const CHANNEL_TOKENS = "20";
const READY_SECONDS = 90;
/** For draws to come and to be claimed, for winners to be redeemable and redeemed. */
const PATIENCE_SECONDS = 180;
/** Epochs of cover that are waited for until their draws are claimed, from the one in which sending begins. */
const EPOCHS = 2;
/** With a relay that drops: so many that the difference shows. */
const EPOCHS_WITH_DROPS = 4;
/** A relay that knows a draw needs a moment until it knows of its own packets in it. */
const SETTLED_SECONDS = 3;
/** From an epoch's end and clock slack until its winners are redeemed by hand. */
const ROUND_TRIP_SECONDS = 2;
/** Commands at the same time, each a process of its own. */
const COMMANDS_AT_ONCE = 3;

export interface DemoPlan {
  /** Path of the file to send; random bytes when undefined. */
  readonly file: string | undefined;
  /** Whether packets are paid for, so that there are channels and tickets. */
  readonly channels: boolean;
  /** What the first relay does to packets that come in. */
  readonly drop: Drop | undefined;
}

export interface View {
  stage(text: string): void;
  sending(sent: number, total: number): void;
  claiming(claimed: number, drawn: number): void;
}

/** Everyone is there: relays with layers and channels, a sender, a recipient that is connected. */
export interface Ready {
  readonly relays: readonly RunningRelay[];
  readonly sender: NodeFiles;
  readonly inbox: Recipient;
  /** The recipient's. */
  readonly address: string;
}

/** Starts the network. `started` is told of the relays as soon as there are processes. */
export async function begin(
  network: LocalNetwork,
  plan: DemoPlan,
  view: View,
  started: (relays: readonly RunningRelay[]) => void = () => undefined,
): Promise<Ready> {
  const sender = network.createNode("sender");
  const recipient = network.createNode("recipient");
  await network.start([sender, recipient]);

  view.stage("starting relays");
  const relays = network.relays.map(
    (node, i) => new RunningRelay(network, node, i === 0 ? plan.drop : undefined),
  );
  started(relays);
  if (plan.channels) {
    view.stage("opening the sender's and the recipient's channels");
    const args = ["channels", "open", "--all", "--amount", CHANNEL_TOKENS, "--yes"];
    await Promise.all([sender, recipient].map((node) => network.command(node, args)));
  }
  const inbox = new Recipient(network, recipient);
  view.stage("waiting for the first era with layers and for every relay's neighbours");
  await until(READY_SECONDS, "the relays are ready", () => relays.every(({ isReady }) => isReady));
  const address = await inbox.address(relays.filter(({ status }) => status?.layer === 2).length);
  return { relays, sender, inbox, address };
}

export async function runDemo(
  network: LocalNetwork,
  plan: DemoPlan,
  view: View,
): Promise<DemoResult> {
  const started = performance.now();
  const { relays, sender, inbox, address } = await begin(network, plan, view);
  for (const { layers } of relays) layers.splice(0, layers.length - 1);
  const first = await runningEpoch(network);
  view.stage("sending the file, with the relays' cover beside it");
  const path = plan.file ?? writeDefaultFile(network.folder);
  const sent = await send(network, sender, path, address, (done, total) => {
    view.sending(done, total);
  });
  const received = await inbox.file();

  view.stage("waiting until the cover's epochs are committed to, drawn and claimed");
  await drawsClaimed(relays, first + (plan.drop === undefined ? EPOCHS : EPOCHS_WITH_DROPS), view);
  view.stage("stopping the relays");
  await Promise.all(relays.map(({ child }) => child.stop()));
  if (plan.channels) await redeemTheRest(network, relays, view);
  view.stage("moving rewards to earnings, and earnings out");
  await each(network.relays, (node) => network.command(node, ["relay", "withdraw", "--yes"]));
  return {
    file: { ...sent, ...received },
    ...(await settlement(network, relays, plan)),
    seconds: Math.round((performance.now() - started) / 1_000),
  };
}

async function runningEpoch(network: LocalNetwork): Promise<Epoch> {
  const { clock, now } = await network.time();
  const running = epochAt(clock, now);
  if (running === undefined) throw new Error("the network's clock has not begun");
  return running;
}

/** Resolves when all draws of epochs below `end` are known, and each is paid or never will be. */
async function drawsClaimed(
  relays: readonly RunningRelay[],
  end: number,
  view: View,
): Promise<void> {
  const settled = ({ status }: RunningRelay): boolean => {
    const { through, firstOpen } = status?.lottery ?? {};
    return through !== undefined && through >= end - 1 && (firstOpen ?? end) >= end;
  };
  const sum = (figure: "claims" | "draws"): number =>
    sumOver(relays, ({ status }) => status?.lottery?.[figure] ?? 0);
  const lasts = quietFor(SETTLED_SECONDS, () => relays.filter(settled).length);
  await until(PATIENCE_SECONDS, "the draws are claimed", () => {
    view.claiming(sum("claims"), sum("draws"));
    return lasts() && relays.every(settled);
  });
}

/** Cover goes on until the relays stop, so that some winners' epoch is not over then. */
async function redeemTheRest(
  network: LocalNetwork,
  relays: readonly RunningRelay[],
  view: View,
): Promise<void> {
  view.stage("waiting until the last epoch is over, and redeeming its winning tickets");
  const last = await runningEpoch(network);
  const { clock, now } = await network.time();
  const over = endOf(clock, last) + ticketEpochSlack(clock.epochLength) + ROUND_TRIP_SECONDS;
  await new Promise((resolve) => setTimeout(resolve, 1_000 * Math.max(0, over - now)));
  const left = relays.filter((relay) => relay.winners("won") + relay.winners("submitted") > 0);
  await each(left, ({ node }) => network.command(node, ["redeem", "--yes"]));
}

/** A few at a time: each is a process that has to start first. */
async function each<Item>(
  items: readonly Item[],
  work: (item: Item) => Promise<unknown>,
): Promise<void> {
  const left = [...items];
  const worker = async (): Promise<void> => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: COMMANDS_AT_ONCE }, worker));
}
