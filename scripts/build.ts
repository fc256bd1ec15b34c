// Compiles the contracts and turns typechain's source into something Node can
// import. scripts/bootstrap.mjs calls it whenever a contract has changed.
import { spawnSync } from "node:child_process";
import { cpSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");

// Removed first, so that a deleted contract leaves no types behind.
rmSync(join(root, "generated"), { recursive: true, force: true });

run("hardhat", "hardhat/dist/src/cli.js", "build", "--no-tests");
run("tsc", "typescript/bin/tsc", "--project", "tsconfig.contracts.json");

// tsc copies no .d.ts; this one teaches hardhat-ethers the contracts' names.
cpSync(
  join(root, "generated/typechain/hardhat.d.ts"),
  join(root, "generated/contracts/hardhat.d.ts"),
);

function run(name: string, script: string, ...args: string[]): void {
  const result = spawnSync(process.execPath, [join(root, "node_modules", script), ...args], {
    cwd: root,
    // What these tools print is progress: it must not mix with a caller's data.
    stdio: ["ignore", 2, 2],
  });
  if (result.status === 0) return;
  const why = result.error?.message ?? `exit status ${result.status ?? "unknown"}`;
  console.error(`build: ${name} failed (${why})`);
  process.exit(1);
}
