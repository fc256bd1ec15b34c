/** What every implementation of the chain's port does alike about the lottery and about exclusion. */
import { expect } from "chai";

import type { Call, Chain, TransactionSigner } from "../../../offchain/ports/chain.ts";
import type { ChainEvent } from "../../../offchain/ports/events.ts";
import { relayNumber } from "../../offchain/settlement/support/simulation.ts";

/** One transaction of a story in which each can only follow the ones before. */
export interface LotteryStep {
  readonly call: Call;
  readonly from: TransactionSigner;
  /** All that it makes the contracts tell, but for words of channels. */
  readonly tells: readonly ChainEvent[];
}

export interface LotteryUnderTest {
  /** Of a network with a lottery. */
  readonly chain: Chain;
  steps(): AsyncIterable<LotteryStep>;
  mine(): Promise<void>;
  clean(): Promise<void>;
}

/** What the steps must have told in the end. */
const EVENTS: readonly ChainEvent["kind"][] = [
  "replay-committed",
  "draw-claimed",
  "rewards-moved",
  "rewards-collected",
  "earnings-added",
  "relay-jailed",
  "misses-reported",
  "relay-returned",
  "ejection-vote",
  "relay-ejected",
];

export function lotteryCompliance(name: string, start: () => Promise<LotteryUnderTest>): void {
  describe(`chain port, lottery: ${name}`, () => {
    let under: LotteryUnderTest;

    before(async () => {
      under = await start();
    });

    after(async () => {
      await under.clean();
    });

    async function carryOut({ call, from }: LotteryStep) {
      const { chain } = under;
      const { raw, hash } = from.sign({
        ...call,
        chainId: (await chain.params()).chainId,
        nonce: await chain.nonce(from.address, "pending"),
        gasLimit: 2n * (await chain.estimateGas(from.address, call)),
        fees: await chain.fees(),
      });
      expect(await chain.broadcast(raw)).to.deep.equal({ status: "accepted" });
      await under.mine();
      const receipt = await chain.receipt(hash);
      if (receipt === undefined) throw new Error("the transaction is in a block");
      return receipt;
    }

    it("tells of every transaction what it did, with its receipt and with its block", async () => {
      const told = new Set<ChainEvent["kind"]>();
      for await (const step of under.steps()) {
        const { success, records, blockNumber } = await carryOut(step);
        expect(success).to.equal(true);
        const events = records.map(({ event }) => event);
        const own = events.filter(({ kind }) => !kind.startsWith("channel-"));
        expect(own).to.have.deep.members([...step.tells]);
        expect(await under.chain.events(blockNumber, blockNumber)).to.include.deep.members([
          ...records,
        ]);
        for (const { kind } of events) told.add(kind);
      }
      expect([...told]).to.include.members([...EVENTS]);
    });

    it("names the lottery, and asks it for its sums", async () => {
      const { chain } = under;
      expect(await chain.params()).to.have.property("lottery");
      expect(await chain.reads.rewardsAvailable()).to.satisfy((sum: bigint) => sum > 0n);
      const sums = [await chain.reads.totalRewards(), await chain.reads.rewards(relayNumber(1))];
      expect(sums.every((sum) => sum >= 0n)).to.equal(true);
      expect(await chain.reads.tokenSupply()).to.satisfy((sum: bigint) => sum > 0n);
    });
  });
}
