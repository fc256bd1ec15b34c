import { expect } from "chai";
import pc from "picocolors";

import { stripVTControlCharacters } from "node:util";

import { overviewLines, span, ticketLines } from "../../../../offchain/app/report/text.ts";
import { amount, millis, seconds } from "../../../../offchain/core/units.ts";
import { History } from "../../settlement/support/histories.ts";
import { ApiRig, SELF } from "../api/support/rig.ts";

describe("a status for people", () => {
  it("shows alarms first with what to do, then who the relay is and what it does", async () => {
    const rig = new ApiRig();
    try {
      await rig.mine(new History().next(0));
      rig.sees();
      await rig.store.journal.add({
        ...{ at: seconds(1_700_000_000), action: "wait", relay: undefined, amount: amount(0n) },
        why: "The budget is spent.",
      });
      await rig.paidForGas("redeem:7:0", 3n * 10n ** 15n);
      await rig.paidForGas("beacon:7:0", 10n ** 15n);
      rig.counters.count("packets-accepted", 12);
      rig.counters.dropped("mac", 3);
      rig.runs({
        alarms: () => ["coin-low"],
        claimsWaiting: () => [{ reason: "not-worth-gas", count: 2 }],
      });
      rig.counters.count("packets-accepted", 5);
      rig.clock.advance(millis(61_000));
      const { report } = rig;
      const lines = overviewLines(
        {
          source: "agent",
          status: await report.status(),
          channels: report.channels(),
          tickets: await report.tickets(10),
          journal: await report.journal(3),
          earnings: await report.earnings(1),
          traffic: report.traffic(1),
        },
        pc.createColors(false),
      );
      const text = lines.join("\n");
      expect(lines[0]).to.match(/^ALARM {5}.*\(coin-low\)$/);
      expect(text).to.include(`relay     ${SELF}, in no layer, chain 31337`);
      expect(text).to.match(/^account {3}0x[0-9a-f]{40} with [\d.,]+ coin for transactions$/m);
      expect(text).to.match(/^state {5}takes packets for 1 min; joined$/m);
      expect(text).to.match(/^packets {3}17 taken, 0 forwarded/m);
      expect(text).to.match(/^dropped {3}3 \(mac 3\)$/m);
      expect(text).to.match(/^tickets {3}none won yet$/m);
      expect(text).to.match(/^claims {4}2 wait: not-worth-gas$/m);
      expect(text).to.match(/^earned {4}0 redeemed, 0 collected, 0 paid, 0 withdrawn$/m);
      expect(text).to.match(/^gas {7}0\.004 coin \(redeem 0\.003, beacon 0\.001\)$/m);
      expect(text).to.match(/^did {7}2023-11-14 22:13:20 UTC wait: The budget is spent\.$/m);
      expect(text).to.not.include("No agent runs");
    } finally {
      await rig.stop();
    }
  });

  it("says when no agent runs", async () => {
    const rig = new ApiRig();
    try {
      const status = await rig.report.status();
      const nothing = {
        ...{ channels: undefined, tickets: undefined, journal: undefined, traffic: undefined },
        earnings: undefined,
      };
      const lines = overviewLines({ source: "database", status, ...nothing });
      expect(lines.at(-1)).to.include("No agent runs");
    } finally {
      await rig.stop();
    }
  });

  it("is the same text with colours as without, and has none where they are not wanted", async () => {
    const rig = new ApiRig();
    try {
      await rig.mine(new History().next(0));
      rig.sees();
      rig.runs({ alarms: () => ["coin-low"] });
      const { report } = rig;
      const overview = {
        ...({ source: "database", status: await report.status(), traffic: undefined } as const),
        ...{ channels: report.channels(), journal: undefined, earnings: undefined },
        tickets: await report.tickets(1),
      };
      const [plain, colored] = [false, true].map((wanted) =>
        overviewLines(overview, pc.createColors(wanted)).join("\n"),
      );
      expect(plain).to.not.include("\u001b");
      expect(colored).to.include("\u001b[31m");
      expect(stripVTControlCharacters(colored ?? "")).to.equal(plain);
    } finally {
      await rig.stop();
    }
  });

  it("has tickets as a table, with the reasons below", () => {
    const [table = "", reason] = ticketLines(
      {
        sums: [{ state: "won", count: 2, amount: "1500000000000000000" }],
        reasons: [{ state: "rejected", reason: "channel-empty", count: 4 }],
        epochs: [{ epoch: 7, sums: [{ state: "won", count: 2, amount: "1500000000000000000" }] }],
      },
      pc.createColors(false),
    );
    expect(table).to.match(/7 │ won +│ +2 │ +1\.5/);
    expect(reason).to.equal("4 rejected: channel-empty");
  });

  it("tells spans of time in the words that fit them", () => {
    expect([0, 59, 60, 3_599, 3_600, 172_799, 172_800].map(span)).to.deep.equal([
      ...["0 s", "59 s", "1 min", "59 min", "1 h 0 min", "47 h 59 min", "2 days"],
    ]);
  });
});
