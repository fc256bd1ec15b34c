import { expect } from "chai";
import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { readSecret } from "../../../../offchain/adapters/secrets/read-secret.ts";
import { bytesToHex } from "../../../../offchain/core/bytes.ts";
import { hasCode, type ErrorCode } from "../../../../offchain/core/errors.ts";

const CANARY = "ab".repeat(31) + "cd";

function failure(environment: Record<string, string>): { code: string; text: string } {
  try {
    readSecret("WAYBILL_SECRET", environment);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const codes: ErrorCode[] = [
      "SECRET_MISSING",
      "SECRET_FILE_UNREADABLE",
      "SECRET_FILE_OPEN",
      "SECRET_INVALID",
    ];
    return {
      code: codes.find((code) => hasCode(error, code)) ?? "none",
      text: `${error.message} ${String(error.stack)}`,
    };
  }
  return { code: "accepted", text: "" };
}

describe("secrets", () => {
  const folder = mkdtempSync(join(tmpdir(), "waybill-secret-"));
  const file = join(folder, "secret");
  after(() => {
    rmSync(folder, { recursive: true });
  });

  it("come from the environment or from a private file", () => {
    writeFileSync(file, `0x${CANARY}\n`, { mode: 0o600 });
    for (const environment of [{ WAYBILL_SECRET: CANARY }, { WAYBILL_SECRET_FILE: file }])
      expect(bytesToHex(readSecret("WAYBILL_SECRET", environment))).to.equal(`0x${CANARY}`);
  });

  it("in a file that others can read are refused", () => {
    for (const mode of [0o644, 0o640, 0o604, 0o660]) {
      writeFileSync(file, CANARY);
      chmodSync(file, mode);
      const { code, text } = failure({ WAYBILL_SECRET_FILE: file });
      expect(code).to.equal("SECRET_FILE_OPEN");
      expect(text).to.include(mode.toString(8));
    }
  });

  it("missing, unreadable, doubled or malformed are named", () => {
    expect(failure({}).code).to.equal("SECRET_MISSING");
    expect(failure({ WAYBILL_SECRET_FILE: join(folder, "none") }).code).to.equal(
      "SECRET_FILE_UNREADABLE",
    );
    expect(failure({ WAYBILL_SECRET: CANARY, WAYBILL_SECRET_FILE: file }).code).to.equal(
      "SECRET_INVALID",
    );
    expect(failure({ WAYBILL_SECRET: CANARY.slice(2) }).code).to.equal("SECRET_INVALID");
    expect(failure({ WAYBILL_SECRET: `${CANARY.slice(2)}zz` }).code).to.equal("SECRET_INVALID");
  });

  it("in a pipe, a folder or a file of another user are refused", () => {
    const pipe = join(folder, "pipe");
    execFileSync("/usr/bin/env", ["mkfifo", "-m", "600", pipe]);
    expect(failure({ WAYBILL_SECRET_FILE: pipe }).code).to.equal("SECRET_FILE_UNREADABLE");
    expect(failure({ WAYBILL_SECRET_FILE: folder }).code).to.equal("SECRET_FILE_UNREADABLE");
    // Only root can give a file away.
    if (process.getuid?.() === 0) {
      writeFileSync(file, CANARY);
      chmodSync(file, 0o600);
      chownSync(file, 65_534, 65_534);
      expect(failure({ WAYBILL_SECRET_FILE: file }).code).to.equal("SECRET_FILE_UNREADABLE");
      chownSync(file, 0, 0);
    }
  });

  it("threat 54: never appear in an error", () => {
    const almost = [`${CANARY}0`, CANARY.slice(1), `${CANARY.slice(0, 60)}xyzw`];
    for (const secret of almost) {
      const { text } = failure({ WAYBILL_SECRET: secret });
      expect(text).to.not.include(secret.slice(0, 12));
    }
  });
});
