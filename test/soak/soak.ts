/** Builds the network, lets the faults at it while files cross it, then lets it come to rest and checks it. */
import { randomBytes } from "node:crypto";
import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { FRAGMENT_DATA } from "../../offchain/client/messages.ts";
import {
  BLOCK_INTERVAL_MS,
  LocalNetwork,
  type Line,
  type NodeFiles,
} from "../../scripts/local-network/network.ts";
import { pause, until } from "../e2e/support/wait.ts";
import {
  drawnAreClaimed,
  dropsHaveNames,
  endedAsAsked,
  moneyAddsUp,
  winnersAreRedeemed,
} from "./checks.ts";
import { databasesAreBounded, tagsAreForgotten } from "./extent.ts";
import { Dice, oneFault } from "./faults.ts";
import { heapFigures, judged, megabytes, nothingLeaks } from "./memory.ts";
import { Miner } from "./miner.ts";
import { SoakedRelay } from "./soaked-relay.ts";

const PARAMETERS = "deploy/parameters/demo.json5";
/** In epochs. A relay is jailed that commits to none of them: no fault lasts so long. */
const ERA_LENGTH = 8;
const FILE_PACKETS = 150;
const RATE = 30;
const ROUNDS = 2;
const MEASURED_EVERY = 5_000;
const PATIENCE = 300;
const REST = 3_000;
/** Epochs after the last fault whose drawn packets are judged. */
const CALM_EPOCHS = 2;
/** Until no claim of an epoch can come any more; the parameters' claim window and the epoch before it. */
const CLAIM_EPOCHS = 7;

export interface SoakOptions {
  readonly minutes: number;
  readonly seed: string;
  readonly relays: number;
}

/** Whether everything held. The last line counts it. */
export async function soak({ minutes, seed, relays: count }: SoakOptions): Promise<boolean> {
  const began = performance.now();
  const tell = (what: string): void => {
    console.log(`${((performance.now() - began) / 60_000).toFixed(1).padStart(5)} min  ${what}`);
  };
  console.log(`soak of ${minutes} minutes, --seed ${seed}`);
  const network = new LocalNetwork({
    ...{ relays: count, parameters: PARAMETERS, genesisAgo: 12, chain: "anvil" },
    ...{ eraLength: ERA_LENGTH, lottery: { missesAllowed: ERA_LENGTH - 1 } },
    onStage: tell,
  });
  const timers: NodeJS.Timeout[] = [];
  const relays: SoakedRelay[] = [];
  let miner: Miner | undefined;
  try {
    const sender = network.createNode("sender");
    const recipient = network.createNode("recipient");
    await network.start([sender, recipient]);
    miner = await Miner.start(network.rpcUrl, BLOCK_INTERVAL_MS);
    for (const node of network.relays) relays.push(await SoakedRelay.create(network, node));
    for (const relay of relays) relay.start();
    for (const node of [sender, recipient])
      await network.command(node, ["channels", "open", "--all", "--amount", "100", "--yes"]);
    const inbox: Line[] = [];
    const receiver = network.spawn(
      recipient,
      ["receive", "--yes", "--out", join(network.folder, "inbox")],
      (line) => inbox.push(line),
    );
    await until(PATIENCE, "the network carries packets", () => isReady(relays, inbox));
    timers.push(
      setInterval(() => {
        for (const relay of relays) relay.measure();
      }, MEASURED_EVERY),
    );

    // The first relay is never hit itself: it is the one whose life is long.
    const victims = relays.slice(1);
    const parts = { miner, relays, victims, dice: new Dice(seed), tell };
    const over = performance.now() + 60_000 * minutes;
    let files = 0;
    let incomplete = 0;
    let isSending = true;
    const load = (async () => {
      while (performance.now() < over) {
        const sent = await sendFile(network, sender, inbox);
        if (sent) files += 1;
        else incomplete += 1;
      }
      isSending = false;
    })();
    const done: Record<string, number> = {};
    const money: string[] = [];
    while (performance.now() < over) {
      const name = await oneFault(parts);
      done[name] = (done[name] ?? 0) + 1;
      if (name === "reorg")
        for (const problem of await moneyAddsUp(network)) {
          tell(problem);
          money.push(`after reorganisation ${done.reorg}: ${problem}`);
        }
    }
    tell(`faults: ${JSON.stringify(done)}`);
    await until(PATIENCE, "the last file is confirmed or given up", () => !isSending);
    await load;
    // Who has little to do holds less: what it held under load is compared with what it holds under load.
    const leaks = nothingLeaks(relays, minutes);
    for (const relay of relays) tell(figuresOfMemory(relay));
    tell(
      `memory is judged of: ${judged(relays).join(", ") || "nobody, it was too short for that"}`,
    );
    await until(PATIENCE, "the network is whole again", () => isReady(relays, inbox));
    tell(`${files} files arrived under faults, ${incomplete} were not confirmed; now one without`);
    const calm = (await network.epoch()) + 1;
    const arrived = await sendFile(network, sender, inbox);
    const last = Math.max(await network.epoch(), calm + CALM_EPOCHS - 1);
    await until(PATIENCE, `every winner up to epoch ${last} is redeemed`, async () => {
      await pause(REST);
      const open = await Promise.all(relays.map((relay) => relay.unredeemed(last)));
      return (await network.epoch()) > last + CLAIM_EPOCHS && open.every((count) => count === 0);
    }).catch((error: unknown) => {
      tell(String(error));
    });

    money.push(...(await moneyAddsUp(network)));
    for (const relay of relays) tell(figuresOfTraffic(relay));
    for (const line of loggedErrors(network, relays)) tell(line);
    for (const relay of relays) await relay.stop();
    await receiver.stop();
    const held = await verdict({
      "files arrive under faults": () => (files > 0 ? [] : ["none did"]),
      "a file arrives whole afterwards": () => (arrived ? [] : ["it was not confirmed"]),
      "money adds up": () => money,
      "every winner is redeemed": () => winnersAreRedeemed(relays, last),
      "drawn packets are claimed": () => drawnAreClaimed(relays, calm, last),
      "every drop has a name": () => dropsHaveNames(relays),
      "relays ended only as they were asked to": () => endedAsAsked(relays),
      "memory and descriptors do not grow": () => leaks,
      "databases do not grow": async () => [
        ...(await databasesAreBounded(network, relays)),
        ...tagsAreForgotten([sender, recipient], ERA_LENGTH),
      ],
    });
    if (!held) keepFiles(network, seed, tell);
    return held;
  } finally {
    for (const timer of timers) clearInterval(timer);
    await miner?.stop();
    await network.stop(5_000);
    for (const relay of relays) await relay.close();
  }
}

