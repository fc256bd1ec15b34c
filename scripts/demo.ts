// The main job on this machine:
//
//   npm run demo                       a random file of more than 500 packets
//   npm run demo -- --file PATH        your own
//   npm run -s demo -- --json          one JSON object on standard output
import { resolve } from "node:path";

import { Command } from "commander";

import { positiveInteger } from "../offchain/app/settings.ts";
import { toJson } from "../offchain/app/output.ts";
import { LocalNetwork } from "./local-network/network.ts";
import { problemsOf, type DemoResult } from "./demo/result.ts";
import { runDemo } from "./demo/run.ts";
import { createView, renderFile, renderMoney, renderTable } from "./demo/view.ts";

const LEAST_RELAYS = 6;

interface Options {
  readonly file?: string;
  readonly relays: number;
  readonly json: boolean;
}

const options = new Command("demo")
  .description("A file crosses a local mixnet, and its relays are paid on a local chain.")
  .option("--file <path>", "the file to send; random bytes for more than 500 packets unless given")
  .option(
    "--relays <n>",
    `relays, at least ${LEAST_RELAYS}`,
    positiveInteger("--relays"),
    LEAST_RELAYS,
  )
  .option("--json", "one JSON object on standard output", false)
  .parse()
  .opts<Options>();

const view = createView();
const network = new LocalNetwork({
  relays: Math.max(options.relays, LEAST_RELAYS),
  parameters: "deploy/parameters/demo.json5",
  // The deployment falls into epoch 1; era 1 starts with epoch 4, so joins of epochs 1 and 2 count from then on.
  genesisAgo: 12,
  onStage: (stage) => {
    view.stage(stage);
  },
});

for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.on(signal, () => {
    view.close();
    network.abandon();
    process.exit(130);
  });
process.on("exit", () => {
  network.abandon();
});

try {
  const file = options.file === undefined ? undefined : resolve(options.file);
  const result = await runDemo(network, file, view);
  view.close();
  tell(result);
} catch (error) {
  view.close();
  const reason = error instanceof Error ? error.message : String(error);
  if (options.json) process.stdout.write(`${toJson({ ok: false, problems: [reason] })}\n`);
  process.stderr.write(`demo: ${reason}\n`);
  process.exitCode = 1;
} finally {
  await network.stop(3_000);
}

function tell(result: DemoResult): void {
  const problems = problemsOf(result);
  const ok = problems.length === 0;
  if (options.json) process.stdout.write(`${toJson({ ok, problems, ...result })}\n`);
  else
    process.stdout.write(
      `\n${renderFile(result)}\n\n${renderTable(result)}\n\n${problems.map((problem) => `${problem}\n`).join("")}${renderMoney(result)}\n`,
    );
  process.exitCode = ok ? 0 : 1;
}
