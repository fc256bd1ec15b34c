import { Command, Option } from "commander";
import { expect } from "chai";

import { ManualClock } from "../../../../offchain/adapters/memory/clock.ts";
import { layerSettings } from "../../../../offchain/app/config/attach.ts";
import { openRandomness } from "../../../../offchain/app/relay/randomness.ts";
import { urlList } from "../../../../offchain/app/settings.ts";
import type { DrandChain } from "../../../../offchain/core/drand/chain.ts";
import { hasCode } from "../../../../offchain/core/errors.ts";
import { seconds } from "../../../../offchain/core/units.ts";
import { IndexedView } from "../../../../offchain/settlement/view.ts";
import { namedDrand, quicknet } from "../../../support/drand.ts";
import { PARAMS, recordingLog } from "../../settlement/support/simulation.ts";

const URL = "http://127.0.0.1:1";

function nodeOn(chain: DrandChain | undefined) {
  const clock = new ManualClock();
  const drand = chain === undefined ? {} : { drand: { chain, delay: seconds(1) } };
  return { clock, log: recordingLog(), view: new IndexedView({ ...PARAMS, ...drand }, clock) };
}

describe("where a relay gets drand rounds", () => {
  it("quicknet has public endpoints, any other chain only those that are named", async () => {
    const own = nodeOn(namedDrand("own", 1_000, 3).chain);
    let refusal: unknown;
    try {
      openRandomness(own, []);
    } catch (error) {
      refusal = error;
    }
    expect(hasCode(refusal, "OPTION_INVALID")).to.equal(true);
    expect(String(refusal)).to.contain("--drand-url");
    await openRandomness(own, [URL])?.close();
    const public_ = openRandomness(nodeOn(quicknet().chain), []);
    expect(public_).not.to.equal(undefined);
    await public_?.close();
  });

  it("a network on hashes of blocks needs none, and says so when some are named", () => {
    const node = nodeOn(undefined);
    expect(openRandomness(node, [])).to.equal(undefined);
    expect(node.log.lines).to.deep.equal([]);
    expect(openRandomness(node, [URL])).to.equal(undefined);
    expect(node.log.lines.map(({ level }) => level)).to.deep.equal(["warn"]);
  });

  it("the option may be given again, and hold several; it goes before the variable", () => {
    const parse = (args: readonly string[], variable?: string): unknown => {
      let urls: unknown;
      const option = new Option("--drand-urls, --drand-url <url>").argParser(urlList);
      const run = new Command("run").addOption(option).action((options: { drandUrl?: unknown }) => {
        urls = options.drandUrl;
      });
      const program = new Command().addCommand(run);
      layerSettings(program, { WAYBILL_DRAND_URLS: variable });
      program.parse(["run", ...args], { from: "user" });
      return urls;
    };
    expect(parse([])).to.equal(undefined);
    expect(parse(["--drand-url", "a", "--drand-url", "b, c"])).to.deep.equal(["a", "b", "c"]);
    expect(parse([], "x,y")).to.deep.equal(["x", "y"]);
    expect(parse(["--drand-url", "a"], "x,y")).to.deep.equal(["a"]);
    expect(parse([], "")).to.equal(undefined);
  });
});
