import { readFileSync } from "node:fs";
import { join } from "node:path";

import { expect } from "chai";

import { EXIT, EXIT_MEANINGS, exitCodeOf } from "../../../offchain/app/exit-codes.ts";
import { waybill } from "../../../offchain/app/main.ts";
import { ERROR_CODES } from "../../../offchain/core/errors.ts";

describe("exit codes", () => {
  it("every error ends a command with one of them, and never with 0", () => {
    const known = EXIT_MEANINGS.map(([code]) => code);
    for (const code of ERROR_CODES) expect(known.slice(1), code).to.include(exitCodeOf(code));
    expect(new Set(ERROR_CODES.map(exitCodeOf)).size).to.equal(known.length - 1);
    expect(exitCodeOf("UNEXPECTED")).to.equal(EXIT.failed);
  });

  it("tell what a script has to tell apart", () => {
    expect(exitCodeOf("OPTION_INVALID")).to.equal(2);
    expect(exitCodeOf("SECRET_MISSING")).to.equal(2);
    expect(exitCodeOf("CONFIRMATION_MISSING")).to.equal(3);
    expect(exitCodeOf("CONFIRMATION_REFUSED")).to.equal(3);
    expect(exitCodeOf("CHAIN_UNREACHABLE")).to.equal(4);
    expect(exitCodeOf("PLAN_WOULD_FAIL")).to.equal(5);
    expect(exitCodeOf("CHAIN_REVERTED")).to.equal(5);
    expect(exitCodeOf("ACCOUNT_SHORT")).to.equal(5);
    expect(exitCodeOf("STORE_LOCKED")).to.equal(6);
  });

  it("stand in the help and in the operating guide, each with the same words", () => {
    let help = "";
    waybill({})
      .configureOutput({ writeOut: (text) => (help += text) })
      .outputHelp();
    const guide = readFileSync(join(import.meta.dirname, "../../../docs/operating.md"), "utf8");
    for (const [code, meaning] of EXIT_MEANINGS) {
      expect(help).to.include(`  ${code}  ${meaning}`);
      expect(guide).to.match(new RegExp(`\\| ${code} +\\| ${meaning} +\\|`));
    }
  });
});
