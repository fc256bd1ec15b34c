// The main job on this machine:
//
//   npm run demo                       a random file of more than 500 packets
//   npm run demo -- --file PATH        your own
//   npm run -s demo -- --json          one JSON object on standard output
import { resolve } from "node:path";

import { Command } from "commander";

import { readInputFile } from "../offchain/app/input-file.ts";
import { toJson } from "../offchain/app/output.ts";
import { positiveInteger } from "../offchain/app/settings.ts";
import { WaybillError } from "../offchain/core/errors.ts";
import { LocalNetwork } from "./local-network/network.ts";
import { problemsOf, type DemoResult } from "./demo/result.ts";
import { runDemo } from "./demo/run.ts";
import { createView, renderFile, renderMoney, renderTable } from "./demo/view.ts";

const LEAST_RELAYS = 6;
/** Exit code after Ctrl-C, as shells have it. */
const STOPPED = 130;

interface Options {
  readonly file?: string;
  readonly relays: number;
  readonly json: boolean;
}

const command = new Command("demo")
  .description("A file crosses a local mixnet, and its relays are paid on a local chain.")
  .option("--file <path>", "the file to send; random bytes for more than 500 packets unless given")
  .option("--relays <n>", `relays, at least ${LEAST_RELAYS}`, relayCount, LEAST_RELAYS)
  .option("--json", "one JSON object on standard output", false);

const view = createView();
let network: LocalNetwork | undefined;
for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.on(signal, () => {
    view.close();
    network?.abandon();
    process.exit(STOPPED);
  });
process.on("exit", () => {
  network?.abandon();
});

try {
  const { file, relays, json } = command.parse().opts<Options>();
  const path = file === undefined ? undefined : resolve(file);
  if (path !== undefined) readInputFile(path);
  network = new LocalNetwork({
    relays,
    parameters: "deploy/parameters/demo.json5",
    // The deployment falls into epoch 1; era 1 starts with epoch 4, so joins of epochs 1 and 2 count from then on.
    genesisAgo: 12,
    onStage: (stage) => {
      view.stage(stage);
    },
  });
  const result = await Promise.race([runDemo(network, path, view), network.broken]);
  view.close();
  tell(result, json);
} catch (error) {
  view.close();
  const reason = error instanceof Error ? error.message : String(error);
  if (process.argv.includes("--json"))
    process.stdout.write(`${toJson({ ok: false, problems: [reason] })}\n`);
  process.stderr.write(`demo: ${reason}\n`);
  process.exitCode = 1;
} finally {
  await network?.stop(3_000);
}

function relayCount(text: string): number {
  const count = positiveInteger("--relays")(text);
  if (count < LEAST_RELAYS)
    throw new WaybillError("OPTION_INVALID", {
      what: "--relays",
      got: count,
      allowed: `≥ ${LEAST_RELAYS}`,
    });
  return count;
}

function tell(result: DemoResult, json: boolean): void {
  const problems = problemsOf(result);
  const ok = problems.length === 0;
  if (json) process.stdout.write(`${toJson({ ok, problems, ...result })}\n`);
  else
    process.stdout.write(
      `\n${renderFile(result)}\n\n${renderTable(result)}\n\n${problems.map((problem) => `${problem}\n`).join("")}${renderMoney(result)}\n`,
    );
  process.exitCode = ok ? 0 : 1;
}
