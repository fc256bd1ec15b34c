/**
 * Who is drawn and where cover goes is even: χ² over fixed inputs, with an error probability of one in a million
 * for each check if hashes are as random as they should be. The contracts do the same (differential tests).
 */
import { expect } from "chai";

import { coverRoute, coverSlot } from "../../../../offchain/core/cover/slot.ts";
import { drawnPairs } from "../../../../offchain/core/cover/draw.ts";
import { keccak256 } from "../../../../offchain/core/crypto/hashes.ts";
import { dealLayers } from "../../../../offchain/core/layers/layers.ts";
import { type RelayId, relayId, seconds } from "../../../../offchain/core/units.ts";
import { chiSquare, chiSquareTail } from "../../../support/statistics.ts";

const ERROR_PROBABILITY = 1e-6;
const TIMING = { epochLength: seconds(100), routeSpan: seconds(20) };

const numbered = (name: string, number: number): Uint8Array =>
  keccak256(new TextEncoder().encode(`${name} ${String(number)}`));
const idOf = (number: number): RelayId =>
  relayId(`0x${number.toString(16).padStart(2, "0").repeat(32)}`);
const relays = Array.from({ length: 8 }, (_, i) => idOf(i + 1));
const outsider = idOf(0xff);
const layers = dealLayers(numbered("era", 0), relays);

/** How often each key came. */
function tally(keys: Iterable<string | number>): Map<string | number, number> {
  const counts = new Map<string | number, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
}

function expectEven(counts: Map<unknown, number>, cells: number): void {
  expect(counts.size).to.equal(cells);
  expect(chiSquareTail(chiSquare([...counts.values()]), cells - 1)).to.be.above(ERROR_PROBABILITY);
}

/** Routes of `count` slots of `sender`. */
function* routes(sender: RelayId, count: number): Generator<readonly RelayId[]> {
  for (let i = 0; i < count; i++) {
    const slot = coverSlot(numbered(sender, i), TIMING);
    if (slot !== undefined) yield coverRoute(layers, slot.picks, sender);
  }
}

describe("draws (protocol section 10)", () => {
  const LOTTERY = { slots: 3, draws: 8 };
  const PAIRS = 7 * LOTTERY.slots;
  const BEACONS = 2_000;
  const drawn = Array.from({ length: BEACONS }, (_, i) =>
    drawnPairs(numbered("beacon", i), 7, LOTTERY).map(
      ({ position, slot }) => position * LOTTERY.slots + slot,
    ),
  );

  for (const draw of [0, 7])
    it(`fall on every pair of relay and slot alike: draw ${String(draw)} (χ², error 1e-6)`, () => {
      expectEven(tally(drawn.map((pairs) => pairs[draw] ?? -1)), PAIRS);
    });

  it("take every pair into an epoch's draws alike, none twice (χ², error 1e-6)", () => {
    for (const pairs of drawn) expect(new Set(pairs).size).to.equal(LOTTERY.draws);
    const counts = [...tally(drawn.flat()).values()];
    // Without replacement counts vary less, by 1 − p, and add up: p of the pairs are drawn each time.
    const share = LOTTERY.draws / PAIRS;
    const statistic = (chiSquare(counts) / (1 - share)) * ((PAIRS - 1) / PAIRS);
    expect(chiSquareTail(statistic, PAIRS - 1)).to.be.above(ERROR_PROBABILITY);
  });

  it("fall on two pairs together as on any other two (χ², error 1e-6)", () => {
    const small = { slots: 1, draws: 2 };
    const together = Array.from({ length: BEACONS }, (_, i) =>
      drawnPairs(numbered("beacon", i), 6, small)
        .map(({ position }) => position)
        .join(" "),
    );
    expectEven(tally(together), 30);
  });
});

describe("routes of cover (protocol section 10)", () => {
  it("are uniform over all routes for a sender that is not in the way (χ², error 1e-6)", () => {
    const sizes = layers.map(({ length }) => length);
    expect(sizes).to.deep.equal([3, 3, 2]);
    const counts = tally([...routes(outsider, 6_000)].map((route) => route.join(" ")));
    expectEven(counts, 3 * 3 * 2);
  });

  it("pass a sender's own layer through the others only, the one after it twice as often as the rest", () => {
    const [sender, next, last] = layers[0] as [RelayId, RelayId, RelayId];
    const counts = tally([...routes(sender, 6_000)].map(([first]) => first ?? ""));
    expect([...counts.keys()].sort()).to.deep.equal([next, last].sort());
    const statistic = chiSquare([counts.get(next) ?? 0, counts.get(last) ?? 0], [4_000, 2_000]);
    expect(chiSquareTail(statistic, 1)).to.be.above(ERROR_PROBABILITY);
  });

  it("load the relays of a layer alike when all relays send (χ², error 1e-6)", () => {
    const hops = relays.flatMap((sender) => [...routes(sender, 1_500)]);
    for (const layer of [0, 1, 2] as const)
      expectEven(tally(hops.map((route) => route[layer] ?? "")), layers[layer].length);
  });

  it("put the sending times evenly over the epoch less the route's span (χ², error 1e-6)", () => {
    const times = Array.from({ length: 8_000 }, (_, i) => coverSlot(numbered("time", i), TIMING));
    expectEven(tally(times.map((slot) => slot?.sendSecond ?? -1)), 80);
  });
});
