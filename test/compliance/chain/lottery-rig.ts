/** Six relays of one owner on a real node: a drawn cover packet, its rewards, and a relay on its way out. */
import type { EthersChain } from "../../../offchain/adapters/ethers/chain.ts";
import { bytesToHex } from "../../../offchain/core/bytes.ts";
import { encodeCoverClaim } from "../../../offchain/core/cover/index.ts";
import { startOf } from "../../../offchain/core/epochs/epochs.ts";
import { accountPayerId, channelIdOf, ticketDomain } from "../../../offchain/core/tickets/index.ts";
import { amount, epoch, era, type RelayId } from "../../../offchain/core/units.ts";
import { relayIdOf } from "../../../offchain/core/vrf/alpha.ts";
import type { Call, TransactionSigner } from "../../../offchain/ports/chain.ts";
import type { ChainEvent } from "../../../offchain/ports/events.ts";
import type { LotteryParams, NetworkParams } from "../../../offchain/ports/network.ts";
import {
  claimParts,
  drawnOf,
  sendCover,
  type CoverEpoch,
  type DrawnPacket,
  type CoverRelay,
  type CoverSetup,
} from "../../contracts/support/lottery.ts";
import { backend } from "../../contracts/support/channels.ts";
import { keyPair, possessionProof } from "../../contracts/support/registry.ts";
import { LocalChain, LOTTERY } from "../../offchain/settlement/support/local-chain.ts";
import type { LotteryStep, LotteryUnderTest } from "./lottery-suite.ts";

const RELAYS = 6;
const TOKENS = 1_000_000n;
/** First epoch of era 1, the first in which anybody is active. */
const COVERED = epoch(3);

export async function lotteryOnNode(): Promise<LotteryUnderTest> {
  const rig = await LotteryRig.start();
  return {
    chain: rig.chain,
    steps: () => rig.steps(),
    // The node mines each transaction at once.
    mine: () => Promise.resolve(),
    clean: () => rig.local.stop(),
  };
}

export class LotteryRig {
  readonly local: LocalChain;
  readonly chain: EthersChain;
  readonly params: NetworkParams;
  readonly lottery: LotteryParams;
  /** Owner and agent of all relays. */
  readonly owner: TransactionSigner;
  readonly relays: CoverRelay[] = [];

  private constructor(
    local: LocalChain,
    chain: EthersChain,
    params: NetworkParams,
    owner: TransactionSigner,
  ) {
    if (params.lottery === undefined) throw new Error("the chain has a lottery");
    this.local = local;
    this.chain = chain;
    this.params = params;
    this.lottery = params.lottery;
    this.owner = owner;
  }

  /** Relays join, and the pool is filled. */
  static async start(): Promise<LotteryRig> {
    const local = await LocalChain.start({ lottery: true });
    const chain = await local.connect();
    const rig = new LotteryRig(local, chain, await chain.params(), await local.account(TOKENS));
    const { registry, channels } = rig.params;
    for (const spender of [registry, channels, rig.lottery.rewards])
      await rig.send(chain.calls.approve(spender, amount(TOKENS)));
    await rig.send(chain.calls.topUpRewards(amount(10_000n)));
    for (let i = 0; i < RELAYS; i++) await rig.#join(`relay ${i}`);
    return rig;
  }

  /** Each is to be carried out before the next one is asked for. */
  async *steps(): AsyncIterable<LotteryStep> {
    yield* this.#rewards(await this.#cover());
    yield* this.#exclusion();
  }

