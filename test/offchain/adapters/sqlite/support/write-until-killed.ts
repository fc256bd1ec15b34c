/**
 * Accepts packets, adds winners and reserves indexes as fast as it can, from several loops at once, and prints
 * each as soon as its promise resolves. Runs until it is killed.
 * Arguments: database path, a number that no other run has.
 */
import { randomBytes } from "node:crypto";
import { openSqliteStore } from "../../../../../offchain/adapters/sqlite/store.ts";
import { ticketIndex } from "../../../../../offchain/core/units.ts";
import { channel, packet, winner } from "../../../../compliance/store/samples.ts";

const [path = "", run = "0"] = process.argv.slice(2);
const store = await openSqliteStore({ path });
const print = (line: string): void => void process.stdout.write(`${line}\n`);
const endless = async (step: (n: number) => Promise<void>): Promise<void> => {
  for (let n = 0; ; n++) await step(n);
};

const acceptBatch = async (): Promise<void> => {
  const batch = Array.from({ length: 1 + Math.floor(Math.random() * 16) }, () => ({
    ...packet(0),
    tag: new Uint8Array(randomBytes(16)),
  }));
  const results = await store.replay.accept(batch, []);
  batch.forEach(({ tag }, i) => {
    if (results[i]?.fresh === true) print(`tag ${Buffer.from(tag).toString("hex")}`);
  });
};

print("open");
await Promise.all([
  ...Array.from({ length: 4 }, () => endless(acceptBatch)),
  endless(async (n) => {
    const index = Number(run) * 1_000_000 + n + 1;
    await store.winners.add([winner(1, index)]);
    print(`winner ${index}`);
  }),
  endless(async () => {
    print(`index ${await store.indexes.reserve(channel(1), 10, ticketIndex(0))}`);
  }),
]);
