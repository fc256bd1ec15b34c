/** A relay with one funded channel on a real local chain, and real winning tickets to redeem. */
import type { EthersChain } from "../../../../offchain/adapters/ethers/chain.ts";
import { seededRandom } from "../../../../offchain/adapters/memory/random.ts";
import { endOf, epochAt } from "../../../../offchain/core/epochs/epochs.ts";
import {
  amount,
  epoch as toEpoch,
  seconds,
  type ChannelId,
  type Epoch,
  type RelayId,
  type Seconds,
} from "../../../../offchain/core/units.ts";
import type { TransactionSigner } from "../../../../offchain/ports/chain.ts";
import type { NetworkParams } from "../../../../offchain/ports/network.ts";
import type { Store, WinningTicket } from "../../../../offchain/ports/store.ts";
import { Exposure } from "../../../../offchain/settlement/exposure.ts";
import { openChannel, type ChannelChoice } from "./actions.ts";
import { Redeemer, type RedeemerOptions } from "../../../../offchain/settlement/redeemer.ts";
import { joinAsRelay } from "./actions.ts";
import { Agent } from "./agent.ts";
import { BOND, type LocalChain } from "./local-chain.ts";
import { drawFrame, signerOf } from "./tickets.ts";
import { relayProofs } from "./vrf-proofs.ts";

export const WAIT_AFTER_EPOCH = seconds(5);

const FRAME = 16;
const random = seededRandom("redeem");
const vrfSecret = random.bytes(32);
const ticketKey = random.bytes(32);

/** What the relay's process is made of: it can die and be started again on the same store. */
export interface RelayProcess {
  readonly agent: Agent;
  readonly exposure: Exposure;
  readonly redeemer: Redeemer;
}

export class RedeemScene {
  readonly local: LocalChain;
  readonly chain: EthersChain;
  readonly params: NetworkParams;
  readonly owner: TransactionSigner;
  readonly hot: TransactionSigner;
  readonly payer: TransactionSigner;
  readonly relay: RelayId;
  readonly channel: ChannelId;
  #nextIndex = 1;

  private constructor(
    local: LocalChain,
    chain: EthersChain,
    params: NetworkParams,
    accounts: Record<"owner" | "hot" | "payer", TransactionSigner>,
    ids: { readonly relay: RelayId; readonly channel: ChannelId },
  ) {
    this.local = local;
    this.chain = chain;
    this.params = params;
    this.owner = accounts.owner;
    this.hot = accounts.hot;
    this.payer = accounts.payer;
    this.relay = ids.relay;
    this.channel = ids.channel;
  }

  /** Joins a relay and opens a channel to it with `funding` in it; the payer has ten times as much. */
  static async create(local: LocalChain, funding: bigint): Promise<RedeemScene> {
    const chain = await local.connect();
    const params = await chain.params();
    const owner = await local.account(10n * BOND);
    const hot = await local.account(0n);
    const payer = await local.account(10n * funding);
    const agent = new Agent(chain, params);
    const proofs = relayProofs(params, vrfSecret);
    const relay = await agent.as(owner, (account) =>
      joinAsRelay(account, {
        agent: hot.address,
        recipient: owner.address,
        vrfKey: proofs.vrfKey,
        packetKey: Uint8Array.of(
          2 + ((proofs.vrfKey[63] ?? 0) % 2),
          ...proofs.vrfKey.subarray(0, 32),
        ),
        multiaddr: "/ip4/127.0.0.1/tcp/9/p2p/12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN",
        prove: proofs.possession,
        agentAllowance: amount(0n),
      }),
    );
    const channel = await agent.as(payer, (account) =>
      openChannel(account, { ticketSigner: signerOf(ticketKey), relay }, amount(funding)),
    );
    return new RedeemScene(local, chain, params, { owner, hot, payer }, { relay, channel });
  }

  /** The channel, as its payer names it. */
  get choice(): ChannelChoice {
    return { ticketSigner: signerOf(ticketKey), relay: this.relay };
  }

  /** What the relay shows with its winners of an epoch. */
  get proofs(): { readonly vrfKey: Uint8Array; readonly prove: (epoch: Epoch) => Uint8Array } {
    const { vrfKey, tickets } = relayProofs(this.params, vrfSecret);
    return { vrfKey, prove: (epoch) => tickets(this.relay, epoch) };
  }

  /** The relay's process, started on `store`. */
  start(store?: Store, change: Partial<RedeemerOptions> = {}): RelayProcess {
    const options = store === undefined ? {} : { store };
    const proofs = relayProofs(this.params, vrfSecret);
    const agent = new Agent(this.chain, this.params, {
      ...{ firstBlock: this.local.firstBlock, redeemer: proofs.vrfKey },
      ...options,
    });
    const exposure = new Exposure(agent.view);
    const redeemer = new Redeemer({
      relay: this.relay,
      view: agent.view,
      chain: this.chain,
      outbox: agent.outbox(this.hot),
      winners: agent.store.winners,
      exposure,
      log: agent.log,
      vrfKey: proofs.vrfKey,
      prove: (epoch) => proofs.tickets(this.relay, epoch),
      waitAfterEpoch: WAIT_AFTER_EPOCH,
      gasCap: 16_000_000n,
      leastPayout: 0n,
      ...change,
    });
    return { agent, exposure, redeemer };
  }

  /** Winners of `frames` frames of real tickets, in the epoch that runs. */
  async draw(frames: number): Promise<WinningTicket[]> {
    const { agent } = this.start();
    await agent.indexer.step();
    const channel = agent.view.channel(this.channel);
    if (channel === undefined) throw new Error("the channel is open");
    const epoch = await this.now();
    return Array.from({ length: frames }, () => {
      const from = this.#nextIndex;
      this.#nextIndex += FRAME;
      const { params } = this;
      return drawFrame({
        params,
        channel,
        epoch,
        layer: 0,
        from,
        count: FRAME,
        ticketKey,
        vrfSecret,
        random,
      });
    }).flat();
  }

  /** Everything that the running process does in one round. */
  async round({ agent, redeemer }: RelayProcess): Promise<void> {
    await agent.indexer.step();
    await redeemer.step();
    await agent.outbox(this.hot).step();
    await agent.outbox(this.hot).step();
    await agent.indexer.step();
    await redeemer.step();
  }

  async now(): Promise<Epoch> {
    return epochAt(this.params, (await this.chain.head()).timestamp) ?? toEpoch(0);
  }

  /** The first second in which an epoch's winners may be redeemed, and one more. */
  dueAt(epoch: Epoch): Seconds {
    return seconds(endOf(this.params, epoch) + WAIT_AFTER_EPOCH + 1);
  }
}

export const worth = (tickets: readonly WinningTicket[]): bigint =>
  tickets.reduce((total, { amount: value }) => total + value, 0n);
