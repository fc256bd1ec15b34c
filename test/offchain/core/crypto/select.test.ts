import { spawnSync } from "node:child_process";

import { expect } from "chai";

import { createBackend } from "../../../../offchain/core/crypto/select.ts";

const select = new URL("../../../../offchain/core/crypto/select.ts", import.meta.url).href;

/** Runs `expression` over `createBackend` in a process for which the native package has no binary. */
function withoutBinary(expression: string): string {
  const program = `
    const { createBackend } = await import(${JSON.stringify(select)});
    console.log(${expression});`;
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    ["--input-type=module", "--eval", program],
    // The package looks for its binary by this name of the processor.
    { encoding: "utf8", env: { ...process.env, npm_config_arch: "abacus" } },
  );
  expect(status, stderr).to.equal(0);
  return stdout.trim();
}

describe("choice of the curve backend", () => {
  it("takes the one that is asked for", () => {
    expect(createBackend("noble").name).to.equal("noble");
    expect(createBackend("native").name).to.equal("native");
  });

  it("is native where a binary fits", () => {
    expect(createBackend().name).to.equal("native");
  });

  it("falls back to noble where none does, and says so by its name", () => {
    expect(withoutBinary("createBackend().name")).to.equal("noble");
  });

  it("does not fall back when native was asked for by name", () => {
    const code = "(() => { try { createBackend('native') } catch (e) { return e.code } })()";
    expect(withoutBinary(code)).to.equal("CRYPTO_NATIVE_UNAVAILABLE");
  });
});
