/**
 * Claims what this relay's drawn packets have earned: finds them, gathers the proofs of their ways, and sends each
 * complete one to the lottery (docs/protocol.md §10). A way that stays incomplete is forfeited, and nobody is
 * blamed for it. What the lottery refuses for now, because its rewards run short, is tried again while it can be.
 */
import { coverShares, encodeCoverClaim, wrongCoverTime } from "../../core/cover/index.ts";
import type { PerHop, ReplayProof } from "../../core/cover/index.ts";
import { hasCode } from "../../core/errors.ts";
import { endOf, startOf } from "../../core/epochs/epochs.ts";
import type { RelayId } from "../../core/units.ts";
import { vrfOnChainProof } from "../../core/vrf/onchain.ts";
import type { Call, Chain } from "../../ports/chain.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Log } from "../../ports/log.ts";
import type { LotteryParams } from "../../ports/network.ts";
import type { DrawnPacket } from "../../ports/store.ts";
import { AttemptLog } from "../attempts.ts";
import { failureOf } from "../failure.ts";
import { withMargin, type Intents } from "../outbox.ts";
import type { IndexedView } from "../view.ts";
import { coversGas } from "../worth.ts";
import type { Asker } from "./asker.ts";
import { CLAIM_REASONS, type ClaimReason } from "./claim-reasons.ts";
import type { OwnDraw, OwnDraws } from "./own-draws.ts";
import { Rests } from "./rests.ts";

export interface ClaimerOptions {
  readonly relay: RelayId;
  readonly view: IndexedView;
  readonly lottery: LotteryParams;
  readonly chain: Pick<Chain, "calls" | "estimateGas" | "fees">;
  readonly outbox: Intents;
  readonly draws: OwnDraws;
  readonly asker: Asker;
  readonly clock: Clock;
  readonly log: Log;
  /** 64 bytes x ‖ y. */
  readonly vrfKey: Uint8Array;
  /** Wei for one whole token; claims that are not worth their gas wait for lower fees. Undefined: they are sent. */
  readonly tokenPrice?: bigint | undefined;
}

/** The rewards cannot pay a claim now: somebody may top them up, or the next epoch lets more be minted. */
const SHORT = "RewardSource_Short";
/** By this relay a moment ago, which the view does not show yet, or by somebody else: it will show. */
const PAID = "CoverLottery_AlreadyClaimed";

const NOT_WORTH_GAS = "not-worth-gas";

export class Claimer {
  readonly #options: ClaimerOptions;
  readonly #attempts: AttemptLog;
  readonly #rests = new Rests();
  readonly #undecided = new Set<string>();
  /** Packets that were tried. */
  readonly #tried = new Set<string>();
  /** Those whose claims could be made but for this. */
  readonly #waiting = new Map<string, ClaimReason>();
  /** The latest refusal that was told. */
  #told = "";

  constructor(options: ClaimerOptions) {
    this.#options = options;
    this.#attempts = new AttemptLog(options.outbox, options.view);
  }

  /** Claims (`claim:relay:epoch:draw`) of which the chain's node did not tell at the latest look whether they work. */
  get undecided(): ReadonlySet<string> {
    return this.#undecided;
  }

  /** How many complete claims wait at the latest look, by reason. */
  get waiting(): readonly { readonly reason: ClaimReason; readonly count: number }[] {
    const reasons = [...this.#waiting.values()];
    return CLAIM_REASONS.map((reason) => ({
      reason,
      count: reasons.filter((one) => one === reason).length,
    })).filter(({ count }) => count > 0);
  }

  /** One pass: what is complete is claimed before and after the missing proofs are asked for. */
  async step(): Promise<void> {
    const { draws, asker } = this.#options;
    await draws.update();
    await this.#claimComplete();
    await asker.step();
    await this.#claimComplete();
    this.#forgetSettled();
  }

  async #claimComplete(): Promise<void> {
    for (const own of this.#options.draws.open) {
      const [first, second, third] = own.packet.proofs;
      if (own.hopeless || first === undefined || second === undefined || third === undefined)
        continue;
      await this.#claim(own, [first, second, third]);
    }
  }

