import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { expect } from "chai";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");

/** All that core may need. The agent's own dependencies are left out, so that an import of one fails. */
const CORE_NEEDS = [
  "@noble/ciphers",
  "@noble/curves",
  "@noble/hashes",
  "@scure/base",
  "@types/node",
  "hash-wasm",
  "secp256k1",
];

/** A stranger's program: one packet through three relays, and the puzzle of the first. */
const PROGRAM = `
import { randomBytes } from "node:crypto";
import { createBackend } from "waybill/core/crypto";
import { challenge, response } from "waybill/core/puzzle";
import { createForwardPacket, unwrap, type Route } from "waybill/core/sphinx";
import { era, nodeId, relayId } from "waybill/core/units";

const backend = createBackend();
const random = (length: number): Uint8Array => randomBytes(length);
const keys = [random(32), random(32), random(32), random(32)] as const;
const relay = (secretKey: Uint8Array) => ({
  id: relayId(\`0x\${randomBytes(32).toString("hex")}\`),
  packetKey: backend.publicKey(secretKey),
});
const route: Route = {
  relays: [relay(keys[0]), relay(keys[1]), relay(keys[2])],
  recipient: { id: nodeId(\`0x\${"11".repeat(32)}\`), packetKey: backend.publicKey(keys[3]) },
  trafficClass: "low-latency",
  era: era(0),
};
const data = Buffer.from("over there");
const sent = createForwardPacket({ backend, sessionKey: random(32), route, data, random });
const step0 = unwrap(backend, keys[0], sent.packet);
if (step0.kind !== "forward") throw new Error(step0.kind);
const step1 = unwrap(backend, keys[1], step0.packet);
if (step1.kind !== "forward") throw new Error(step1.kind);
const step2 = unwrap(backend, keys[2], step1.packet);
if (step2.kind !== "deliver") throw new Error(step2.kind);
const step3 = unwrap(backend, keys[3], step2.packet);
if (step3.kind !== "message" || step3.data === undefined) throw new Error(step3.kind);
const opened = challenge(response(step0.own, step1.ack));
console.log(Buffer.from(step3.data).toString(), Buffer.compare(opened, sent.firstChallenge));
`;

function run(cwd: string, command: string, ...args: string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: "utf8" });
  expect(status, `${command}: ${error?.message ?? ""}${stdout}${stderr}`).to.equal(0);
  return stdout;
}

const node = (cwd: string, ...args: string[]) => run(cwd, process.execPath, ...args);
const tsc = (cwd: string, ...args: string[]) =>
  node(cwd, join(root, "node_modules/typescript/bin/tsc"), ...args);

describe("the package, in an empty folder", function () {
  this.timeout(180_000);
  const folder = mkdtempSync(join(tmpdir(), "waybill-package-"));
  const modules = join(folder, "node_modules");

  before(() => {
    node(root, "scripts/build-package.ts");
    const packed = run(
      root,
      "npm",
      "pack",
      "--json",
      "--ignore-scripts",
      `--pack-destination=${folder}`,
    );
    const [{ filename }] = JSON.parse(packed) as [{ filename: string }];
    run(folder, "tar", "-xzf", filename);
    mkdirSync(modules);
    cpSync(join(folder, "package"), join(modules, "waybill"), { recursive: true });
    for (const name of CORE_NEEDS) {
      mkdirSync(dirname(join(modules, name)), { recursive: true });
      symlinkSync(join(root, "node_modules", name), join(modules, name));
    }
    writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
    writeFileSync(join(folder, "program.ts"), PROGRAM);
  });

  after(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it("carries a packet with core alone", () => {
    expect(node(folder, "program.ts").trim()).to.equal("over there 0");
  });

  it("comes with types that a strict program compiles against", () => {
    tsc(
      folder,
      "--strict",
      "--noEmit",
      "--types",
      "node",
      "--module",
      "nodenext",
      "--target",
      "es2024",
      "program.ts",
    );
  });

  it("exports no file that is not there, and nothing of the agent", () => {
    const areas = ["crypto", "epochs", "errors", "layers", "merkle", "puzzle"];
    areas.push("sphinx", "tickets", "units", "vrf");
    const imports = areas.map((area) => `await import("waybill/core/${area}");`).join(" ");
    node(folder, "--input-type=module", "--eval", imports);
    const failing = `await import("waybill/relay").catch((e) => console.log(e.code));`;
    expect(node(folder, "--input-type=module", "--eval", failing).trim()).to.equal(
      "ERR_PACKAGE_PATH_NOT_EXPORTED",
    );
  });
});