function isReady(relays: readonly SoakedRelay[], inbox: readonly Line[]): boolean {
  const last = inbox.findLast(({ event }) => event === "address");
  const inLayers = relays.filter(({ status }) => status?.layer !== undefined);
  return (
    last !== undefined &&
    relays.every(({ running, status }) => running && status?.missingChannels === 0) &&
    new Set(inLayers.map(({ status }) => status?.layer)).size === 3
  );
}

/** Whether the recipient confirmed the whole file. */
async function sendFile(
  network: LocalNetwork,
  sender: NodeFiles,
  inbox: readonly Line[],
): Promise<boolean> {
  const path = join(network.folder, "letter.bin");
  writeFileSync(path, randomBytes(FRAGMENT_DATA * FILE_PACKETS));
  const address = inbox.findLast(({ event }) => event === "address")?.address;
  const args = ["send", "--yes", "--to", String(address), "--file", path];
  // An address that ran out while nothing came through will not work again; the next file has a new one.
  args.push("--rate", String(RATE), "--rounds", String(ROUNDS));
  try {
    const lines = await network.command(sender, args);
    return lines.some(({ event }) => event === "sent");
  } catch {
    return false;
  }
}

function figuresOfTraffic({ node, status }: SoakedRelay): string {
  if (status === undefined) return `${node.name}: said nothing`;
  const { counts, drops, winners } = status;
  return (
    `${node.name}: ${counts["packets-received"] ?? 0} received, dropped ${JSON.stringify(drops)}, ` +
    `${counts["tickets-unresolved"] ?? 0} unresolved, ${winners.redeemed?.count ?? 0} redeemed`
  );
}

/** What its process held since it started. */
function figuresOfMemory(relay: SoakedRelay): string {
  const { node, holdings } = relay;
  const first = holdings[0];
  const last = holdings.at(-1);
  return (
    `${node.name}: ${megabytes(first?.memory ?? 0)} → ${megabytes(last?.memory ?? 0)} MiB and ` +
    `${first?.descriptors ?? 0} → ${last?.descriptors ?? 0} descriptors in ${last?.at.toFixed(0) ?? 0} s, ` +
    `in the heaps of its thirds ${heapFigures(relay) || "?"} MiB`
  );
}

/** Logs and databases of a network that failed, for whoever looks why. */
function keepFiles(network: LocalNetwork, seed: string, tell: (what: string) => void): void {
  const kept = join(tmpdir(), `waybill-soak-${seed}`);
  rmSync(kept, { recursive: true, force: true });
  cpSync(network.folder, kept, { recursive: true });
  tell(`logs and databases are kept in ${kept}`);
}

/** What relays logged as errors, over all their lives: each kind once, with the latest line of it. */
function loggedErrors(network: LocalNetwork, relays: readonly SoakedRelay[]): readonly string[] {
  return relays.flatMap(({ node }) => {
    const kinds = new Map<string, { count: number; line: string }>();
    for (const line of readFileSync(join(network.folder, `${node.name}.log`), "utf8").split("\n")) {
      if (!line.includes('"level":"error"')) continue;
      const message = messageOf(line);
      kinds.set(message, { count: (kinds.get(message)?.count ?? 0) + 1, line });
    }
    return [...kinds.values()].map(({ count, line }) => `${node.name}: ${count} × ${line}`);
  });
}

/** A line of a process that was killed may be cut, and run into the next one's first. */
function messageOf(line: string): string {
  try {
    return (JSON.parse(line) as { readonly message: string }).message;
  } catch {
    return "a line that was cut";
  }
}

type Check = () => readonly string[] | Promise<readonly string[]>;

async function verdict(checks: Readonly<Record<string, Check>>): Promise<boolean> {
  let failed = 0;
  for (const [what, check] of Object.entries(checks)) {
    const problems = await problemsOf(check);
    console.log(`${problems.length === 0 ? "✔" : "✘"} ${what}`);
    for (const problem of problems) console.log(`    ${problem}`);
    if (problems.length > 0) failed += 1;
  }
  console.log(`${Object.keys(checks).length - failed} passed, ${failed} failed`);
  return failed === 0;
}

/** A check that cannot be made has not held, and says nothing of the others. */
async function problemsOf(check: Check): Promise<readonly string[]> {
  try {
    return await check();
  } catch (error) {
    return [String(error)];
  }
}
