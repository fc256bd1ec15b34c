import { expect } from "chai";

import { ticketCost } from "../../../../offchain/app/money/ticket-cost.ts";
import { ticketAmounts } from "../../../../offchain/core/tickets/index.ts";
import { amount, winProb } from "../../../../offchain/core/units.ts";
import { leastPackets } from "../../../../offchain/client/send-message.ts";
import { FRAGMENT_DATA } from "../../../../offchain/client/messages.ts";

describe("what a sender's tickets cost", () => {
  it("is on average what packets cost, whatever the odds, and one ticket each where all win", () => {
    // Three hops' net fee of 10 each, nothing burned: 30 a packet.
    for (const odds of [0n, 1n << 32n, (1n << 63n) - 1n, (1n << 64n) - 1n]) {
      const amounts = ticketAmounts(amount(10n), 0, winProb(odds));
      const { ticket, expected } = ticketCost(1_000, {
        ticketAmounts: amounts,
        winProb: winProb(odds),
      });
      expect(ticket).to.equal(amounts[0]);
      // Tickets are rounded up to whole units each.
      expect(expected >= 30_000n && expected <= 31_000n, String(expected)).to.equal(true);
    }
    const none = ticketAmounts(amount(0n), 0, winProb(5n));
    expect(ticketCost(9, { ticketAmounts: none, winProb: winProb(5n) }).expected).to.equal(0n);
  });

  it("is of one packet a fragment, and one for the question at the end", () => {
    const lengths = [0, 1, FRAGMENT_DATA, FRAGMENT_DATA + 1, 10 * FRAGMENT_DATA];
    expect(lengths.map(leastPackets)).to.deep.equal([2, 2, 2, 3, 11]);
  });
});
