// The `waybill` command as one file, in this process. What `scripts/waybill` and `npm run waybill` start.
import { enableCompileCache } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { bundle } from "./bundle.ts";

const root = join(import.meta.dirname, "..");
enableCompileCache(join(root, "node_modules/.cache/compiled"));
const file = await bundle(join(root, "offchain/app/main.ts"));
await import(pathToFileURL(file).href);
