import { expect } from "chai";
import { CommanderError, type Command } from "commander";

import { waybill } from "../../../offchain/app/main.ts";
import { hushUsageErrors, withoutValues } from "../../../offchain/app/usage-errors.ts";

const CANARY = "ab".repeat(31) + "cd";

/** What is told of a wrong command line, on standard error and to programs. */
function told(...args: readonly string[]): string {
  const program = waybill({});
  let text = "";
  const prepare = (command: Command): void => {
    command.exitOverride().configureOutput({ writeErr: (part) => (text += part) });
    for (const child of command.commands) prepare(child);
  };
  prepare(program);
  hushUsageErrors(program);
  try {
    program.parse([...args], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return text + withoutValues(error.message);
  }
  throw new Error("it was taken");
}

describe("a secret that was passed as an argument", () => {
  it("threat 54: is not repeated, whatever was wrong with the command line", () => {
    const lines = [
      ["keys", `--secret=${CANARY}`],
      ["keys", "--passphrase=hunter2"],
      ["keys", "--passphrase=hunter2 with 'quotes'"],
      ["keys", CANARY],
      ["keys", "hunter2"],
      ["keys", "change-passphrase", "hunter2", "hunter2"],
      [CANARY],
      ["relay", `0x${CANARY}`],
      ["completion", CANARY],
    ];
    for (const args of lines) {
      const text = told(...args);
      expect(text, text).to.not.contain("hunter2").and.not.contain(CANARY.slice(0, 16));
      expect(text.length).to.be.greaterThan(20);
    }
  });

  it("is told to be exposed", () => {
    expect(told("keys", "--secret", CANARY)).to.contain("exposed");
    expect(told("run", `--owner-key=${CANARY}`)).to.contain("exposed");
    expect(told("run", "--colour")).to.contain("'--colour'").and.not.contain("exposed");
  });
});
