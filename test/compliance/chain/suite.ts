/** What every implementation of the chain's port does alike. */
import { expect } from "chai";

import { hasCode } from "../../../offchain/core/errors.ts";
import { amount, channelId, epoch } from "../../../offchain/core/units.ts";
import type { Call, Chain, TransactionSigner } from "../../../offchain/ports/chain.ts";
import { relayNumber } from "../../offchain/settlement/support/simulation.ts";

export interface ChainUnderTest {
  readonly chain: Chain;
  /** Has gas; nothing else uses it. */
  readonly signer: TransactionSigner;
  /** A call that succeeds whenever it is made. */
  readonly works: Call;
  /** A call that the contracts refuse. */
  readonly fails: Call;
  /** Name and arguments of the refusal. */
  readonly refusal: { readonly name: string; readonly args: readonly string[] };
  /** Puts everything that was handed in into a block. */
  mine(): Promise<void>;
  /** Makes the contracts tell that the running epoch's beacon is final. */
  letBeaconCome(): Promise<void>;
  /** The endpoint dies. */
  die(): Promise<void>;
  clean(): Promise<void>;
}

export function chainCompliance(name: string, start: () => Promise<ChainUnderTest>): void {
  describe(`chain port: ${name}`, () => {
    let under: ChainUnderTest;

    before(async () => {
      under = await start();
    });

    after(async () => {
      await under.clean();
    });

    async function sign(call: Call, nonce: number, gasLimit = 1_000_000n) {
      const { chainId } = await under.chain.params();
      return under.signer.sign({
        ...call,
        chainId,
        nonce,
        gasLimit,
        fees: await under.chain.fees(),
      });
    }

    const nextNonce = () => under.chain.nonce(under.signer.address, "pending");

    it("finds its newest block by number, and no block after it", async () => {
      await under.mine();
      const head = await under.chain.head();
      expect(await under.chain.block(head.number)).to.deep.include({ hash: head.hash });
      expect(await under.chain.block(head.number + 1)).to.equal(undefined);
    });

    it("signs the same transaction into the same bytes, and another into others", async () => {
      const fees = await under.chain.fees();
      const { chainId } = await under.chain.params();
      const transaction = { ...under.works, chainId, nonce: 3, gasLimit: 50_000n, fees };
      const signed = under.signer.sign(transaction);
      expect(under.signer.sign(transaction)).to.deep.equal(signed);
      expect(under.signer.sign({ ...transaction, nonce: 4 }).hash).not.to.equal(signed.hash);
    });

    it("plays calls through, tells which would be refused and why, and changes nothing", async () => {
      await under.mine();
      const { chain, signer, works, fails, refusal } = under;
      const before = await chain.head();
      const sum = { kind: "tokens", account: signer.address } as const;
      const rehearsal = await chain.rehearse(signer.address, [works, fails, works], [sum]);
      expect(rehearsal?.calls.map(({ failure }) => failure)).to.deep.equal([
        undefined,
        refusal,
        undefined,
      ]);
      expect(rehearsal?.calls.every(({ gas }) => gas > 0n)).to.equal(true);
      expect(rehearsal?.before).to.deep.equal([await chain.reads.tokenBalance(signer.address)]);
      expect(rehearsal?.after).to.deep.equal(rehearsal?.before);
      expect((await chain.head()).hash).to.equal(before.hash);
    });

    it("says in words what a call is", () => {
      const { chain, works } = under;
      const { function: name, arguments: args } = chain.describe(works);
      expect(name).to.not.equal("unknown");
      expect(args.every(({ value }) => typeof value === "string")).to.equal(true);
    });

    it("carries a transaction out once, however often its bytes are handed in", async () => {
      const nonce = await nextNonce();
      const { raw, hash } = await sign(under.works, nonce);
      expect(await under.chain.broadcast(raw)).to.deep.equal({ status: "accepted" });
      expect(await under.chain.broadcast(raw)).to.deep.equal({ status: "accepted" });
      expect(await under.chain.receipt(hash)).to.equal(undefined);
      expect(await nextNonce()).to.equal(nonce + 1);

      await under.mine();
      const receipt = await under.chain.receipt(hash);
      const head = await under.chain.head();
      expect(receipt).to.deep.include({ hash, success: true, blockNumber: head.number });
      expect(await under.chain.broadcast(raw)).to.deep.equal({ status: "stale" });
      expect(await under.chain.nonce(under.signer.address, head.number)).to.equal(nonce + 1);
      expect(await under.chain.nonce(under.signer.address, head.number - 1)).to.equal(nonce);
    });

    it("takes no second transaction under a nonce that is used up", async () => {
      const nonce = await nextNonce();
      await under.chain.broadcast((await sign(under.works, nonce)).raw);
      await under.mine();
      const other = await sign(under.works, nonce, 999_999n);
      expect(await under.chain.broadcast(other.raw)).to.deep.equal({ status: "stale" });
      expect(await under.chain.receipt(other.hash)).to.equal(undefined);
    });

    it("names the contract's custom error of a call that would fail, and changes nothing", async () => {
      const { chain, signer, fails, refusal } = under;
      const attempts = [
        () => chain.estimateGas(signer.address, fails),
        () => chain.simulate(signer.address, fails),
      ];
      for (const attempt of attempts) {
        const error: unknown = await attempt().catch((caught: unknown) => caught);
        if (!hasCode(error, "CHAIN_REVERTED")) throw error;
        expect(error.context.cause).to.deep.equal(refusal);
      }
      expect(await chain.estimateGas(signer.address, under.works)).to.satisfy(
        (gas: bigint) => gas > 0n,
      );
      await chain.simulate(signer.address, under.works);
    });

    it("names the custom error of a transaction that failed in its block", async () => {
      const { raw, hash } = await sign(under.fails, await nextNonce());
      expect(await under.chain.broadcast(raw)).to.deep.equal({ status: "accepted" });
      await under.mine();
      expect(await under.chain.receipt(hash)).to.deep.include({ success: false, records: [] });
      expect(await under.chain.revertReason(hash)).to.deep.equal(under.refusal);
    });

    it("tells events of a range, both ends included, with the hash of their block", async () => {
      await under.mine();
      const from = (await under.chain.head()).number + 1;
      await under.letBeaconCome();
      await under.mine();
      const to = (await under.chain.head()).number;
      const records = await under.chain.events(from, to);
      const [record] = records.filter(({ event }) => event.kind === "beacon-final");
      if (record === undefined) throw new Error("the beacon came");

      expect((await under.chain.block(record.blockNumber))?.hash).to.equal(record.blockHash);
      expect(await under.chain.events(record.blockNumber, record.blockNumber)).to.deep.include(
        record,
      );
      expect(await under.chain.events(record.blockNumber + 1, to)).not.to.deep.include(record);
      expect(await under.chain.events(to + 1, to + 10)).to.deep.equal([]);
    });

    it("knows no receipt of a transaction that was never handed in", async () => {
      const { hash } = await sign(under.works, (await nextNonce()) + 7);
      expect(await under.chain.receipt(hash)).to.equal(undefined);
      expect(await under.chain.revertReason(hash)).to.equal(undefined);
    });

    it("names no lottery where there is none, and makes none of its calls", async () => {
      expect(await under.chain.params()).not.to.have.property("lottery");
      const { calls } = under.chain;
      const relay = relayNumber(1);
      const refused = [
        () => calls.commitReplay(relay, epoch(1), new Uint8Array(32)),
        () => calls.claimCover(epoch(1), 0, new Uint8Array(9)),
        () => calls.collectRewards(relay),
        () => calls.collectIntoChannel(relay, channelId(relay), amount(1n)),
        () => calls.reportMisses(relay, [epoch(1)]),
        () => calls.topUpRewards(amount(1n)),
      ];
      for (const call of refused)
        expect(call)
          .to.throw()
          .and.satisfy((error: unknown) => hasCode(error, "LOTTERY_NONE"));
    });

    it("rejects with CHAIN_UNREACHABLE whatever is asked of a dead endpoint", async () => {
      const { chain, signer, works } = under;
      const { raw, hash } = await sign(works, await nextNonce());
      await under.die();
      const questions = [
        () => chain.head(),
        () => chain.block(1),
        () => chain.events(0, 1),
        () => chain.nonce(signer.address, "pending"),
        () => chain.fees(),
        () => chain.estimateGas(signer.address, works),
        () => chain.simulate(signer.address, works),
        () => chain.broadcast(raw),
        () => chain.receipt(hash),
        () => chain.revertReason(hash),
      ];
      for (const question of questions) {
        const error: unknown = await question().catch((caught: unknown) => caught);
        expect(hasCode(error, "CHAIN_UNREACHABLE"), String(question)).to.equal(true);
      }
    });
  });
}