  #forgetSettled(): void {
    const open = new Set(this.#options.draws.open.map(({ packet }) => this.#nameOf(packet)));
    for (const name of this.#tried) {
      if (open.has(name)) continue;
      this.#tried.delete(name);
      this.#attempts.forget(name);
      this.#rests.forget(name);
      this.#undecided.delete(name);
      this.#waiting.delete(name);
    }
  }

  #nameOf({ epoch, draw }: Pick<DrawnPacket, "epoch" | "draw">): string {
    return `claim:${this.#options.relay}:${epoch}:${draw}`;
  }

  async #claim(own: OwnDraw, proofs: PerHop<ReplayProof>): Promise<void> {
    const { outbox } = this.#options;
    const name = this.#nameOf(own.packet);
    this.#tried.add(name);
    if (this.#rests.isResting(name, this.#options.clock.monotonic())) return;
    if (!this.#isInTime(own, proofs)) {
      own.hopeless = true;
      return;
    }
    const { underWay, resting, nextKey } = await this.#attempts.of(name);
    if (underWay || resting) return;
    const call = this.#call(own, proofs);
    const gas = await this.#estimate(name, call);
    if (gas === undefined || !(await this.#isWorthGas(name, gas))) return;
    this.#rests.forget(name);
    this.#waiting.delete(name);
    await outbox.intend(nextKey, call, gas);
  }

  /** Undefined when the lottery would refuse it now, or the node cannot tell. */
  async #estimate(name: string, call: Call): Promise<bigint | undefined> {
    const { chain, outbox, clock } = this.#options;
    this.#undecided.delete(name);
    try {
      const gas = withMargin(await chain.estimateGas(outbox.account, call));
      if (this.#told !== NOT_WORTH_GAS) this.#told = "";
      return gas;
    } catch (error) {
      if (!hasCode(error, "CHAIN_REVERTED") && !hasCode(error, "CHAIN_CALL_FAILED")) throw error;
      if (error.code === "CHAIN_CALL_FAILED") this.#undecided.add(name);
      this.#refused(name, failureOf(error).name);
      this.#rests.failed(name, clock.monotonic());
      return undefined;
    }
  }

  async #isWorthGas(name: string, gas: bigint): Promise<boolean> {
    const { lottery, chain, clock, log, tokenPrice } = this.#options;
    if (tokenPrice === undefined) return true;
    const { expected: gasPrice } = await chain.fees();
    if (coversGas({ payout: lottery.senderReward, gas, gasPrice, tokenPrice })) {
      if (this.#told === NOT_WORTH_GAS) this.#told = "";
      return true;
    }
    this.#rests.failed(name, clock.monotonic());
    this.#waiting.set(name, NOT_WORTH_GAS);
    if (this.#told !== NOT_WORTH_GAS)
      log.info("claims wait: their rewards are worth less than their gas costs now", { gas });
    this.#told = NOT_WORTH_GAS;
    return false;
  }

  #refused(name: string, reason: string): void {
    if (reason === PAID) {
      this.#waiting.delete(name);
      return;
    }
    this.#waiting.set(name, reason === SHORT ? "rewards-short" : "refused");
    if (reason === this.#told) return;
    this.#told = reason;
    const { log } = this.#options;
    if (reason === SHORT) log.warn("the rewards are used up for now; claims wait for more");
    else log.error("the lottery refuses a claim; it is tried again", { reason });
  }

  /** What the relays committed to cannot change: a time that the lottery does not take is never taken. */
  #isInTime({ packet, revealed }: OwnDraw, proofs: PerHop<ReplayProof>): boolean {
    const { view, lottery } = this.#options;
    const [first, second, third] = proofs;
    const wrong = wrongCoverTime([first.time, second.time, third.time], {
      start: startOf(view.params, packet.epoch),
      end: endOf(view.params, packet.epoch),
      send: revealed.send,
      routeSpan: lottery.routeSpan,
      timeTolerance: lottery.timeTolerance,
    });
    return wrong === undefined;
  }

  #call({ packet, alpha, vrfProof, revealed }: OwnDraw, hops: PerHop<ReplayProof>): Call {
    const { chain, vrfKey } = this.#options;
    const claim = encodeCoverClaim({
      vrfKey,
      vrfProof: vrfOnChainProof(vrfKey, alpha, vrfProof),
      shares: coverShares(revealed.sessionKey, revealed.packetKeys),
      hops,
    });
    return chain.calls.claimCover(packet.epoch, packet.draw, claim);
  }
}
