// Writes the description of the HTTP API, the types of its client, and the list of metrics in docs/metrics.md:
//
//   npm run api:generate
//
// All are committed; a test fails when they are not what this writes.
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { generateApi, root } from "./api/generate.ts";

for (const [path, text] of Object.entries(await generateApi()))
  writeFileSync(join(root, path), text);
