/** What `--json` prints has a schema; test/support/line-schemas.ts checks real lines wherever tests read them. */
import { globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { encodeEnvelope } from "../../../offchain/client/envelope.ts";
import { keep } from "../../../offchain/app/commands/receive.ts";
import { createOutput } from "../../../offchain/app/output.ts";
import { faultOf, kinds } from "../../support/line-schemas.ts";

const ROOT = join(import.meta.dirname, "../../..");

/** Names that sources under offchain/app give to what they say. */
function saidInSources(): string[] {
  const files = globSync("offchain/app/**/*.ts", { cwd: ROOT });
  return files.flatMap((file) => {
    const text = readFileSync(join(ROOT, file), "utf8");
    return [...text.matchAll(/\.event\(\s*"([a-z-]+)"/g)].map(([, name = ""]) => name);
  });
}

describe("lines of --json", () => {
  it("have a schema, every kind that a command prints, and no other", () => {
    const said = [...new Set(saidInSources())];
    expect(said.length).to.be.greaterThan(20);
    expect(said).to.have.members([...kinds]);
  });

  it("name it with its version, and hold amounts as decimal strings", async () => {
    const lines: string[] = [];
    const output = createOutput(true, (line) => lines.push(line) > 0);
    const relay = `0x${"5".repeat(64)}`;
    output.event("rewards", "words", { relay, rewards: 12n, earnings: 2n ** 100n });
    const [line = ""] = lines;
    const parsed = JSON.parse(line) as Record<string, unknown>;
    expect(parsed).to.deep.equal({
      ...{ schema: "waybill/rewards/1", event: "rewards", relay },
      ...{ rewards: "12", earnings: "1267650600228229401496703205376" },
    });
    expect(await faultOf(parsed)).to.equal(undefined);
  });

  it("are refused when a field is missing, of another form, unknown, or of another version", async () => {
    const relay = `0x${"5".repeat(64)}`;
    const line = { schema: "waybill/rewards/1", event: "rewards", relay };
    const full = { ...line, rewards: "1", earnings: "2" };
    expect(await faultOf(full)).to.equal(undefined);
    for (const wrong of [
      line,
      { ...full, rewards: 1 },
      { ...full, rewards: "1.5" },
      { ...full, relay: "0x5" },
      { ...full, more: "1" },
      { ...full, schema: "waybill/rewards/2" },
      { ...full, event: "unheard-of" },
    ])
      expect(await faultOf(wrong), JSON.stringify(wrong)).to.not.equal(undefined);
  });

  it("are refused for what lies deeper, where the API's own description tells what it is, too", async () => {
    const tickets = { schema: "waybill/tickets/1", event: "tickets", source: "agent" };
    expect(await faultOf({ ...tickets, tickets: null })).to.equal(undefined);
    expect(await faultOf({ ...tickets, tickets: {} })).to.not.equal(undefined);
    const sum = { count: 0, amount: "0" };
    const status = {
      ...{ schema: "waybill/status/1", event: "status", relay: `0x${"5".repeat(64)}` },
      ...{ counts: { "tickets-won": 3 }, drops: {} },
      winners: { won: sum, submitted: sum, redeemed: sum, rejected: sum, expired: sum },
    };
    expect(await faultOf(status)).to.equal(undefined);
    for (const wrong of [{ counts: { "tickets-won": -1 } }, { winners: { won: sum } }])
      expect(await faultOf({ ...status, ...wrong }), JSON.stringify(wrong)).to.not.equal(undefined);
  });

  it("also of files that arrive and are none, or cannot be written", async () => {
    const folder = mkdtempSync(join(tmpdir(), "waybill-inbox-"));
    try {
      const lines: string[] = [];
      const output = createOutput(true, (line) => lines.push(line) > 0);
      const arrive = (bytes: Uint8Array, into: string): boolean =>
        keep({ messageId: new Uint8Array(16), bytes }, into, output);
      const file = encodeEnvelope({ name: "letter", content: Uint8Array.of(1, 2, 3) });
      expect(arrive(Uint8Array.of(255), folder)).to.equal(true);
      expect(arrive(file, folder)).to.equal(true);
      // A file stands where the folder should be.
      expect(arrive(file, join(folder, "00000000-letter"))).to.equal(false);
      const said = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
      expect(said.map(({ event }) => event)).to.deep.equal(["malformed", "file", "unkept"]);
      for (const line of said) expect(await faultOf(line)).to.equal(undefined);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
