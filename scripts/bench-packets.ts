/**
 * How many packets a second one thread unwraps, relays and creates:
 *
 *   npm run -s bench:packets -- [--json] [--backend native|noble] [--packets 4096] [--rounds 5]
 *
 * A second is one of processor time (bench/stopwatch.ts). Rounds of the three kinds alternate, so that a machine that slows down slows all of them; of each kind the
 * median counts. `relayToUnwrap` is the median of the ratios inside one round.
 */
import { parseArgs } from "node:util";

import { createBackend } from "../offchain/core/crypto/index.ts";
import { createForwardPacket } from "../offchain/core/sphinx/index.ts";
import { positive } from "./bench/options.ts";
import { RelayRig } from "./bench/relay-rig.ts";
import { stopwatch } from "./bench/stopwatch.ts";

const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    backend: { type: "string" },
    packets: { type: "string", default: "4096" },
    rounds: { type: "string", default: "5" },
  },
});

const packets = positive("packets", values.packets);
const rounds = positive("rounds", values.rounds);
const backend = createBackend(chosenBackend(values.backend));
const rig = await RelayRig.prepare(backend, packets);

// Once unmeasured, so that everything is compiled.
rig.unwrapRound();
await rig.relayRound();

const unwrapRates: number[] = [];
const relayRates: number[] = [];
const createRates: number[] = [];
for (let round = 0; round < rounds; round++) {
  unwrapRates.push(rig.unwrapRound());
  relayRates.push(await rig.relayRound());
  createRates.push(createRound(Math.ceil(packets / 8)));
}

const result = {
  unwrapPerSecond: Math.round(median(unwrapRates)),
  relayPerSecond: Math.round(median(relayRates)),
  createPerSecond: Math.round(median(createRates)),
  relayToUnwrap: Number(median(relayRates.map(ratioToUnwrap)).toFixed(3)),
  backend: backend.name,
  packets,
  rounds,
};

if (values.json) console.log(JSON.stringify(result));
else {
  const text = (rate: number) => rate.toLocaleString("en").padStart(8);
  console.log(
    `Packets a second on one thread (${backend.name} curve, medians of ${String(rounds)} rounds)`,
  );
  console.log(`  unwrap   ${text(result.unwrapPerSecond)}   one layer off, nothing else`);
  console.log(
    `  relay    ${text(result.relayPerSecond)}   frame in to ticket drawn, frames of 16, store in memory`,
  );
  console.log(
    `  create   ${text(result.createPerSecond)}   three relays and a recipient, 2,048 bytes`,
  );
  console.log(`  relay to unwrap ${result.relayToUnwrap.toFixed(3)}`);
}

function createRound(count: number): number {
  const args = Array.from({ length: count }, () => rig.packetArgs());
  const rate = stopwatch(count);
  for (const one of args) createForwardPacket(one);
  return rate();
}

function ratioToUnwrap(relayRate: number, round: number): number {
  return relayRate / (unwrapRates[round] ?? Infinity);
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low = 0, high = low] = sorted.slice(Math.ceil(middle) - 1, Math.floor(middle) + 1);
  return (low + high) / 2;
}

function chosenBackend(name: string | undefined): "native" | "noble" | undefined {
  if (name === undefined || name === "native" || name === "noble") return name;
  throw new Error(`--backend is "${name}"; give native or noble`);
}
