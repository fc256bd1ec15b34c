import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect } from "chai";

describe("a stopped transport", () => {
  it("keeps no handle: the process ends by itself", async () => {
    const program = fileURLToPath(new URL("support/start-and-stop.ts", import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, [program], { timeout: 15_000 });
    expect(stdout).to.equal("stopped\n");
  });
});
