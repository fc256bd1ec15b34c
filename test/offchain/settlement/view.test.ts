import { expect } from "chai";

import { ManualClock } from "../../../offchain/adapters/memory/clock.ts";
import { bytesToHex, hexToBytes } from "../../../offchain/core/bytes.ts";
import { hasCode } from "../../../offchain/core/errors.ts";
import { relayPayerId } from "../../../offchain/core/tickets/index.ts";
import {
  address,
  amount,
  channelId,
  epoch,
  era,
  generation,
  millis,
  seconds,
  ticketIndex,
  type ChannelId,
  type Epoch,
  type Seconds,
} from "../../../offchain/core/units.ts";
import type { Block } from "../../../offchain/ports/chain.ts";
import type { ChainEvent, ChainRecord, ChannelWord } from "../../../offchain/ports/events.ts";
import { fromStored, toStored } from "../../../offchain/settlement/records.ts";
import { setOf } from "../../../offchain/settlement/active-sets.ts";
import { statusOf } from "../../../offchain/settlement/relays.ts";
import { emptyState, reduce, type NetworkState } from "../../../offchain/settlement/state.ts";
import { IndexedView } from "../../../offchain/settlement/view.ts";
import { History } from "./support/histories.ts";
import { LOTTERY_PARAMS, PARAMS, relayNumber } from "./support/simulation.ts";

const recordsOf = (events: readonly ChainEvent[]): ChainRecord[] =>
  events.map((event, logIndex) => ({
    blockNumber: 1,
    blockHash: "0x01",
    logIndex,
    contract: PARAMS.channels,
    event,
  }));

const block = (number: number, timestamp: number): Block => ({
  number,
  hash: `0x0${number}`,
  timestamp: seconds(timestamp),
});

const ACCOUNT = address(`0x${"ab".repeat(20)}`);
const VRF_KEYS = [1, 2].map((n) => new Uint8Array(64).fill(n));
/** Channels to two relays, one each; and one that was never opened. */
const PAID = [channelId(relayNumber(7)), channelId(relayNumber(8))] as const;
const NOBODYS = channelId(relayNumber(9));

const wordOf = (channel: ChannelId): ChannelWord => ({
  ...{ channel, balance: amount(100n), nextIndex: ticketIndex(1), generation: generation(0) },
  ...{ status: "open", closableAt: seconds(0) },
});

const paidRelays = (): ChainRecord[] =>
  recordsOf(
    PAID.flatMap((channel, n): ChainEvent[] => {
      const relay = relayNumber(n + 1);
      const accounts = { owner: ACCOUNT, agent: ACCOUNT, recipient: ACCOUNT };
      const vrfKey = bytesToHex(VRF_KEYS[n] ?? new Uint8Array(64));
      return [
        { kind: "relay-joined", relay, ...accounts, vrfKey, activeFrom: era(0) },
        {
          ...{ kind: "channel-opened", ...wordOf(channel), payer: relayPayerId(relay) },
          ...{ ticketSigner: ACCOUNT, relay },
        },
      ];
    }),
  );

