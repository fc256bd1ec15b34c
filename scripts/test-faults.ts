// What machines do to a node, all of it; `npm test` runs a shorter form:
//
//   npm run test:faults
//
// What this machine lacks the means for is skipped, and says why.
import { runSteps } from "./steps.ts";

const HOUR_MS = 3_600_000;

await runSteps([
  {
    name: "faults",
    counts: true,
    script: "scripts/mocha.ts",
    args: ["test/faults"],
    environment: { FAULTS: "all" },
    limitMs: HOUR_MS,
  },
]);
