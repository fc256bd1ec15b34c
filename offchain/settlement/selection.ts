/** Which winners can be redeemed now, and why the others cannot (protocol §3; threat 53). */
import { layerOfAmount, type ClaimGroup, type ClaimedTicket } from "../core/tickets/index.ts";
import type { ChannelId } from "../core/units.ts";
import type { ChannelState, NetworkParams } from "../ports/network.ts";
import type { SkipReason } from "../ports/events.ts";
import type { WinningTicket } from "../ports/store.ts";

export interface Selection {
  readonly groups: readonly ClaimGroup[];
  /** The winners inside `groups`, in the same order. */
  readonly chosen: readonly WinningTicket[];
  /** The contract would never pay these. */
  readonly rejected: readonly { readonly ticket: WinningTicket; readonly reason: SkipReason }[];
  /** These wait: for money in their channel, or for blocks that confirm what became of it. */
  readonly held: readonly WinningTicket[];
}

export interface SelectionInput {
  /** Of one epoch, ascending by channel and index. */
  readonly winners: readonly WinningTicket[];
  readonly params: Pick<NetworkParams, "ticketAmounts">;
  channel(id: ChannelId): ChannelState | undefined;
  /** The channel as confirmed blocks left it, if they are known: only by it a ticket is given up. */
  sureChannel(id: ChannelId): ChannelState | undefined;
  /** Channels whose earlier epochs are not settled; a later index would void the earlier tickets. */
  readonly blocked: ReadonlySet<ChannelId>;
  /** The window ends: a part of a ticket's worth is better than nothing. */
  readonly lastChance: boolean;
}

export function selectWinners(input: SelectionInput): Selection {
  const groups: ClaimGroup[] = [];
  const chosen: WinningTicket[] = [];
  const rejected: { ticket: WinningTicket; reason: SkipReason }[] = [];
  const held: WinningTicket[] = [];
  for (const [id, winners] of Map.groupBy(input.winners, (winner) => winner.channel)) {
    const channel = input.channel(id);
    const tickets: ClaimedTicket[] = [];
    let left = channel?.balance ?? 0n;
    for (const ticket of winners) {
      const refused = refusal(ticket, channel);
      const reason = refused && sureRefusal(ticket, input.sureChannel(id));
      const layer = layerOfAmount(ticket.amount, input.params.ticketAmounts);
      if (reason !== undefined) rejected.push({ ticket, reason });
      else if (layer === undefined) rejected.push({ ticket, reason: "unknown-layer" });
      else if (
        refused !== undefined ||
        input.blocked.has(id) ||
        !payable(ticket, left, channel, input.lastChance)
      ) {
        held.push(ticket);
        // Indexes must ascend: what follows waits, too.
        left = 0n;
      } else {
        const { index, response, signature, proof } = ticket;
        tickets.push({ layer, index, response, signature, proof });
        chosen.push(ticket);
        left -= left < ticket.amount ? left : ticket.amount;
      }
    }
    if (channel !== undefined && tickets.length > 0)
      groups.push({ payer: channel.payer, ticketSigner: channel.ticketSigner, tickets });
  }
  return { groups, chosen, rejected, held };
}

function refusal(ticket: WinningTicket, channel: ChannelState | undefined): SkipReason | undefined {
  if (channel === undefined || channel.status === "closed") return "channel-closed";
  if (channel.generation !== ticket.generation) return "channel-closed";
  return ticket.index < channel.nextIndex ? "index-spent" : undefined;
}

/**
 * What confirmed blocks rule out for good. Closing raises a channel's generation, so a channel that is closed in the
 * ticket's own generation, or that is not there, has been opened in blocks that are not confirmed yet.
 */
function sureRefusal(
  ticket: WinningTicket,
  channel: ChannelState | undefined,
): SkipReason | undefined {
  if (channel === undefined || channel.generation < ticket.generation) return undefined;
  if (channel.generation > ticket.generation) return "channel-closed";
  return channel.status === "closed" ? undefined : refusal(ticket, channel);
}

/** A payer that closes will not top up, so its channel pays what it can. */
function payable(
  ticket: WinningTicket,
  left: bigint,
  channel: ChannelState | undefined,
  lastChance: boolean,
): boolean {
  if (left >= ticket.amount) return true;
  return left > 0n && (lastChance || channel?.status === "closing");
}
