import { expect } from "chai";
import { randomBytes } from "node:crypto";
import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout } from "node:timers/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";

import { decryptKeystoreJson, encryptKeystoreJsonSync, Wallet } from "ethers";

import {
  decryptKeystore,
  encryptKeystore,
} from "../../../../offchain/adapters/secrets/keystore.ts";
import {
  readPrivateFile,
  writePrivateFile,
} from "../../../../offchain/adapters/secrets/private-file.ts";
import { bytesToHex } from "../../../../offchain/core/bytes.ts";
import { WaybillError } from "../../../../offchain/core/errors.ts";
import { saidOnFullDisk } from "../../../support/full-disk.ts";

/** Cheap, so that tests are quick; the file says so and is read accordingly. */
const CHEAP = { N: 2 ** 10, r: 8, p: 1 };
const PASSPHRASE = "tangerine bicycle canary";
const SECRET = randomBytes(32);

async function refusal(work: Promise<unknown>): Promise<WaybillError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof WaybillError) return error;
    throw error;
  }
  throw new Error("it was taken");
}

/** Nothing in any printed form of the error is worth reading for a thief. */
function expectSilent(error: WaybillError): void {
  const text = `${inspect(error, { depth: 9 })} ${JSON.stringify(error)}`;
  for (const canary of [PASSPHRASE, "bicycle", SECRET.toString("hex").slice(0, 16)])
    expect(text).to.not.contain(canary);
}

