import { expect } from "chai";

import { transactionsReport } from "../../../../offchain/app/report/transactions.ts";
import { WaybillError } from "../../../../offchain/core/errors.ts";
import type { OutboxLine } from "../../../../offchain/ports/store.ts";
import { encodeFailure, undecided } from "../../../../offchain/settlement/failure.ts";

const line = (change: Partial<OutboxLine>): OutboxLine => ({
  ...{ key: "0xaccount/fund:channel:1:0", state: "failed", versions: 0 },
  ...{ nonce: undefined, hash: undefined, error: undefined, settledAt: undefined, cost: undefined },
  ...change,
});

describe("what became of transactions", () => {
  it("says of a failed one what the contracts said, or that the node said nothing", () => {
    const silent = undecided(new WaybillError("CHAIN_CALL_FAILED", { got: "header not found" }));
    const errors = [
      encodeFailure({ name: "PaymentChannels_NotOpen", args: ["1"] }),
      encodeFailure(silent),
      undefined,
    ];
    const { transactions } = transactionsReport([
      ...errors.map((error) => line({ error })),
      line({ state: "sent", versions: 2 }),
    ]);
    expect(transactions.map(({ failure }) => failure)).to.deep.equal([
      "PaymentChannels_NotOpen",
      "undecided",
      "unknown",
      null,
    ]);
    expect(transactions.map(({ action }) => action)).to.deep.equal(Array(4).fill("fund"));
  });
});
