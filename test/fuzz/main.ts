// Every decoder that reads what strangers send, under inputs that are guided by the code they reach:
//
//   node test/fuzz/main.ts                               10,000 inputs for each
//   node test/fuzz/main.ts --inputs 1000000 --seed 0x12  that many, the same in every run
//   node test/fuzz/main.ts --only frames                 one decoder
//
// A failure prints what was thrown and the input in hexadecimal digits, and ends that decoder's turn.
import { randomBytes } from "node:crypto";
import { parseArgs } from "node:util";

import { Coverage } from "./coverage.ts";
import { fuzz, type Target } from "./fuzzer.ts";
import { Watch } from "./watch.ts";

const { values } = parseArgs({
  options: {
    inputs: { type: "string", default: "10000" },
    seed: { type: "string", default: `0x${randomBytes(8).toString("hex")}` },
    only: { type: "string" },
    /** Another file with targets. */
    targets: { type: "string", default: "./targets.ts" },
    unguided: { type: "boolean", default: false },
  },
});
const inputs = Number(values.inputs);
if (!Number.isSafeInteger(inputs) || inputs < 1) refuse("--inputs must be a number from 1");

const coverage = new Coverage((url) => url.includes("/offchain/") || url.endsWith("/planted.ts"));
const { targets } = (await import(values.targets)) as { readonly targets: readonly Target[] };
const chosen = targets.filter(({ name }) => values.only === undefined || name === values.only);
if (chosen.length === 0) refuse(`--only must be one of ${targets.map((t) => t.name).join(", ")}`);

console.log(`fuzzing with --seed ${values.seed}`);
let failed = 0;
const watch = new Watch();
for (const target of chosen) {
  const { name } = target;
  const { kept, failure, ...done } = fuzz(target, {
    ...{ inputs, seed: values.seed, coverage, guided: !values.unguided },
    before: (input) => {
      watch.begins(input);
    },
  });
  watch.rests();
  console.log(
    `  ${failure === undefined ? "✔" : "✘"} ${name}: ${done.inputs} inputs, ${kept} kept`,
  );
  if (failure === undefined) continue;
  failed += 1;
  console.log(`    ${failure.why}\n    input: 0x${Buffer.from(failure.input).toString("hex")}`);
}
await watch.stop();
coverage.stop();
console.log(`  ${chosen.length - failed} passing\n  ${failed} failing`);
process.exitCode = failed === 0 ? 0 : 1;

function refuse(why: string): never {
  console.error(`fuzz: ${why}`);
  process.exit(2);
}
