// Compiles offchain/core to dist/, which package.json exports: another mixnet can
// use packets, puzzles, tickets and VRF without the agent around them. `npm pack`
// runs this first.
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");

// Removed first, so that a deleted module is not shipped.
rmSync(join(root, "dist"), { recursive: true, force: true });

const compiler = join(root, "node_modules/typescript/bin/tsc");
const { status } = spawnSync(process.execPath, [compiler, "--project", "tsconfig.package.json"], {
  cwd: root,
  stdio: ["ignore", 2, 2],
});
process.exit(status ?? 1);
