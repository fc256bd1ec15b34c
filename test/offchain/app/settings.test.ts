import { expect } from "chai";
import { Command } from "commander";

import { layerSettings } from "../../../offchain/app/config/attach.ts";
import { hasCode } from "../../../offchain/core/errors.ts";
import { addCommonOptions, gwei, type CommonOptions } from "../../../offchain/app/settings.ts";

const parse = (...args: readonly string[]): CommonOptions => parseIn({}, args);

function parseIn(environment: Record<string, string>, args: readonly string[]): CommonOptions {
  const test = addCommonOptions(new Command("test")).action(() => undefined);
  const program = new Command().addCommand(test);
  layerSettings(program, environment);
  for (const command of [program, test]) command.exitOverride();
  program.parse(["test", ...args], { from: "user" });
  return test.opts<CommonOptions>();
}

const codeOf = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    if (hasCode(error, "OPTION_INVALID")) return error.message;
    throw error;
  }
  throw new Error("it was taken");
};

describe("settings of the chain", () => {
  it("take several endpoints, given again or with commas, in place of the usual one", () => {
    expect(parse().rpcUrl).to.deep.equal(["http://127.0.0.1:8545"]);
    const urls = ["http://a/", "ws://b:8546", "https://c/key"];
    expect(
      parse("--rpc-url", "http://a/, ws://b:8546", "--rpc-url", "https://c/key").rpcUrl,
    ).to.deep.equal(urls);
    expect(parseIn({ WAYBILL_RPC_URL: urls.join(",") }, []).rpcUrl).to.deep.equal(urls);
  });

  it("refuse what is no address of an endpoint, and do not repeat it: it can hold a key", () => {
    for (const url of ["ftp://a/secret", "secret", ","]) {
      const message = codeOf(() => parse("--rpc-url", url));
      expect(message).to.contain("--rpc-url").and.not.contain("secret");
    }
  });

  it("take fees in gwei, to the wei", () => {
    expect(gwei("--max-fee")("0.05")).to.equal(50_000_000n);
    expect(parse("--max-fee", "120").maxFee).to.equal(120n * 10n ** 9n);
    codeOf(() => gwei("--max-fee")("0.0000000001"));
    codeOf(() => parse("--confirmations", "0"));
  });
});
