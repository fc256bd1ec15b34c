import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { inspect } from "node:util";
import { expect } from "chai";
import { libp2pTransport } from "../../../../offchain/adapters/libp2p/transport.ts";
import { deriveKeys } from "../../../../offchain/core/keys/derive.ts";

const CANARY = Uint8Array.from({ length: 32 }, (_, i) => (i * 37 + 11) % 251);
const keys = deriveKeys(CANARY);
const { agent, vrf, ticket, network } = keys;
const SECRETS = { CANARY, agent, vrf, ticket, network, packet: keys.packet() };

/** Every form in which a key could be printed: hexadecimal, base64, the bytes as numbers. */
function formsOf(secret: Uint8Array): string[] {
  const buffer = Buffer.from(secret);
  return [
    buffer.toString("hex").slice(0, 24),
    buffer.toString("base64").slice(0, 20),
    buffer.toString("base64url").slice(0, 20),
    [...secret.subarray(0, 6)].join(", "),
    [...secret.subarray(0, 6)].join(","),
    inspect(secret).slice(17, 40),
  ];
}

function expectNoSecret(text: string): void {
  for (const [name, secret] of Object.entries(SECRETS))
    for (const form of formsOf(secret))
      expect(text.toLowerCase().includes(form.toLowerCase()), name).to.equal(false);
}

describe("threat 54: a planted key", () => {
  it("would be found if it were printed", () => {
    for (const text of [
      Buffer.from(keys.vrf).toString("hex"),
      JSON.stringify([...keys.agent]),
      inspect(keys.network),
      Buffer.from(CANARY).toString("base64"),
    ])
      expect(() => {
        expectNoSecret(text);
      }).to.throw();
  });

  it("is in no text, JSON or inspection of the keys and of the transport that holds one", async () => {
    const transport = await libp2pTransport({ seed: keys.network, listen: [] });
    await transport.start({});
    const everything = { depth: Infinity, showHidden: true, maxArrayLength: Infinity };
    for (const value of [keys, { keys }, [keys], transport]) {
      expectNoSecret(inspect(value, everything));
      expectNoSecret(JSON.stringify(value));
    }
    expectNoSecret(String(keys));
    await transport.stop();
  });

  it("is not in the process list, nor in what the process writes; from a file not in its environment", async () => {
    const folder = mkdtempSync(join(tmpdir(), "waybill-canary-"));
    const file = join(folder, "secret");
    writeFileSync(file, Buffer.from(CANARY).toString("hex"), { mode: 0o600 });
    const program = fileURLToPath(new URL("support/hold-secret.ts", import.meta.url));
    const child = spawn(process.execPath, [program], {
      cwd: folder,
      env: { WAYBILL_SECRET_FILE: file },
    });
    let written = "";
    child.stderr.on("data", (text: Buffer) => (written += text.toString()));
    await new Promise((resolve) => child.stdout.once("data", resolve));
    for (const what of ["cmdline", "environ"])
      expectNoSecret(readFileSync(`/proc/${child.pid}/${what}`, "latin1"));
    child.stdin.end();
    await new Promise((resolve) => child.on("close", resolve));
    expect(written).to.include("[secret keys]").and.to.include("printed by mistake");
    expectNoSecret(written);
    expect(readdirSync(folder)).to.deep.equal(["secret"]);
    rmSync(folder, { recursive: true });
  });
});
