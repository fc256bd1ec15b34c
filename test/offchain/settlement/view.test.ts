import { expect } from "chai";

import { ManualClock } from "../../../offchain/adapters/memory/clock.ts";
import { hasCode } from "../../../offchain/core/errors.ts";
import {
  channelId,
  epoch,
  era,
  millis,
  seconds,
  ticketIndex,
  type Seconds,
} from "../../../offchain/core/units.ts";
import type { Block } from "../../../offchain/ports/chain.ts";
import type { ChainEvent, ChainRecord } from "../../../offchain/ports/events.ts";
import { fromStored, toStored } from "../../../offchain/settlement/records.ts";
import { emptyState, reduce, type NetworkState } from "../../../offchain/settlement/state.ts";
import { IndexedView } from "../../../offchain/settlement/view.ts";
import { History } from "./support/histories.ts";
import { PARAMS, relayNumber } from "./support/simulation.ts";

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

describe("indexed view", () => {
  it("reads every kind of event back from the store as it was", () => {
    const history = new History();
    const events = Array.from({ length: 200 }, (_, choice) => history.next(choice * 13 + 3)).flat();
    const records = recordsOf(events);
    expect(new Set(events.map(({ kind }) => kind)).size).to.be.greaterThan(7);
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
    const channel = channelId(relayNumber(7));
    const skips = (from: number, count: number): ChainRecord[] =>
      recordsOf(
        Array.from({ length: count }, (_, i) => ({
          kind: "ticket-skipped",
          channel,
          index: ticketIndex(from + i),
          reason: "index-spent",
        })),
      );
    const skippedIn = (state: NetworkState) => state.redemptions.get(channel)?.[0]?.skipped.length;
    const before = reduce(emptyState(PARAMS), skips(1, 3));
    const after = reduce(before, skips(4, 100_000));
    expect(skippedIn(before)).to.equal(3);
    expect(skippedIn(after)).to.equal(100_003);
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

  it("has no layers for an era before its beacon, and takes the first one from the epoch before it on", () => {
    const view = new IndexedView(PARAMS, new ManualClock());
    const history = new History();
    const joins = [0, 7, 14, 21].flatMap((choice) => history.next(choice));
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