describe("indexed view", () => {
  it("reads every kind of event back from the store as it was", () => {
    const history = new History();
    const events = Array.from({ length: 200 }, (_, choice) => history.next(choice * 13 + 3)).flat();
    const records = recordsOf(events);
    expect(new Set(events.map(({ kind }) => kind)).size).to.be.greaterThan(12);
    expect(records.map(toStored).map(fromStored)).to.deep.equal(records);
  });

  it("says so when a stored event cannot be read back", () => {
    const [record] = recordsOf(new History().next(0)).map(toStored);
    if (record === undefined) throw new Error("a relay joined");
    expect(() => fromStored({ ...record, args: "{" })).to.satisfy((read: () => void) => {
      try {
        read();
      } catch (error) {
        return hasCode(error, "CHAIN_STORE_DAMAGED");
      }
      return false;
    });
  });

  it("takes in a hundred thousand skipped tickets of one channel at once, and leaves earlier states as they were", function () {
    this.timeout(5_000);
    const skips = (from: number, count: number): ChainRecord[] =>
      recordsOf(
        Array.from({ length: count }, (_, i) => ({
          kind: "ticket-skipped",
          channel: PAID[0],
          index: ticketIndex(from + i),
          reason: "index-spent",
        })),
      );
    const skippedIn = (state: NetworkState) => state.redemptions.get(PAID[0])?.[0]?.skipped.length;
    const opened = reduce(emptyState(PARAMS, VRF_KEYS[0]), paidRelays());
    const before = reduce(opened, skips(1, 3));
    const after = reduce(before, skips(4, 100_000));
    expect(skippedIn(before)).to.equal(3);
    expect(skippedIn(after)).to.equal(100_003);
  });

  it("keeps what is redeemed by one relay alone, and nothing where nobody redeems", () => {
    const redeemed = recordsOf(
      PAID.flatMap((channel, n): ChainEvent[] => [
        { kind: "ticket-skipped", channel, index: ticketIndex(2), reason: "unknown-layer" },
        {
          ...{ kind: "tickets-redeemed", ...wordOf(channel), nextIndex: ticketIndex(9) },
          ...{ balance: amount(99n), tickets: 1, paid: amount(1n), unpaid: amount(0n) },
        },
        {
          ...{ kind: "batch-redeemed", relay: relayNumber(n + 1), epoch: epoch(3) },
          ...{ credited: amount(1n), burned: amount(0n) },
        },
        {
          kind: "ticket-skipped",
          channel: NOBODYS,
          index: ticketIndex(2),
          reason: "channel-closed",
        },
      ]),
    );
    const kept = (redeemer?: Uint8Array) => {
      const view = new IndexedView(PARAMS, new ManualClock(), redeemer);
      view.show(reduce(reduce(view.emptyState, paidRelays()), redeemed));
      for (const channel of PAID) expect(view.channel(channel)?.nextIndex).to.equal(9);
      return view.state.redemptions;
    };
    for (const [n, key] of VRF_KEYS.entries()) {
      const redemptions = kept(key);
      expect([...redemptions.keys()]).to.deep.equal([PAID[n]]);
      const [one] = redemptions.get(PAID[n] ?? NOBODYS) ?? [];
      expect(one?.batches).to.deep.equal([{ epoch: 3, from: 1, below: 9 }]);
      expect(one?.skipped.map(({ reason }) => reason)).to.deep.equal(["unknown-layer"]);
    }
    expect(kept().size).to.equal(0);
  });

  it("shows a relay's way through jail, return, ejection and withdrawal", () => {
    const view = new IndexedView(PARAMS, new ManualClock());
    const history = new History();
    view.show(reduce(view.state, recordsOf([0, 10, 20].flatMap((choice) => history.next(choice)))));
    const relay = relayNumber(1);
    const after = (...events: ChainEvent[]) => {
      view.show(reduce(view.state, recordsOf(events)));
      const record = view.relay(relay);
      return record && statusOf(record);
    };
    const inSet = (n: number) => setOf(view.state.sets, era(n)).map((id) => Number(id));
    const [third, fifth, seventh] = [era(3), era(5), era(7)];
    expect(after({ kind: "relay-jailed", relay, fromEra: third })).to.equal("jailed");
    expect([2, 3].map(inSet)).to.deep.equal([
      [1, 2, 3],
      [3, 2],
    ]);
    expect(after({ kind: "relay-returned", relay, fromEra: fifth })).to.equal("joined");
    expect(after({ kind: "relay-jailed", relay, fromEra: seventh })).to.equal("jailed");
    expect([4, 5, 7].map(inSet)).to.deep.equal([
      [3, 2],
      [3, 2, 1],
      [3, 2],
    ]);
    const gone = { relay, activeUntil: era(9), bondFreeEpoch: epoch(90) };
    expect(
      after(
        { kind: "relay-ejected", relay, era: era(8), votes: 3 },
        { kind: "relay-left", ...gone },
      ),
    ).to.equal("leaving");
    expect(view.relay(relay)).to.include({ ejected: true });
    expect([8, 9].map(inSet)).to.deep.equal([
      [3, 2],
      [3, 2],
    ]);
    expect(after({ kind: "bond-withdrawn", relay })).to.equal("withdrawn");
  });

  it("reads a relay's peer id off its latest address, and none off an address without one", () => {
    const view = new IndexedView(PARAMS, new ManualClock());
    let state = reduce(emptyState(PARAMS), recordsOf(new History().next(0)));
    const relay = relayNumber(1);
    const announce = (multiaddr: string) => {
      const event: ChainEvent = { kind: "relay-announced", relay, multiaddr };
      state = reduce(state, recordsOf([event]));
      view.show(state);
      return view.relay(relay)?.peer;
    };
    expect(announce("/dns/relay.example/tcp/1/p2p/peer9")).to.equal("peer9");
    expect(announce("/dns/relay.example/tcp/1")).to.equal(undefined);
    expect(announce("/dns/relay.example/tcp/1/p2p/a b")).to.equal(undefined);
    expect(announce("/p2p/peer9/tcp/1")).to.equal(undefined);
  });

  it("keeps what the lottery tells as long as it can matter, and no longer", () => {
    const kept = LOTTERY_PARAMS.eraLength + LOTTERY_PARAMS.lottery.claimWindow + 2;
    const [relay, other] = [relayNumber(1), relayNumber(2)];
    const view = new IndexedView(LOTTERY_PARAMS, new ManualClock());
    const tell = (...events: ChainEvent[]) => {
      view.show(reduce(view.state, recordsOf(events)));
    };
    const commit = (e: number, who = relay): ChainEvent => ({
      kind: "replay-committed",
      relay: who,
      epoch: epoch(e),
      root: relayNumber(e + 1),
    });
    const claim = (e: number, draw: number): ChainEvent => ({
      kind: "draw-claimed",
      sender: relay,
      epoch: epoch(e),
      draw,
      hops: [other, other, other],
    });
    for (let e = 5; e < 5 + kept; e++) tell(commit(e), commit(e, other), claim(e, 3));
    const before = view.state;
    for (let e = 5; e < 5 + kept; e++) {
      expect(view.commitment(other, epoch(e))).to.deep.equal(hexToBytes(relayNumber(e + 1)));
      expect([2, 3].map((draw) => view.isClaimed(epoch(e), draw))).to.deep.equal([false, true]);
    }
    tell(commit(5 + kept), claim(5, 4), claim(6, 4));
    expect(view.commitment(relay, epoch(5))).to.equal(undefined);
    expect([5, 6].map((e) => view.isClaimed(epoch(e), 4))).to.deep.equal([false, true]);
    expect(view.commitment(other, epoch(5 + kept))).to.equal(undefined);
    expect(view.state.books.size).to.equal(kept);
    expect(before.books.get(epoch(6))?.claims.has(4), "an earlier state has changed").to.equal(
      false,
    );
  });

  it("tells an epoch's seed and draw by the beacons of other epochs", () => {
    const view = new IndexedView(PARAMS, new ManualClock());
    const came = [0, 3].map((n): ChainEvent => ({
      kind: "beacon-final",
      epoch: epoch(n),
      value: relayNumber(n + 1),
    }));
    view.show(reduce(emptyState(PARAMS), recordsOf(came)));
    const told = (ask: (e: Epoch) => unknown) =>
      [0, 1, 2, 3, 4].map((e) => ask(epoch(e)) !== undefined);
    expect(told((e) => view.seed(e))).to.deep.equal([false, true, false, false, true]);
    expect(told((e) => view.draw(e))).to.deep.equal([false, true, false, false, false]);
    expect(view.seed(epoch(4))).to.deep.equal(hexToBytes(relayNumber(4)));
    expect(view.draw(epoch(1))).to.deep.equal(hexToBytes(relayNumber(4)));
  });

  it("has no layers for an era before its beacon, and takes the first one from the epoch before it on", () => {
    const view = new IndexedView(PARAMS, new ManualClock());
    const history = new History();
    const joins = [0, 10, 20, 30].flatMap((choice) => history.next(choice));
    const beacon = (n: number): ChainEvent => ({
      kind: "beacon-final",
      epoch: epoch(n),
      value: relayNumber(n + 1),
    });
    const show = (...beacons: number[]) => {
      view.show(reduce(emptyState(PARAMS), recordsOf([...joins, ...beacons.map(beacon)])));
    };
    show(2);
    expect(view.era(era(1))).to.equal(undefined);
    show(2, 3);
    const early = view.era(era(1));
    expect(early?.layers.map(({ length }) => length)).to.deep.equal([2, 1, 1]);
    show(2, 3, 4, 5);
    expect(view.era(era(1))?.layers).to.deep.equal(early?.layers);
    show(8);
    expect(view.era(era(1)), "a beacon of the next era comes too late").to.equal(undefined);
  });
});

