// A network under load with kills, restarts, frozen machines, reorganisations and lost endpoints, for an hour:
//
//   npm run test:soak                        an hour
//   npm run test:soak -- --minutes 10 --seed 7f3a
//
// The seed decides what happens to whom; when exactly it hits them, the machine decides.
import { randomBytes } from "node:crypto";

import { Command } from "commander";

import { positiveInteger } from "../../offchain/app/settings.ts";
import { soak } from "./soak.ts";

const options = new Command("soak")
  .description(
    "A network under load and faults; then its money, its drops and its memory are checked.",
  )
  .option("--minutes <n>", "how long faults go on", positiveInteger("--minutes"), 60)
  .option("--seed <text>", "decides what happens to whom", randomBytes(4).toString("hex"))
  .option("--relays <n>", "relays, at least 6", positiveInteger("--relays"), 6)
  .parse()
  .opts<{ minutes: number; seed: string; relays: number }>();

process.exitCode = (await soak(options)) ? 0 : 1;
