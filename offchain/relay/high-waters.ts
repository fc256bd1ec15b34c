/**
 * The highest ticket seen on each incoming channel. Indexes and epochs of a channel only ascend, and an
 * index may not run ahead further than `MAX_INDEX_JUMP` (docs/protocol.md §7, threat 9).
 */
import { ticketIndex, type ChannelId, type TicketIndex } from "../core/units.ts";
import type { PacketsFrame } from "../core/wire/frames.ts";
import { MAX_INDEX_JUMP } from "../link/limits.ts";
import type { ChannelHighWater } from "../ports/store.ts";

type TicketRun = Pick<PacketsFrame, "channel" | "generation" | "epoch" | "indexes">;

export class HighWaters {
  readonly #marks = new Map<ChannelId, ChannelHighWater>();

  load(marks: readonly ChannelHighWater[]): void {
    for (const mark of marks) this.#marks.set(mark.channel, mark);
  }

  /** The highest index taken on the channel, in whichever generation; zero for none. */
  of(channel: ChannelId): TicketIndex {
    return this.#marks.get(channel)?.index ?? ticketIndex(0);
  }

  /** Whether the frame's last index is too far above all that was seen or spent (`nextIndex`, on chain). */
  jumps(frame: TicketRun, nextIndex: TicketIndex): boolean {
    const seen = Math.max(this.#marks.get(frame.channel)?.index ?? 0, nextIndex);
    return (frame.indexes.at(-1) ?? 0) > seen + MAX_INDEX_JUMP;
  }

  /**
   * Whether the chain has spent a ticket of the frame, none of which was seen here: a relay that was restored has
   * marks older than what it redeemed. What was seen is left to the books, which know repeated packets.
   */
  isSpent(frame: TicketRun, nextIndex: TicketIndex): boolean {
    const first = frame.indexes[0];
    const mark = this.#marks.get(frame.channel);
    const seen = mark?.generation === frame.generation ? mark.index : 0;
    return first !== undefined && first > seen && first < nextIndex;
  }

  /**
   * Whether all of the frame lies above what was seen. If so the mark is raised at once, so that frames under
   * way are compared with it, and returned to be made durable. Call it for verified signatures only: a
   * stranger must not raise the mark of somebody's channel.
   */
  raise(frame: TicketRun): ChannelHighWater | undefined {
    const mark = this.#marks.get(frame.channel);
    const first = frame.indexes[0];
    const last = frame.indexes.at(-1);
    if (first === undefined || last === undefined) return undefined;
    if (mark !== undefined && !isAbove(frame, first, mark)) return undefined;
    const raised = {
      channel: frame.channel,
      generation: frame.generation,
      epoch: frame.epoch,
      index: last,
    };
    this.#marks.set(frame.channel, raised);
    return raised;
  }
}

/** A later generation starts anew; within one, neither epochs nor indexes go back. */
function isAbove(frame: TicketRun, first: TicketIndex, mark: ChannelHighWater): boolean {
  if (frame.generation !== mark.generation) return frame.generation > mark.generation;
  return frame.epoch >= mark.epoch && first > mark.index;
}
