import { expect } from "chai";
import fc from "fast-check";

import { linkSamples, type DrawnLoop } from "../../../../offchain/core/reliability/attribution.ts";
import { relayId } from "../../../../offchain/core/units.ts";

const relay = (n: number) => relayId(`0x${n.toString(16).padStart(64, "0")}`);
const [me, a, b, c] = [relay(1), relay(2), relay(3), relay(4)];

const loops: fc.Arbitrary<DrawnLoop> = fc.record({
  sender: fc.constant(me),
  route: fc.constant([a, b, c] as const),
  proved: fc.tuple(fc.boolean(), fc.boolean(), fc.boolean()),
  returned: fc.boolean(),
});

describe("what a drawn loop says about its links", () => {
  it("a loop that returned has crossed all of them, whatever its hops prove", () => {
    fc.assert(
      fc.property(loops, (loop) => {
        expect(linkSamples({ ...loop, returned: true })).to.deep.equal([
          { from: me, to: a, link: 0, survived: true },
          { from: a, to: b, link: 1, survived: true },
          { from: b, to: c, link: 2, survived: true },
          { from: c, to: me, link: 3, survived: true },
        ]);
      }),
    );
  });

  it("a lost one goes to the link of its first missing proof, and says nothing of those behind", () => {
    const lost = (...proved: [boolean, boolean, boolean]) =>
      linkSamples({ sender: me, route: [a, b, c], proved, returned: false }).map(
        ({ from, to, survived }) => [from, to, survived],
      );
    for (const third of [true, false]) {
      for (const second of [true, false])
        expect(lost(false, second, third)).to.deep.equal([[me, a, false]]);
      expect(lost(true, false, third)).to.deep.equal([
        [me, a, true],
        [a, b, false],
      ]);
    }
    expect(lost(true, true, false)).to.deep.equal([
      [me, a, true],
      [a, b, true],
      [b, c, false],
    ]);
    expect(lost(true, true, true)).to.deep.equal([
      [me, a, true],
      [a, b, true],
      [b, c, true],
      [c, me, false],
    ]);
  });

  it("blames one link at most, and no loop that returned", () => {
    fc.assert(
      fc.property(loops, (loop) => {
        const samples = linkSamples(loop);
        expect(samples.filter(({ survived }) => !survived)).to.have.length(loop.returned ? 0 : 1);
        expect(samples.slice(0, -1).every(({ survived }) => survived)).to.equal(true);
        expect(samples.map(({ link }) => link)).to.deep.equal(samples.map((_, i) => i));
      }),
    );
  });
});
