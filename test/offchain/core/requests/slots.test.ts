import { expect } from "chai";
import fc from "fast-check";
import { Slots } from "../../../../offchain/core/requests/slots.ts";

describe("slots", () => {
  it("never hold more than so many of one holder, or altogether, and lose none", () => {
    const steps = fc.array(
      fc.oneof(
        fc.record({ take: fc.nat(4) }),
        fc.record({ giveBack: fc.nat(30), twice: fc.boolean() }),
      ),
      { maxLength: 80 },
    );
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 9 }),
        steps,
        (each, all, run) => {
          const slots = new Slots<number>(each, all);
          const held: { readonly holder: number; readonly giveBack: () => void }[] = [];
          for (const step of run) {
            if ("take" in step) {
              const { take: holder } = step;
              const his = held.filter((one) => one.holder === holder).length;
              const giveBack = slots.take(holder);
              expect(giveBack !== undefined).to.equal(his < each && held.length < all);
              if (giveBack !== undefined) held.push({ holder, giveBack });
            } else {
              const [one] = held.splice(step.giveBack % Math.max(1, held.length), 1);
              one?.giveBack();
              if (step.twice) one?.giveBack();
            }
            expect(slots.count).to.equal(held.length);
          }
        },
      ),
    );
  });
});
