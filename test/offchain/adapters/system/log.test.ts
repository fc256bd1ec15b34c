import { expect } from "chai";
import fc from "fast-check";
import { lineLog, silentLog } from "../../../../offchain/adapters/system/log.ts";
import type { LineLogOptions } from "../../../../offchain/adapters/system/log.ts";
import { millis } from "../../../../offchain/core/units.ts";
import type { Log } from "../../../../offchain/ports/log.ts";

function collect(options: Pick<LineLogOptions, "format" | "level">): { log: Log; lines: string[] } {
  const lines: string[] = [];
  const clock = { now: () => millis(1_700_000_000_000) };
  const log = lineLog({ ...options, clock, write: (line) => lines.push(line) });
  return { log, lines };
}

describe("log", () => {
  it("writes one JSON object a line, bigints as decimal text, the subsystem by its path", () => {
    const { log, lines } = collect({ format: "json", level: "info" });
    log
      .child("relay")
      .child("link")
      .warn("slow", { earned: 2n ** 100n, peers: 3, gone: undefined });
    expect(lines.map((line): unknown => JSON.parse(line))).to.deep.equal([
      {
        time: "2023-11-14T22:13:20.000Z",
        level: "warn",
        subsystem: "relay.link",
        message: "slow",
        earned: "1267650600228229401496703205376",
        peers: 3,
      },
    ]);
  });

  it("leaves out what is less important than its level", () => {
    const { log, lines } = collect({ format: "json", level: "warn" });
    log.info("no");
    log.debug("no");
    log.error("yes");
    expect(lines).to.have.length(1);
  });

  it("writes one line whatever the text, and lets no field pass for time, level or message", () => {
    for (const format of ["json", "pretty"] as const)
      fc.assert(
        fc.property(
          fc.string({ unit: "binary" }),
          fc.string({ unit: "binary" }),
          (message, value) => {
            const { log, lines } = collect({ format, level: "info" });
            log.info(message, { value, level: "debug", time: "never" });
            expect(lines).to.have.length(1);
            expect(lines[0]).to.not.match(/\p{Cc}/u);
            expect(lines[0]?.toLowerCase()).to.include("info");
            if (format === "json")
              expect(JSON.parse(lines[0] ?? "")).to.include({ level: "info", message, value });
          },
        ),
      );
  });

  it("escapes every control character", () => {
    const controls = String.fromCharCode(...Array.from({ length: 0xa0 }, (_, i) => i));
    for (const format of ["json", "pretty"] as const) {
      const { log, lines } = collect({ format, level: "info" });
      log.info(controls, { value: controls });
      expect(lines[0]).to.not.match(/\p{Cc}/u);
      if (format === "json")
        expect(JSON.parse(lines[0] ?? "")).to.include({ message: controls, value: controls });
    }
  });

  it("writes what a person can read", () => {
    const { log, lines } = collect({ format: "pretty", level: "debug" });
    log.child("store").info("opened", { tags: 4, file: "a b" });
    expect(lines).to.deep.equal([
      '2023-11-14T22:13:20.000Z INFO  [store] opened tags=4 file="a b"',
    ]);
  });

  it("has a silent twin", () => {
    const log = silentLog();
    expect(log.child("x")).to.equal(log);
    expect(() => {
      log.error("nothing");
    }).to.not.throw();
  });
});
