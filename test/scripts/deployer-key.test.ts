/** Whose key pays for a deployment: from the environment, a private file or a keystore, and never two of them. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { deployerKey } from "../../scripts/deployer-key.ts";
import { encryptKeystore } from "../../offchain/adapters/secrets/keystore.ts";
import { hexToBytes } from "../../offchain/core/bytes.ts";
import { hasCode } from "../../offchain/core/errors.ts";

const KEY = `0x${"5e".repeat(32)}` as const;

describe("the deployer's key", () => {
  const folder = mkdtempSync(join(tmpdir(), "waybill-deployer-"));
  const keystore = join(folder, "keystore.json");

  before(async () => {
    const text = await encryptKeystore(hexToBytes(KEY), "a passphrase", { N: 1024, r: 8, p: 1 });
    writeFileSync(keystore, text, { mode: 0o600 });
    writeFileSync(join(folder, "key"), KEY, { mode: 0o600 });
  });

  after(() => {
    rmSync(folder, { recursive: true });
  });

  it("comes from the environment, from a private file, or from nowhere", async () => {
    expect(await deployerKey({})).to.equal(undefined);
    expect(await deployerKey({ WAYBILL_DEPLOYER_KEY: KEY })).to.equal(KEY);
    expect(await deployerKey({ WAYBILL_DEPLOYER_KEY_FILE: join(folder, "key") })).to.equal(KEY);
  });

  it("comes from a keystore and its passphrase", async () => {
    const opened = { WAYBILL_DEPLOYER_KEYSTORE: keystore };
    expect(await deployerKey({ ...opened, WAYBILL_DEPLOYER_PASSPHRASE: "a passphrase" })).to.equal(
      KEY,
    );
    const wrong = { ...opened, WAYBILL_DEPLOYER_PASSPHRASE: "another" };
    const error: unknown = await deployerKey(wrong).catch((caught: unknown) => caught);
    expect(hasCode(error, "KEYSTORE_PASSPHRASE_WRONG")).to.equal(true);
  });

  it("is refused when two are given, and not shown", async () => {
    const both = { WAYBILL_DEPLOYER_KEYSTORE: keystore, WAYBILL_DEPLOYER_KEY: KEY };
    const error: unknown = await deployerKey(both).catch((caught: unknown) => caught);
    expect(hasCode(error, "SECRET_INVALID")).to.equal(true);
    expect(String(error)).not.to.include(KEY.slice(2, 12));
  });
});
