import { expect } from "chai";
import { epoch } from "../../../../offchain/core/units.ts";
import type { DrawnPacket } from "../../../../offchain/ports/store.ts";
import { LOTTERY, LotteryScene } from "./support/scene.ts";

const E = epoch(3);

describe("claiming drawn packets", () => {
  let scene: LotteryScene;
  beforeEach(async () => {
    scene = await LotteryScene.create();
  });
  afterEach(() => scene.stop());

  /** Goes on a second at a time until `epoch`, with everybody at work. */
  const workUntil = async (target: number, second = 0): Promise<void> => {
    await scene.goTo(target, second);
  };

  const drawnPackets = async (): Promise<DrawnPacket[]> =>
    (await Promise.all(scene.relays.map(({ store }) => store.drawn.list(E)))).flat();

  const commit = async (): Promise<void> => {
    await scene.goTo(E + 1, 20);
    await scene.round();
    await scene.round();
  };

  it("pays every drawn packet whose way is complete, once", async () => {
    await scene.goTo(E);
    const packets = await scene.play(E);
    await commit();
    await scene.goTo(E + 2, 1);
    for (let n = 0; n < 4; n++) await scene.round();
    const drawn = scene.drawn(E, packets);
    expect(drawn.length).to.be.greaterThan(LOTTERY.draws / 2);
    const { view } = scene.relays[0]?.agent ?? {};
    expect(drawn.filter(({ draw }) => view?.isClaimed(E, draw) === true)).to.have.length(
      drawn.length,
    );
    const rows = await drawnPackets();
    expect(rows.map(({ state }) => state)).to.deep.equal(drawn.map(() => "claimed"));
    const claims = scene.chain.transactions.length;
    await workUntil(E + 5);
    await scene.round();
    expect(scene.chain.transactions.length - claims).to.equal(0);
  });
});