  async #cover(): Promise<CoverEpoch> {
    await this.goTo(COVERED - 1);
    await this.goTo(COVERED);
    const cover = await sendCover(this.setup(), this.relays, COVERED);
    await this.goTo(COVERED + 1);
    return cover;
  }

  /** All commit; a draw is claimed, and the sender's reward goes half into a channel, half to its earnings. */
  async *#rewards(cover: CoverEpoch): AsyncIterable<LotteryStep> {
    const { calls } = this.chain;
    for (const { id } of this.relays) {
      const root = cover.trees.get(id)?.root ?? new Uint8Array(32);
      yield this.#step(calls.commitReplay(id, COVERED, root), {
        kind: "replay-committed",
        relay: id,
        epoch: COVERED,
        root: bytesToHex(root),
      });
    }
    await this.goTo(COVERED + 2);
    const [drawn] = await drawnOf(this.setup(), cover);
    if (drawn === undefined) throw new Error("something is drawn");
    yield this.#claim(cover, drawn);

    const relay = drawn.sender.id;
    const half = amount(LOTTERY.senderReward / 2n);
    const channel = await this.openChannel(drawn.hops[0]);
    yield this.#step(calls.collectIntoChannel(relay, channel, half), {
      ...{ kind: "rewards-moved", relay, channel, amount: half },
    });
    const rest = amount(LOTTERY.senderReward - half);
    yield this.#step(
      calls.collectRewards(relay),
      { kind: "earnings-added", relay, from: this.lottery.address, amount: rest },
      { kind: "rewards-collected", relay, amount: rest },
    );
    yield this.#step(calls.addEarnings(relay, amount(9n)), {
      ...{ kind: "earnings-added", relay, from: this.owner.address, amount: amount(9n) },
    });
  }

  #claim(cover: CoverEpoch, packet: DrawnPacket): LotteryStep {
    const claim = encodeCoverClaim(claimParts(cover, packet));
    return this.#step(this.chain.calls.claimCover(COVERED, packet.draw, claim), {
      kind: "draw-claimed",
      sender: packet.sender.id,
      epoch: COVERED,
      draw: packet.draw,
      hops: packet.hops,
    });
  }

  /** Nobody commits to the two epochs that follow; one is reported, comes back, and is voted out. */
  async *#exclusion(): AsyncIterable<LotteryStep> {
    const { calls } = this.chain;
    const [target, ...others] = this.relays.map(({ id }) => id);
    if (target === undefined) throw new Error("there are relays");
    const missed = [epoch(COVERED + 1), epoch(COVERED + 2)];
    await this.goTo(COVERED + 4);
    yield this.#step(
      calls.reportMisses(target, missed),
      { kind: "relay-jailed", relay: target, fromEra: era(3) },
      { kind: "misses-reported", relay: target, era: era(1), misses: missed.length },
    );
    await this.goTo(COVERED + 5);
    yield this.#step(calls.returnFromJail(target), {
      ...{ kind: "relay-returned", relay: target, fromEra: era(4) },
    });
    for (const [i, voter] of others.entries()) {
      const votes = i + 1;
      const vote = { kind: "ejection-vote", voter, target, era: era(2), votes } as const;
      const call = calls.voteToEject(voter, target);
      if (votes < others.length) yield this.#step(call, vote);
      else
        yield this.#step(
          call,
          vote,
          { kind: "relay-ejected", relay: target, era: era(2), votes },
          { kind: "relay-left", relay: target, activeUntil: era(4), bondFreeEpoch: epoch(18) },
        );
    }
  }

  setup(): CoverSetup {
    const { beacon, registry } = this.local.contracts;
    const { chainId, channels } = this.params;
    return {
      clock: this.params,
      beacon,
      registry,
      domain: ticketDomain(chainId, channels),
      lotteryAddress: this.lottery.address,
      terms: LOTTERY,
    };
  }

  #step(call: Call, ...tells: readonly ChainEvent[]): LotteryStep {
    return { call, from: this.owner, tells };
  }

  async #join(name: string): Promise<void> {
    const { chainId, registry } = this.params;
    const { address: owner } = this.owner;
    const vrf = keyPair(`${name} vrf`);
    const id = relayIdOf(chainId, registry, owner, vrf.key);
    await this.send(
      this.chain.calls.join({
        agent: owner,
        recipient: owner,
        vrfKey: vrf.key,
        packetKey: backend.publicKey(keyPair(`${name} packet`).secret),
        multiaddr: "/ip4/127.0.0.1/tcp/9",
        possession: possessionProof(name, id),
      }),
    );
    this.relays.push({ id, name });
  }

  async openChannel(relay: RelayId) {
    const account = this.owner.address;
    const parties = { payer: { kind: "account", account }, ticketSigner: account, relay } as const;
    await this.send(this.chain.calls.openChannel(parties, amount(1_000n)));
    return channelIdOf(accountPayerId(account), account, relay);
  }

  /** To the start of an epoch, whose beacon then comes. */
  async goTo(target: number): Promise<void> {
    await this.local.moveTo(startOf(this.params, epoch(target)));
    const advance = this.chain.calls.advanceBeacon();
    await this.send(advance);
    await this.local.rpc("hardhat_mine", "0x3");
    await this.send(advance);
  }

  async send(call: Call): Promise<void> {
    const from = this.owner;
    const { raw } = from.sign({
      ...call,
      chainId: this.params.chainId,
      nonce: await this.chain.nonce(from.address, "pending"),
      gasLimit: 3_000_000n,
      fees: await this.chain.fees(),
    });
    await this.chain.broadcast(raw);
  }
}
