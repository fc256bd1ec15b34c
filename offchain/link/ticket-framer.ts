/** Pays the packets of a frame: one index and leaf a packet, one signature a frame (docs/protocol.md §3, §6). */
import type { CurveBackend } from "../core/crypto/backend.ts";
import { epochAt } from "../core/epochs/epochs.ts";
import { merkleRoot } from "../core/merkle/merkle.ts";
import {
  signTicketBatch,
  type TicketDomain,
  ticketBatchDigest,
  ticketDomain,
  ticketLeaf,
} from "../core/tickets/batch.ts";
import type { ChannelId, Epoch } from "../core/units.ts";
import { encodePackets } from "../core/wire/encode.ts";
import type { NetworkView } from "../ports/network.ts";
import type { Framed, Framer, QueuedPacket } from "./framer.ts";
import type { TicketIndexes } from "./ticket-indexes.ts";
import type { LinkFailure } from "./unresolved.ts";

export class TicketFramer implements Framer {
  readonly #backend: CurveBackend;
  readonly #network: NetworkView;
  readonly #channel: ChannelId;
  readonly #indexes: TicketIndexes;
  readonly #signingKey: Uint8Array;
  readonly #domain: TicketDomain;
  /** Payees take ascending epochs only, so a clock that is set back must not take the tickets along. */
  #lastEpoch = 0;

  /** `signingKey` is the 32-byte secret of the channel's ticket signer. */
  constructor(
    backend: CurveBackend,
    network: NetworkView,
    channel: ChannelId,
    indexes: TicketIndexes,
    signingKey: Uint8Array,
  ) {
    this.#backend = backend;
    this.#network = network;
    this.#channel = channel;
    this.#indexes = indexes;
    this.#signingKey = signingKey;
    this.#domain = ticketDomain(network.params.chainId, network.params.channels);
  }

  async frame(batch: readonly QueuedPacket[]): Promise<Framed | LinkFailure> {
    const { params } = this.#network;
    const channel = this.#network.channel(this.#channel);
    const now = epochAt(params, this.#network.chainTime());
    const amount = batch[0]?.amount;
    if (channel?.status !== "open" || now === undefined || amount === undefined)
      return "no-channel";
    if (channel.balance < amount) return "no-channel";

    const indexes = await this.#indexes.take(batch.length, channel.nextIndex);
    this.#lastEpoch = Math.max(this.#lastEpoch, now);
    const challenges = batch.map((queued) => queued.challenge);
    const header = {
      channelId: channel.id,
      generation: channel.generation,
      epoch: this.#lastEpoch as Epoch,
      amount,
      winProb: params.winProb,
    };
    const root = merkleRoot(
      indexes.map((index, i) => ticketLeaf(index, challenges[i] ?? new Uint8Array(32))),
    );
    const digest = ticketBatchDigest(this.#domain, { ...header, root });
    const bytes = encodePackets({
      ...header,
      channel: channel.id,
      signature: signTicketBatch(this.#backend, digest, this.#signingKey),
      indexes,
      challenges,
      packets: batch.map((queued) => queued.packet),
    });
    return { bytes, indexes };
  }
}
