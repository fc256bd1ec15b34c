// Makes a fresh clone runnable, whichever Node (18 or later) started it:
//
//   node scripts/bootstrap.mjs                        install and build
//   node scripts/bootstrap.mjs --run SCRIPT [ARGS…]   the same, then run SCRIPT under Node 24
//
// Hardhat's native part is left out silently when an older Node installs it, so
// the dependencies are installed by the Node that they bring along themselves.
// Progress goes to stderr; stdout belongs to SCRIPT. When nothing has changed
// since the last time, this costs a few hashes.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { constants } from "node:os";
import { delimiter, dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

const NPM_VERSION = "11";
const LOCK_POLL_MS = 500;
const LOCK_TIMEOUT_MS = 20 * 60_000;

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const windows = process.platform === "win32";
const modules = join(root, "node_modules");
const node = join(modules, "node", "bin", windows ? "node.exe" : "node");
const lockFolder = join(root, ".bootstrap.lock");
const installStamp = join(modules, ".waybill-install");
const buildStamp = join(root, "generated", ".waybill-build");
const pages = join(root, "offchain", "app", "dashboard");
const pagesStamp = join(pages, "dist", ".waybill-build");

main().catch((error) => {
  console.error(`bootstrap: ${error.message}`);
  process.exit(1);
});

async function main() {
  const [flag, script, ...args] = process.argv.slice(2);
  if (flag !== undefined && (flag !== "--run" || script === undefined)) {
    throw new Error("usage: node scripts/bootstrap.mjs [--run SCRIPT [ARGS...]]");
  }
  if (!isReady()) await withLock(prepare);
  if (script !== undefined) runUnderProjectNode(script, args);
}

function isReady() {
  return isInstalled() && isBuilt() && arePagesBuilt();
}

function prepare() {
  if (!isInstalled()) install();
  requireProjectNode();
  if (!isBuilt()) build();
  if (!arePagesBuilt()) buildPages();
}

// ---- Dependencies ----

function isInstalled() {
  // A linked node_modules belongs to another work tree: installing through the
  // link would empty that one's folder.
  if (lstatSync(modules, { throwIfNoEntry: false })?.isSymbolicLink()) return existsSync(node);
  return existsSync(node) && readStamp(installStamp) === installHash();
}

function installHash() {
  return hashFiles(["package-lock.json", ".npmrc"].map((name) => join(root, name)));
}

function install() {
  const wanted = lockedNodeVersion();
  const packages = `-p node@${wanted} -p npm@${NPM_VERSION}`;
  // The check comes first: an npx that kept the old Node must not install.
  const check = `node -e "process.exit(process.version === 'v${wanted}' ? 0 : 99)"`;
  // What an earlier bootstrap left is brought up to date in place: npm ci would
  // pull the folder from under whatever runs out of it.
  const task = existsSync(installStamp) ? "npm install --no-save" : "npm ci";
  let command = `npx -y ${packages} -c ${quote(`${check} && ${task}`)}`;
  if (npmMajor() >= 12) {
    // npm 12 blocks the step that puts the node package's binary in place.
    command = `npx -y -p npm@${NPM_VERSION} -c ${quote(command)}`;
  }
  console.error(
    `bootstrap: installing dependencies under Node ${wanted} (the first time takes a minute)`,
  );
  const status = runShell(command);
  if (status === 99) throw new Error(`npx did not start Node ${wanted}; try npm ${NPM_VERSION}`);
  if (status !== 0) throw new Error(`${task} failed (exit ${status}); its output is above`);
  writeFileSync(installStamp, installHash());
}

function lockedNodeVersion() {
  const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));
  return lock.packages["node_modules/node"].version;
}

function npmMajor() {
  const result = spawnSync("npm", ["--version"], { encoding: "utf8", shell: windows });
  if (result.status !== 0) throw new Error("npm is not on the PATH; it comes with Node");
  return Number.parseInt(result.stdout, 10);
}

function requireProjectNode() {
  const wanted = lockedNodeVersion();
  const { stdout } = spawnSync(node, ["--version"], { encoding: "utf8" });
  if (stdout?.trim() === `v${wanted}`) return;
  throw new Error(
    `node_modules holds Node ${stdout?.trim() ?? "none"}, the lock ${wanted}: delete node_modules`,
  );
}

// ---- Contracts ----

function isBuilt() {
  return readStamp(buildStamp) === buildHash();
}

