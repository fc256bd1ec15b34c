/** Reserved ticket indexes of outgoing channels in SQL; runs in the worker. */
import type { DatabaseSync } from "node:sqlite";
import { WaybillError } from "../../core/errors.ts";
import { ticketIndex } from "../../core/units.ts";
import type { ChannelId, TicketIndex } from "../../core/units.ts";
import { firstRow } from "./rows.ts";

const LAST_INDEX = 2 ** 48 - 1;

export interface IndexTable {
  /** Zero is never issued, so the first index of a channel is 1. */
  readonly reserve: (channel: ChannelId, span: number, atLeast: TicketIndex) => TicketIndex;
}

export function indexTable(db: DatabaseSync): IndexTable {
  const known = db.prepare("SELECT next FROM reserved WHERE channel = ?");
  const move = db.prepare(
    "INSERT INTO reserved VALUES (?, ?) ON CONFLICT DO UPDATE SET next = excluded.next",
  );
  return {
    reserve: (channel, span, atLeast) => {
      if (!Number.isInteger(span) || span < 1)
        throw new WaybillError("STORE_BAD_INPUT", { what: "span", got: span, allowed: "≥ 1" });
      const next = firstRow<{ next: number }>(known, channel)?.next ?? 1;
      const first = Math.max(next, atLeast);
      if (first + span - 1 > LAST_INDEX)
        throw new WaybillError("STORE_INDEXES_EXHAUSTED", { got: first, allowed: LAST_INDEX });
      move.run(channel, first + span);
      return ticketIndex(first);
    },
  };
}
