import { spawnSync } from "node:child_process";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

import { expect } from "chai";

const ROOT = resolve(import.meta.dirname, "../../..");
const MAIN = join(ROOT, "offchain/app/main.ts");
const HOOK = pathToFileURL(join(import.meta.dirname, "support/loaded.ts")).href;
/** What only agents, endpoints and questions need, and takes as long to load as all the rest. */
const HEAVY = ["libp2p", "@chainsafe/libp2p-noise", "fastify", "prom-client", "@inquirer/prompts"];

describe("the start of a command", () => {
  it("loads neither libp2p nor what serves the API nor what asks questions", () => {
    const { status, stderr } = spawnSync(process.execPath, ["--import", HOOK, MAIN, "status"], {
      encoding: "utf8",
    });
    const loaded = stderr.split("\n");
    const has = (name: string): boolean => loaded.some((url) => url.includes(`/${name}/`));
    expect(status).to.not.equal(null);
    expect(has("node_modules/ethers"), "what it does need").to.equal(true);
    expect(HEAVY.filter((name) => has(`node_modules/${name}`))).to.deep.equal([]);
  });
});
