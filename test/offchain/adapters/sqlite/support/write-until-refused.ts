/**
 * Accepts packets until the store refuses, then reports what still works, a line each.
 * Arguments: database path, bytes held back, and "fill" to take the last bytes of the disk away in between.
 */
import { randomBytes } from "node:crypto";
import { rmSync, statfsSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { openSqliteStore } from "../../../../../offchain/adapters/sqlite/store.ts";
import { WaybillError } from "../../../../../offchain/core/errors.ts";
import { epoch } from "../../../../../offchain/core/units.ts";
import { packet, winner } from "../../../../compliance/store/samples.ts";

const [path = "", reserve = "0", fill] = process.argv.slice(2);
const store = await openSqliteStore({ path, reserveBytes: Number(reserve) });
const accepted: Uint8Array[] = [];

const batch = () =>
  Array.from({ length: 500 }, () => ({ ...packet(0), tag: new Uint8Array(randomBytes(16)) }));
const outcome = async (work: () => Promise<unknown>): Promise<string> => {
  try {
    await work();
    return "ok";
  } catch (error) {
    return error instanceof WaybillError ? error.code : String(error);
  }
};
const accept = async (): Promise<void> => {
  const packets = batch();
  await store.replay.accept(packets, []);
  accepted.push(...packets.map(({ tag }) => tag));
};
const redeem = (key: string) => () =>
  store.outbox.intend({ key, to: "0x", data: "0x".padEnd(20_000, "0"), value: 0n, gasLimit: 0n });

await store.winners.add([winner(1, 1)]);
let refusal = "ok";
for (let i = 0; i < 2_000 && refusal === "ok"; i++) refusal = await outcome(accept);
console.log(`accept: ${refusal}`);
console.log(`again: ${await outcome(accept)}`);
console.log(`redeem: ${await outcome(redeem("1"))}`);
if (fill === "fill") {
  const filler = join(dirname(path), "filler");
  const { bavail, bsize } = statfsSync(dirname(path));
  writeFileSync(filler, new Uint8Array(bavail * bsize));
  // The log has room of its own to use up first.
  let refused = "ok";
  for (let i = 0; i < 1_000 && refused === "ok"; i++) refused = await outcome(redeem(`full ${i}`));
  console.log(`redeem on a full disk: ${refused}`);
  rmSync(filler);
  console.log(`redeem with room again: ${await outcome(redeem("room"))}`);
}
const winners = await store.winners.list(epoch(7), ["won"]);
console.log(`winners readable: ${winners.length}`);
console.log(`tags kept: ${(await store.replay.count()) >= accepted.length && accepted.length > 0}`);
await store.close();
