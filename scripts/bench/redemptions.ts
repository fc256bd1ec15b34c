/** The events of a network whose channels are redeemed from again and again, a page at a time. */
import { channelIdOf, relayPayerId } from "../../offchain/core/tickets/index.ts";
import {
  address,
  amount,
  generation,
  relayId,
  seconds,
  ticketIndex,
  type ChannelId,
} from "../../offchain/core/units.ts";
import type { ChainEvent, ChainRecord, ChannelWord } from "../../offchain/ports/events.ts";

const CONTRACT = address(`0x${"c".repeat(40)}`);
const SIGNER = address(`0x${"5".repeat(40)}`);
const FUNDED = 10n ** 24n;
const PAID = 10n ** 15n;
const EVENTS_PER_BLOCK = 64;

/** `count` redemptions, after the channels that they are from have opened. */
export function* redemptions(
  count: number,
  channels: number,
  page: number,
): Generator<readonly ChainRecord[]> {
  const ids = Array.from({ length: channels }, (_, n) => idOf(n));
  const eventAt = (n: number): ChainEvent => {
    const channel = ids[n % channels] ?? idOf(0);
    const round = Math.floor(n / channels);
    const word = wordOf(channel, round);
    if (round > 0)
      return {
        ...{ kind: "tickets-redeemed", ...word },
        ...{ tickets: 1, paid: amount(PAID), unpaid: amount(0n) },
      };
    const relay = numbered(n);
    return {
      kind: "channel-opened",
      ...word,
      payer: relayPayerId(relay),
      ticketSigner: SIGNER,
      relay,
    };
  };
  const total = channels + count;
  for (let from = 0; from < total; from += page)
    yield Array.from({ length: Math.min(page, total - from) }, (_, i) =>
      recordOf(from + i, eventAt(from + i)),
    );
}

const numbered = (n: number) => relayId(`0x${(n + 1).toString(16).padStart(64, "0")}`);

const idOf = (n: number): ChannelId => channelIdOf(relayPayerId(numbered(n)), SIGNER, numbered(n));

const wordOf = (channel: ChannelId, round: number): ChannelWord => ({
  ...{ channel, balance: amount(FUNDED - BigInt(round) * PAID), nextIndex: ticketIndex(1 + round) },
  ...{ generation: generation(0), status: "open", closableAt: seconds(0) },
});

function recordOf(n: number, event: ChainEvent): ChainRecord {
  const blockNumber = Math.floor(n / EVENTS_PER_BLOCK);
  return {
    blockNumber,
    blockHash: numbered(blockNumber),
    logIndex: n % EVENTS_PER_BLOCK,
    contract: CONTRACT,
    event,
  };
}
