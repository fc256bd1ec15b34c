/**
 * What the chain's history costs a node, on its disk and when it starts:
 *
 *   npm run -s bench:history -- [--json] [--events 200000] [--channels 1000]
 *
 * A database is filled with redemptions from many channels and read back as a node does at its start
 * (offchain/settlement/history.ts). A second is one of processor time (bench/stopwatch.ts). `heldMiB` is the most that
 * the process held after a piece that it had read, beyond what it held before the first one.
 */
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { openSqliteStore } from "../offchain/adapters/sqlite/store.ts";
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

const folder = mkdtempSync(join(tmpdir(), "waybill-bench-"));
try {
  const path = join(folder, "history.db");
  let store = await openSqliteStore({ path });
  let stored = 0;
  for (const records of redemptions(events, channels, EVENTS_PAGE)) {
    await store.chain.append(records.map(toStored), [], 1);
    stored += records.length;
  }
  await store.close();

  store = await openSqliteStore({ path });
  const before = process.memoryUsage.rss();
  let most = before;
  const rate = stopwatch(stored);
  let state = emptyState({ eraLength: 1 });
  for await (const records of storedHistory(store.chain)) {
    state = reduce(state, records);
    most = Math.max(most, process.memoryUsage.rss());
  }
  const eventsPerSecond = Math.round(rate());
  await store.close();
  if (state.channels.size !== channels)
    throw new Error(`${state.channels.size} channels were read back, of ${channels}`);
  const result = {
    events: stored,
    channels,
    eventsPerSecond,
    bytesPerEvent: Math.round(statSync(path).size / stored),
    heldMiB: Math.round((most - before) / 2 ** 20),
  };
  if (values.json) console.log(JSON.stringify(result));
  else {
    console.log(`${stored} events of ${channels} channels`);
    console.log(`  on the disk    ${result.bytesPerEvent} bytes each`);
    console.log(`  read back      ${eventsPerSecond.toLocaleString("en")} a second`);
    console.log(`  in the memory  ${result.heldMiB} MiB more at most`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