describe("chain time", () => {
  function at(...blocks: readonly (readonly [elapsed: number, timestamp: number])[]): Seconds[] {
    const clock = new ManualClock(millis(5_000_000));
    const view = new IndexedView(PARAMS, clock);
    return blocks.map(([elapsed, timestamp], i) => {
      clock.advance(millis(elapsed));
      view.sawBlock(block(i + 1, timestamp));
      return view.chainTime();
    });
  }

  it("threat 47: is the chain's, whatever the wall clock says, and goes on between blocks", () => {
    const clock = new ManualClock(millis(5_000_000));
    const view = new IndexedView(PARAMS, clock);
    expect(view.chainTime()).to.equal(5_000);
    view.sawBlock(block(1, 1_000));
    clock.setWall(millis(90 * 60_000));
    expect(view.chainTime()).to.equal(1_000);
    clock.advance(millis(2_500));
    expect(view.chainTime()).to.equal(1_002);
  });

  it("does not step back because a block was seen late, and follows a chain that did", () => {
    expect(at([0, 1_000], [1_900, 1_000])).to.deep.equal([1_000, 1_001]);
    expect(at([0, 1_000], [10_000, 1_003])).to.deep.equal([1_000, 1_003]);
    expect(at([0, 1_000], [1_000, 1_060])).to.deep.equal([1_000, 1_060]);
  });
});
