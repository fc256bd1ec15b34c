import { expect } from "chai";
import fc from "fast-check";

import type { components } from "../../../../offchain/app/api/types.ts";
import {
  amountText,
  clockTime,
  count,
  duration,
  exactAmount,
  shortId,
  summed,
} from "../../../../offchain/app/dashboard/format.ts";
import { readEvents } from "../../../../offchain/app/dashboard/data/stream.ts";
import { recentFlow } from "../../../../offchain/app/dashboard/views/flow.ts";
import { PURPOSE_WORDS } from "../../../../offchain/app/dashboard/views/purposes.ts";
import { REASONS } from "../../../../offchain/app/dashboard/views/reasons.ts";
import { stagesOf } from "../../../../offchain/app/dashboard/views/stages.ts";
import { PURPOSES } from "../../../../offchain/core/costs.ts";
import { COUNTERS, DROP_REASONS } from "../../../../offchain/ports/metrics.ts";

type Schemas = components["schemas"];

const UNIT = 10n ** 18n;

/** Reads what a person reads. */
function parse(text: string): bigint {
  const [whole = "", fraction = ""] = text.replaceAll("\u202f", "").split(".");
  return BigInt(whole) * UNIT + BigInt(fraction.padEnd(18, "0"));
}

describe("figures of the dashboard", () => {
  it("amounts are shown exactly, whatever they are", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 200n }), (amount) => {
        expect(parse(exactAmount(amount.toString()))).to.equal(amount);
      }),
    );
    expect(exactAmount("0")).to.equal("0");
    expect(exactAmount("1")).to.equal("0.000000000000000001");
    expect(exactAmount((1_234_567n * UNIT + UNIT / 4n).toString())).to.equal(
      "1\u202f234\u202f567.25",
    );
  });

  it("the part that is read shows something of every amount but nothing", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: 2n ** 100n }), (amount) => {
        expect(amountText(amount.toString()).head).to.match(/[1-9]/);
      }),
    );
  });

  it("sums up to each epoch are exact", () => {
    const much = (2n ** 100n).toString();
    expect(summed(["1", much, "0", "2"], false)).to.deep.equal(["1", much, "0", "2"]);
    expect(summed(["1", much, "0", "2"], true)).to.deep.equal(
      [1n, 1n, 1n, 3n].map((more, at) => String(more + (at === 0 ? 0n : 2n ** 100n))),
    );
    expect(summed([], true)).to.deep.equal([]);
  });

  it("durations name their two largest units", () => {
    const cases = [
      [0, "0 s"],
      [59.9, "59 s"],
      [60, "1 min"],
      [61, "1 min 1 s"],
      [3_600, "1 h"],
      [3_661, "1 h 1 min"],
      [90_061, "1 d 1 h"],
      [-3, "0 s"],
    ] as const;
    for (const [seconds, text] of cases)
      expect(duration(seconds).replaceAll("\u202f", " ")).to.equal(text);
  });

  it("times carry their date once it is not today's", () => {
    const noon = new Date(2026, 10, 29, 12, 0, 5).getTime();
    expect(clockTime(noon)).to.equal("12:00:05");
    expect(clockTime(noon, noon + 86_400_000)).to.equal("2026-11-29 12:00:05");
  });

  it("numbers are grouped, ids shortened", () => {
    expect(count(1_234_567)).to.equal("1\u202f234\u202f567");
    expect(shortId(`0x${"ab".repeat(32)}`)).to.equal("0xabababab…");
    expect(shortId("0x1234")).to.equal("0x1234");
  });

  it("every purpose of transactions has words", () => {
    expect(Object.keys(PURPOSE_WORDS).sort()).to.deep.equal([...PURPOSES].sort());
  });

  it("every drop reason of the relay has words", () => {
    expect(Object.keys(REASONS).sort()).to.deep.equal([...DROP_REASONS].sort());
  });

  it("recent traffic is about a minute of spans, or the one that there is", () => {
    const counts = Object.fromEntries(COUNTERS.map((name) => [name, 1])) as Schemas["Counts"];
    const span = { start: 0, counts, drops: [{ reason: "mac", packets: 2 }], packetsInMix: 3 };
    const traffic = (spanSeconds: number, spans: number) =>
      recentFlow({
        ...{ spanSeconds, since: 0, through: 0, counts, drops: [] },
        spans: Array.from({ length: spans }, () => span as Schemas["Span"]),
      });
    expect(traffic(60, 0)).to.equal(undefined);
    const flow = { received: 10, onward: 20, dropped: 20, inMix: 3, seconds: 10 };
    expect(traffic(1, 10)).to.deep.equal(flow);
    expect(traffic(1, 100)).to.include({ received: 60, seconds: 60 });
    expect(traffic(3_600, 5)).to.include({ received: 1, seconds: 3_600 });
  });

  it("an epoch's stages follow from what became of it", () => {
    const row: Schemas["EpochRow"] = {
      ...{ epoch: 7, starts: 0, ends: 12, running: false, commitment: "committed", drawn: null },
      ...{ claimed: 0, forfeited: 0, open: 0, carried: 0, reward: "0" },
      ...{ won: 0, redeemed: 0, redeemedAmount: "0", lost: 0 },
    };
    const states = (changes: Partial<Schemas["EpochRow"]>) =>
      Object.values(stagesOf({ ...row, ...changes })).map(({ state }) => state);
    expect(states({})).to.deep.equal(["done", "done", "due", "due", "none"]);
    expect(states({ running: true, commitment: "not-owed" })).to.deep.equal([
      "part",
      "none",
      "none",
      "none",
      "none",
    ]);
    expect(states({ drawn: 3, claimed: 1, open: 2, won: 2, redeemed: 1 })).to.deep.equal([
      "done",
      "done",
      "done",
      "part",
      "part",
    ]);
    expect(states({ drawn: 3, claimed: 2, forfeited: 1, redeemed: 1, lost: 1 })).to.deep.equal([
      "done",
      "done",
      "done",
      "bad",
      "bad",
    ]);
    expect(states({ commitment: "missed", won: 4 })).to.deep.equal([
      "done",
      "bad",
      "none",
      "none",
      "due",
    ]);
  });

  it("server-sent events are read whole, wherever the network cuts them", async () => {
    const text =
      'event: status\ndata: {"a":"ä"}\n\n: alive\n\nevent: other\ndata: 1\n\nevent: status\ndata: 2\n\n';
    const bytes = new TextEncoder().encode(text);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat({ max: bytes.length })), async (cuts) => {
        const ends = [...new Set([0, ...cuts, bytes.length])].sort((one, other) => one - other);
        const pieces = ends.slice(1).map((end, i) => bytes.slice(ends[i], end));
        const seen: string[] = [];
        let signs = 0;
        await readEvents(
          ReadableStream.from(pieces),
          "status",
          (data) => seen.push(data),
          () => (signs += 1),
        );
        expect(seen).to.deep.equal(['{"a":"ä"}', "2"]);
        expect(signs).to.be.above(0);
      }),
    );
  });
});
