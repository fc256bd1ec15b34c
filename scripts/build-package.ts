// Compiles offchain/ to dist/: the agent, which package.json names as its command,
// and the core, which it exports, so that another mixnet can use packets, puzzles,
// tickets and VRF without the agent around them. `npm pack` runs this first.
import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, globSync, readFileSync, rmSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const { bin } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  readonly bin: Readonly<Record<string, string>>;
};

// Removed first, so that a deleted module is not shipped.
rmSync(join(root, "dist"), { recursive: true, force: true });

const compiler = join(root, "node_modules/typescript/bin/tsc");
const { status } = spawnSync(process.execPath, [compiler, "--project", "tsconfig.package.json"], {
  cwd: root,
  stdio: ["ignore", 2, 2],
});
if (status !== 0) process.exit(status ?? 1);

// What is read at run time and is no code: the compiler leaves it where it lies.
const dashboard = "app/dashboard";
for (const file of globSync("offchain/**/*.json", {
  cwd: root,
  exclude: [`offchain/${dashboard}/**`],
}))
  cpSync(join(root, file), join(root, "dist", relative("offchain", file)));
cpSync(join(root, "offchain/app/waybill.sh"), join(root, "dist/app/waybill.sh"));
// The dashboard, built by the bootstrap.
cpSync(join(root, "offchain", dashboard, "dist"), join(root, "dist", dashboard, "dist"), {
  recursive: true,
});
for (const file of Object.values(bin)) chmodSync(join(root, file), 0o755);