describe("the keystore", () => {
  const folder = mkdtempSync(join(tmpdir(), "waybill-keystore-"));
  let text: string;
  before(async () => {
    text = await encryptKeystore(SECRET, PASSPHRASE, CHEAP);
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  it("gives back what was put in, and holds neither secret nor account in the clear", async () => {
    expect(await decryptKeystore(text, PASSPHRASE, "x")).to.deep.equal(Uint8Array.from(SECRET));
    const content = JSON.parse(text) as Record<string, unknown>;
    expect(Object.keys(content).sort()).to.deep.equal(["crypto", "id", "version"]);
    expect(text).to.not.contain(SECRET.toString("hex")).and.not.contain(PASSPHRASE);
    expect(await encryptKeystore(SECRET, PASSPHRASE, CHEAP)).to.not.equal(text);
  });

  it("is the standard's form: other programs read ours, and theirs is read", async () => {
    const { privateKey } = await decryptKeystoreJson(text, PASSPHRASE);
    expect(privateKey).to.equal(bytesToHex(SECRET));
    const wallet = new Wallet(bytesToHex(SECRET));
    const theirs = encryptKeystoreJsonSync(wallet, PASSPHRASE, { scrypt: CHEAP });
    expect(await decryptKeystore(theirs, PASSPHRASE, "x")).to.deep.equal(Uint8Array.from(SECRET));
    // From the standard's own text, with PBKDF2.
    const standard = {
      crypto: {
        cipher: "aes-128-ctr",
        cipherparams: { iv: "6087dab2f9fdbbfaddc31a909735c1e6" },
        ciphertext: "5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46",
        kdf: "pbkdf2",
        kdfparams: {
          c: 262144,
          dklen: 32,
          prf: "hmac-sha256",
          salt: "ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd",
        },
        mac: "517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2",
      },
      id: "3198bc9c-6672-5ab3-d995-4942343ae5b6",
      version: 3,
    };
    const opened = await decryptKeystore(JSON.stringify(standard), "testpassword", "x");
    expect(bytesToHex(opened)).to.equal(
      "0x7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d",
    );
  });

  it("threat 54: a wrong passphrase is told apart from a damaged file, and neither is repeated", async () => {
    const wrong = await refusal(decryptKeystore(text, `${PASSPHRASE} bicycle`, "some/path"));
    expect(wrong.code).to.equal("KEYSTORE_PASSPHRASE_WRONG");
    expect(wrong.message).to.contain("some/path");
    expectSilent(wrong);
    type Kept = Record<string, Record<string, Record<string, unknown>>>;
    const broken = (change: (kept: Kept) => void): string => {
      const kept = JSON.parse(text) as Kept;
      change(kept);
      return JSON.stringify(kept);
    };
    const files: Record<string, string> = {
      empty: "",
      cut: text.slice(0, 200),
      list: "[]",
      "no crypto": broken((kept) => delete kept.crypto),
      "version 1": broken((kept) => Object.assign(kept, { version: 1 })),
      "other KDF": broken((kept) => Object.assign(kept.crypto ?? {}, { kdf: "argon2id" })),
      "no salt": broken((kept) => delete kept.crypto?.kdfparams?.salt),
      "other cipher": broken((kept) => Object.assign(kept.crypto ?? {}, { cipher: "aes-256-gcm" })),
      "no power of two": broken((kept) => Object.assign(kept.crypto?.kdfparams ?? {}, { n: 1000 })),
      "more than a machine has": broken((kept) =>
        Object.assign(kept.crypto?.kdfparams ?? {}, { n: 2 ** 30 }),
      ),
      negative: broken((kept) => Object.assign(kept.crypto?.kdfparams ?? {}, { r: -8 })),
      "no number": broken((kept) => Object.assign(kept.crypto?.kdfparams ?? {}, { p: "many" })),
      "secret in it": broken((kept) => Object.assign(kept, { crypto: PASSPHRASE })),
    };
    for (const [name, damaged] of Object.entries(files)) {
      const error = await refusal(decryptKeystore(damaged, PASSPHRASE, "some/path"));
      expect(error.code, name).to.equal("KEYSTORE_INVALID");
      expectSilent(error);
    }
    // A changed cipher text looks like a wrong passphrase: the format cannot tell them apart.
    const flipped = broken((kept) => {
      const crypto = kept.crypto as unknown as Record<string, string>;
      crypto.ciphertext = `${"0".repeat(8)}${String(crypto.ciphertext).slice(8)}`;
    });
    const changed = await refusal(decryptKeystore(flipped, PASSPHRASE, "x"));
    expect(changed.code).to.equal("KEYSTORE_PASSPHRASE_WRONG");
  });

  it("is written for its owner alone, whole, and never over another one", () => {
    const path = join(folder, "keystore.json");
    const mask = process.umask(0);
    try {
      writePrivateFile(path, text, "refuse");
    } finally {
      process.umask(mask);
    }
    expect(statSync(path).mode & 0o777).to.equal(0o600);
    expect(readPrivateFile(path)).to.equal(text);
    expect(() => {
      writePrivateFile(path, "other", "refuse");
    }).to.throw(/already/);
    expect(readFileSync(path, "utf8")).to.equal(text);
    writePrivateFile(path, "other", "replace");
    expect(readPrivateFile(path)).to.equal("other");
    expect(readdirSync(folder)).to.deep.equal(["keystore.json"]);
    chmodSync(path, 0o640);
    expect(() => readPrivateFile(path)).to.throw(/640.*chmod 600/s);
    const nowhere = join(folder, "none", "keystore.json");
    expect(() => {
      writePrivateFile(nowhere, text, "refuse");
    }).to.throw(/cannot be written/);
  });

  it("a write that is cut off leaves the old file or the new one, and never a part", async () => {
    const path = join(folder, "cut.json");
    const long = "n".repeat(2_000_000);
    const script = `
      import { writePrivateFile } from "./offchain/adapters/secrets/private-file.ts";
      process.stdout.write("ready");
      for (;;) writePrivateFile(${JSON.stringify(path)}, "n".repeat(2_000_000), "replace");`;
    for (const delay of [1, 4, 9]) {
      writeFileSync(path, "old", { mode: 0o600 });
      const child = spawn(process.execPath, ["--input-type=module-typescript", "-e", script]);
      const ended = once(child, "exit");
      await once(child.stdout, "data");
      await setTimeout(delay);
      child.kill("SIGKILL");
      await ended;
      expect(["old", long].includes(readFileSync(path, "utf8")), "a part").to.equal(true);
    }
    for (const name of readdirSync(folder)) if (name.endsWith(".part")) rmSync(join(folder, name));
  });

  it("a disk without room leaves no file behind", function () {
    const path = join(folder, "full.json");
    const said = saidOnFullDisk(
      8,
      `import { writePrivateFile } from "./offchain/adapters/secrets/private-file.ts";
      try { writePrivateFile(${JSON.stringify(path)}, "n".repeat(100_000), "refuse"); }
      catch (error) { process.stdout.write(error.code); }`,
    );
    expect(said).to.equal("SECRET_FILE_UNWRITABLE");
    expect(readdirSync(folder).filter((name) => name.startsWith("full"))).to.deep.equal([]);
  });
});
