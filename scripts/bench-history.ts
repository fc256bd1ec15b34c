/**
 * What the chain's history costs a node, on its disk, while it runs and when it starts:
 *
 *   npm run -s bench:history -- [--json] [--events 200000] [--channels 1000]
 *
 * A database is filled with redemptions from many channels, checkpoints take their place as in a node
 * (offchain/settlement/checkpoints.ts), and what is left is read back as at a start. Times are of the processor, of all
 * threads (bench/stopwatch.ts). `heldMiB` is the most that the process held beyond what it held before the start.
 */
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { openSqliteStore, type SqliteStore } from "../offchain/adapters/sqlite/store.ts";
import { SILENT } from "../offchain/app/idle.ts";
import { CHECKPOINT_EVENTS, Checkpoints } from "../offchain/settlement/checkpoints.ts";
import { EVENTS_PAGE, storedHistory } from "../offchain/settlement/history.ts";
import { toStored } from "../offchain/settlement/records.ts";
import { emptyState, reduce } from "../offchain/settlement/state.ts";
import { positive } from "./bench/options.ts";
import { redemptions } from "./bench/redemptions.ts";
import { stopwatch } from "./bench/stopwatch.ts";

const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    events: { type: "string", default: "200000" },
    channels: { type: "string", default: "1000" },
  },
});
const events = positive("events", values.events);
const channels = positive("channels", values.channels);
const checkpointsOf = (store: SqliteStore) =>
  new Checkpoints({
    store: store.chain,
    emptyState: emptyState({ eraLength: 1 }),
    log: SILENT,
    every: CHECKPOINT_EVENTS,
  });

const folder = mkdtempSync(join(tmpdir(), "waybill-bench-"));
try {
  const path = join(folder, "history.db");
  let store = await openSqliteStore({ path });
  const checkpoints = checkpointsOf(store);
  let [stored, bytes, made, millis] = [0, 0, 0, 0];
  for (const records of redemptions(events, channels, EVENTS_PAGE)) {
    const rows = records.map(toStored);
    await store.chain.append(rows, [], 1);
    stored += rows.length;
    bytes += rows.reduce((sum, row) => sum + Object.values(row).join("").length, 0);
    checkpoints.confirm(records.length);
    if (!checkpoints.isDue) continue;
    const rate = stopwatch(1);
    await checkpoints.make(records.at(-1)?.blockNumber ?? 0);
    millis += 1_000 / rate();
    made += 1;
  }
  const checkpointBytes = (await store.chain.checkpoint())?.state.length ?? 0;
  await store.close();

  const diskMiB = statSync(path).size / 2 ** 20;
  store = await openSqliteStore({ path });
  const before = process.memoryUsage.rss();
  let most = before;
  const rate = stopwatch(1);
  const base = await checkpointsOf(store).base();
  let { state } = base;
  for await (const records of storedHistory(store.chain, base.blockNumber)) {
    state = reduce(state, records);
    most = Math.max(most, process.memoryUsage.rss());
  }
  const startMillis = 1_000 / rate();
  await store.close();
  if (state.channels.size !== channels)
    throw new Error(`${state.channels.size} channels were read back, of ${channels}`);
  const result = {
    events: stored,
    channels,
    bytesPerEvent: Math.round(bytes / stored),
    checkpoints: made,
    millisPerCheckpoint: Math.round(millis / Math.max(1, made)),
    checkpointBytes,
    diskMiB: Number(diskMiB.toFixed(1)),
    startMillis: Math.round(startMillis),
    heldMiB: Math.round((most - before) / 2 ** 20),
  };
  if (values.json) console.log(JSON.stringify(result));
  else {
    console.log(`${stored} events of ${channels} channels, ${result.bytesPerEvent} bytes each`);
    console.log(`  checkpoints    ${made}, of ${result.millisPerCheckpoint} ms each`);
    console.log(`  the last one   ${checkpointBytes} bytes`);
    console.log(`  on the disk    ${result.diskMiB} MiB`);
    console.log(`  a start        ${result.startMillis} ms, ${result.heldMiB} MiB more at most`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
