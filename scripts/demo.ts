// The main job on this machine:
//
//   npm run demo                       a random file of more than 500 packets, cover beside it
//   npm run demo -- --file PATH        your own
//   npm run demo -- --no-channels      packets cost nothing; the lottery alone pays
//   npm run demo -- --drop 0.5         one relay throws away half of what comes in, and the table shows it
//   npm run demo -- --beacon drand     randomness comes from a drand server on this machine
//   npm run demo -- --dashboard        keeps the network running, to be watched in the browser, until Ctrl-C
//   npm run -s demo -- --json          one JSON object on standard output
import { resolve } from "node:path";

import { readInputFile } from "../offchain/app/input-file.ts";
import { toJson } from "../offchain/app/output.ts";
import { networkOptions, parseOptions } from "./demo/options.ts";
import type { DemoResult } from "./demo/result.ts";
import { runDemo } from "./demo/run.ts";
import { watchDemo } from "./demo/watch.ts";
import { problemsOf } from "./demo/verdict.ts";
import { createView, renderFile, renderMoney, renderTable } from "./demo/view.ts";
import { LocalNetwork } from "./local-network/network.ts";

/** Exit code after Ctrl-C, as shells have it. */
const STOPPED = 130;

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
  const options = parseOptions();
  const { channels, drop, seed, json } = options;
  const file = options.file === undefined ? undefined : resolve(options.file);
  if (file !== undefined) readInputFile(file);
  network = new LocalNetwork({
    ...networkOptions(options),
    onStage: (stage) => {
      view.stage(stage);
    },
  });
  const plan = { file, channels, drop: drop === undefined ? undefined : { share: drop, seed } };
  if (options.dashboard) await Promise.race([watchDemo(network, plan, view, json), network.broken]);
  const result = await Promise.race([runDemo(network, plan, view), network.broken]);
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
