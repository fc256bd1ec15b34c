import { expect } from "chai";
import { REPLAY_NODE_BYTES, type ReplayProof } from "../../../offchain/core/cover/index.ts";
import { epoch, relayId, seconds } from "../../../offchain/core/units.ts";
import type { DrawnPacket, Store } from "../../../offchain/ports/store.ts";
import { bytes } from "./samples.ts";

const relay = (n: number) => relayId(`0x${n.toString(16).padStart(64, "0")}`);

const proof = (depth: number): ReplayProof => ({
  time: seconds(2 ** 40 - 1 - depth),
  siblings: Array.from({ length: depth }, (_, n) => bytes(REPLAY_NODE_BYTES, n)),
});

const drawn = (at: number, draw: number, change: Partial<DrawnPacket> = {}): DrawnPacket => ({
  epoch: epoch(at),
  draw,
  slot: 65_534,
  state: "open",
  route: [relay(3), relay(1), relay(2)],
  proved: [false, false, false],
  proofs: [undefined, undefined, undefined],
  ...change,
});

/** What every store promises for this relay's drawn packets. */
export function drawnCompliance(store: () => Store): void {
  it("gives back what was put, ascending, and only the latest of a draw", async () => {
    const packets = store().drawn;
    expect(await packets.list(epoch(0))).to.deep.equal([]);
    const shown = drawn(7, 223, {
      proved: [true, false, true],
      proofs: [proof(0), undefined, proof(32)],
    });
    for (const packet of [shown, drawn(6, 4), drawn(7, 2), drawn(7, 2, { state: "forfeited" })])
      await packets.put(packet);
    const paid = drawn(6, 4, { state: "claimed", proved: [true, true, true] });
    await packets.put(paid);
    expect(await packets.list(epoch(0))).to.deep.equal([
      paid,
      drawn(7, 2, { state: "forfeited" }),
      shown,
    ]);
    expect(await packets.list(epoch(7))).to.have.length(2);
  });

  it("forgets earlier epochs", async () => {
    const packets = store().drawn;
    for (const at of [5, 6, 7]) await packets.put(drawn(at, 1));
    await packets.forgetBefore(epoch(7));
    expect(await packets.list(epoch(0))).to.deep.equal([drawn(7, 1)]);
  });
}
