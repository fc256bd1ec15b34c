import { expect } from "chai";

import { ManualClock } from "../../../offchain/adapters/memory/clock.ts";
import type { PeerId } from "../../../offchain/core/units.ts";
import { UNRESOLVED_LIMIT } from "../../../offchain/link/limits.ts";
import { PeerBooks } from "../../../offchain/relay/peer-books.ts";

const RATE = { perSecond: 100, burst: UNRESOLVED_LIMIT };
const peer = (name: number): PeerId => `peer ${name}` as PeerId;

describe("relay: books of peers", () => {
  it("threat 43: nothing stays of peers that left while their packets were in hand", () => {
    const books = new PeerBooks(new ManualClock(), RATE);
    for (let i = 0; i < 100; i++) {
      expect(books.take(peer(i), 16)).to.equal(undefined);
      books.forget(peer(i));
      expect(books.size).to.equal(1);
      books.done(peer(i), 16);
    }
    expect(books.size).to.equal(0);
  });

  it("a peer that comes back while packets are in hand finds the rate that it left", () => {
    const books = new PeerBooks(new ManualClock(), RATE);
    books.take(peer(1), 16);
    books.take(peer(1), UNRESOLVED_LIMIT - 16);
    books.done(peer(1), UNRESOLVED_LIMIT - 16);
    books.forget(peer(1));
    expect(books.take(peer(1), 1)).to.equal("rate");
    books.done(peer(1), 16);
    expect(books.size).to.equal(1);
    books.forget(peer(1));
    expect(books.size).to.equal(0);
  });
});
