/** Real tickets: signed by a payer with core's code, drawn by the payee with its own VRF output. */
import { createBackend } from "../../../../offchain/core/crypto/index.ts";
import { merkleProof, merkleRoot } from "../../../../offchain/core/merkle/merkle.ts";
import { challenge } from "../../../../offchain/core/puzzle/puzzle.ts";
import {
  addressOf,
  isWinner,
  signTicketBatch,
  ticketBatchDigest,
  ticketDomain,
  ticketLeaf,
} from "../../../../offchain/core/tickets/index.ts";
import {
  ticketIndex,
  type Address,
  type Epoch,
  type Layer,
} from "../../../../offchain/core/units.ts";
import { ticketAlpha } from "../../../../offchain/core/vrf/alpha.ts";
import { vrfProve, vrfPublicKey } from "../../../../offchain/core/vrf/vrf.ts";
import type { ChannelState, NetworkParams } from "../../../../offchain/ports/network.ts";
import type { Random } from "../../../../offchain/ports/random.ts";
import type { WinningTicket } from "../../../../offchain/ports/store.ts";

const backend = createBackend("noble");

/** The account that signs with this key. */
export const signerOf = (secretKey: Uint8Array): Address => addressOf(vrfPublicKey(secretKey));

export interface Draw {
  readonly params: NetworkParams;
  readonly channel: Pick<ChannelState, "id" | "generation" | "relay">;
  readonly epoch: Epoch;
  readonly layer: Layer;
  /** Index of the first ticket; the others follow. */
  readonly from: number;
  readonly count: number;
  readonly ticketKey: Uint8Array;
  readonly vrfSecret: Uint8Array;
  readonly random: Random;
}

/** One frame's tickets; returns those that win. */
export function drawFrame(draw: Draw): WinningTicket[] {
  const { params, channel, epoch, random } = draw;
  const amount = params.ticketAmounts[draw.layer];
  const { winProb } = params;
  const responses = Array.from({ length: draw.count }, () => random.bytes(32));
  const indexes = responses.map((_, i) => ticketIndex(draw.from + i));
  const leaves = responses.map((opened, i) =>
    ticketLeaf(indexes[i] ?? ticketIndex(0), challenge(opened)),
  );
  const digest = ticketBatchDigest(ticketDomain(params.chainId, params.channels), {
    channelId: channel.id,
    generation: channel.generation,
    epoch,
    amount,
    winProb,
    root: merkleRoot(leaves),
  });
  const signature = signTicketBatch(backend, digest, draw.ticketKey);
  const alpha = ticketAlpha(params.chainId, params.channels, channel.relay, epoch);
  const y = vrfProve(draw.vrfSecret, alpha).beta;
  return leaves.flatMap((leaf, i) => {
    const [response, index] = [responses[i], indexes[i]];
    if (response === undefined || index === undefined) return [];
    if (!isWinner(y, leaf, signature, response, winProb)) return [];
    const proof = merkleProof(leaves, i);
    const { id, generation } = channel;
    return [{ channel: id, generation, epoch, index, amount, winProb, response, signature, proof }];
  });
}