function buildHash() {
  const inputs = ["hardhat.config.ts", "tsconfig.contracts.json", "package-lock.json"];
  return hashFiles([
    ...inputs.map((name) => join(root, name)),
    join(root, "scripts", "build.ts"),
    ...filesUnder(join(root, "contracts")),
  ]);
}

function build() {
  console.error("bootstrap: compiling the contracts");
  const hash = buildHash();
  const { status } = spawnSync(node, [join(root, "scripts", "build.ts")], {
    cwd: root,
    stdio: ["ignore", 2, 2],
  });
  if (status !== 0) throw new Error("the contracts do not build; the reason is above");
  writeFileSync(buildStamp, hash);
}

// ---- Pages ----

function arePagesBuilt() {
  return readStamp(pagesStamp) === pagesHash();
}

function pagesHash() {
  const built = [join(pages, "dist"), join(pages, "overview", "dist")];
  const sources = filesUnder(pages).filter((path) => !built.some((folder) => within(folder, path)));
  return hashFiles([
    join(root, "package-lock.json"),
    join(root, "scripts", "build-pages.ts"),
    ...sources,
  ]);
}

function buildPages() {
  console.error("bootstrap: building the dashboard");
  const hash = pagesHash();
  const { status } = spawnSync(node, [join(root, "scripts", "build-pages.ts")], {
    cwd: root,
    stdio: ["ignore", 2, 2],
  });
  if (status !== 0) throw new Error("the dashboard does not build; the reason is above");
  writeFileSync(pagesStamp, hash);
}

// ---- The script to run ----

function runUnderProjectNode(script, args) {
  const path = [join(modules, ".bin"), process.env.PATH ?? ""].join(delimiter);
  const child = spawn(node, [join(root, script), ...args], {
    cwd: root,
    stdio: "inherit",
    // Most of what runs here starts dozens of processes of the same modules.
    env: { NODE_COMPILE_CACHE: join(modules, ".cache", "compiled"), ...process.env, PATH: path },
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => child.kill(signal));
  }
  child.on("error", (error) => {
    console.error(`bootstrap: cannot start ${script}: ${error.message}`);
    process.exit(1);
  });
  child.on("exit", (code, signal) => {
    process.exit(code ?? 128 + constants.signals[signal]);
  });
}

// ---- One at a time ----

async function withLock(work) {
  const deadline = Date.now() + LOCK_TIMEOUT_MS;
  const owner = join(lockFolder, "pid");
  let told = false;
  while (!tryLock(owner)) {
    if (Date.now() > deadline) throw new Error(`gave up waiting; delete ${lockFolder}`);
    if (!told) console.error("bootstrap: waiting for another one in this folder");
    told = true;
    await new Promise((resolve) => setTimeout(resolve, LOCK_POLL_MS));
  }
  const unlock = () => rmSync(lockFolder, { recursive: true, force: true });
  process.on("exit", unlock);
  try {
    // Whoever held the lock may have done the work meanwhile.
    if (!isReady()) work();
  } finally {
    process.removeListener("exit", unlock);
    unlock();
  }
}

function tryLock(owner) {
  try {
    mkdirSync(lockFolder);
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
    if (isAbandoned(owner)) rmSync(lockFolder, { recursive: true, force: true });
    return false;
  }
  writeFileSync(owner, String(process.pid));
  return true;
}

function isAbandoned(owner) {
  try {
    process.kill(Number.parseInt(readFileSync(owner, "utf8"), 10), 0);
    return false;
  } catch (error) {
    // ENOENT: taken this instant, and the pid not written yet.
    return error.code === "ESRCH";
  }
}

// ---- Helpers ----

function readStamp(path) {
  return existsSync(path) ? readFileSync(path, "utf8") : undefined;
}

function hashFiles(paths) {
  const hash = createHash("sha256");
  for (const path of paths) {
    const content = readFileSync(path);
    hash.update(`${relative(root, path)}\0${content.length}\0`).update(content);
  }
  return hash.digest("hex");
}

function within(folder, path) {
  return path.startsWith(folder + sep);
}

function filesUnder(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? filesUnder(path) : [path];
    });
}

function runShell(command) {
  const { status, error } = spawnSync(command, {
    cwd: root,
    shell: true,
    stdio: ["ignore", 2, 2],
  });
  if (error) throw error;
  return status;
}

function quote(text) {
  return windows ? `"${text.replaceAll('"', '\\"')}"` : `'${text.replaceAll("'", `'\\''`)}'`;
}
