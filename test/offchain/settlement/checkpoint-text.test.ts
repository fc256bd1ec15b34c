import { expect } from "chai";
import fc from "fast-check";

import { epoch, era, ticketIndex } from "../../../offchain/core/units.ts";
import type { ChainEvent } from "../../../offchain/ports/events.ts";
import { checkpointState, checkpointText } from "../../../offchain/settlement/checkpoint-text.ts";
import { emptyState, reduce } from "../../../offchain/settlement/state.ts";
import { CHANNELS, RELAY, VRF_KEY, batchBlocks, recordsOf } from "./support/batches.ts";
import { History } from "./support/histories.ts";
import { LOTTERY_PARAMS } from "./support/simulation.ts";

/** Names of all fields at any depth, in alphabetical order. */
function fieldsOf(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  const names = Object.entries(value).flatMap(([name, part]) => [name, ...fieldsOf(part)]);
  return [...new Set(names.filter((name) => !/^[0-9]+$/.test(name)))].sort();
}

describe("the state of the network as text", () => {
  it("reads back as what it was, whatever the history", () => {
    const redeemer = fc.constantFrom(undefined, VRF_KEY);
    fc.assert(
      fc.property(
        fc.array(fc.nat(1_000), { size: "max", maxLength: 200 }),
        redeemer,
        (all, own) => {
          const history = new History();
          const blocks = all.map((choice) => history.next(choice));
          const state = reduce(emptyState(LOTTERY_PARAMS, own), recordsOf(blocks));
          expect(checkpointState(checkpointText(state))).to.deep.equal(state);
        },
      ),
      { numRuns: 100 },
    );
  });

  it("of another version is none, nor is one that is cut or something else", () => {
    const text = checkpointText(emptyState(LOTTERY_PARAMS));
    expect(checkpointState(text)).to.not.equal(undefined);
    const others = [
      ...[0, 2, 99].map((version) => text.replace('"version":1', `"version":${version}`)),
      ...["", "null", "7", "{}", text.slice(0, -1), text.replace("channels", "chanels")],
      ...[text.replace('{"$map":[]}', '{"$map":7}'), text.replace('"sets":[]', '"sets":{}')],
    ];
    for (const other of others) expect(checkpointState(other), other).to.equal(undefined);
  });

  it("has a new version when its fields change: these are version 1's", () => {
    const [channel] = CHANNELS;
    if (channel === undefined) throw new Error("there are channels");
    const hops = [RELAY, RELAY, RELAY] as const;
    const others: ChainEvent[] = [
      { kind: "packet-key-changed", relay: RELAY, packetKey: "0x02", effectiveFrom: epoch(0) },
      { kind: "relay-announced", relay: RELAY, multiaddr: "/ip4/127.0.0.1/tcp/1/p2p/peer" },
      { kind: "misses-reported", relay: RELAY, era: era(0), misses: 2 },
      { kind: "relay-jailed", relay: RELAY, fromEra: era(1) },
      { kind: "relay-left", relay: RELAY, activeUntil: era(1), bondFreeEpoch: epoch(9) },
      { kind: "beacon-final", epoch: epoch(1), value: "0x01" },
      { kind: "ticket-skipped", channel: channel.id, index: ticketIndex(8), reason: "loses" },
      { kind: "replay-committed", relay: RELAY, epoch: epoch(1), root: "0x02" },
      { kind: "draw-claimed", sender: RELAY, epoch: epoch(1), draw: 3, hops },
    ];
    const records = recordsOf([...batchBlocks([1, 2]), others]);
    const state = reduce(emptyState(LOTTERY_PARAMS, VRF_KEY), records);
    const text = checkpointText(state);
    expect(checkpointState(text)).to.deep.equal(state);
    expect(fieldsOf(JSON.parse(text)).join(" ")).to.equal(
      [
        "$bigint $bytes $map activeFrom activeUntil agent allowance balance batches beacons below",
        "blamed bondFreeEpoch bonded books booksKept channel channels claims closableAt",
        "commitments effectiveFrom ejected epoch from fromEra generation hops id index",
        "jailed key kind left multiaddr nextIndex order owner packetKeys payer peer reason",
        "recipient redeemer redemptions relay relays sender sets skipped state status",
        "ticketSigner version vrfKey",
      ].join(" "),
    );
  });
});
