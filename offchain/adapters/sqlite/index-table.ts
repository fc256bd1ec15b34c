/** Reserved ticket indexes of outgoing channels in SQL; runs in the worker. */
import type { DatabaseSync } from "node:sqlite";
import { WaybillError } from "../../core/errors.ts";
import { ticketIndex } from "../../core/units.ts";
import type { ChannelId, TicketIndex } from "../../core/units.ts";
import { firstRow } from "./rows.ts";

const LAST_INDEX = 2 ** 48 - 1;

interface Row {
  readonly next: number;
  /** The restoration of the database after which the row was reconciled. */
  readonly restore: number;
}

export interface IndexTable {
  /** Zero is never issued, so the first index of a channel is 1. */
  readonly reserve: (channel: ChannelId, span: number, atLeast: TicketIndex) => TicketIndex;
  readonly of: (channel: ChannelId) => {
    readonly next: TicketIndex;
    readonly isReconciled: boolean;
  };
  readonly reconcile: (channel: ChannelId, next: TicketIndex) => void;
}

export function indexTable(db: DatabaseSync): IndexTable {
  const known = db.prepare("SELECT next, restore FROM reserved WHERE channel = ?");
  const move = db.prepare(
    `INSERT INTO reserved (channel, next, restore) VALUES (?, ?, ?)
       ON CONFLICT DO UPDATE SET next = excluded.next, restore = excluded.restore`,
  );
  const latest = db.prepare("SELECT COALESCE(MAX(number), 0) AS number FROM restores");

  const row = (channel: ChannelId): Row => firstRow<Row>(known, channel) ?? { next: 1, restore: 0 };
  const restore = (): number => firstRow<{ number: number }>(latest)?.number ?? 0;
  const isReconciled = (channel: ChannelId): boolean => row(channel).restore === restore();

  return {
    of: (channel) => ({
      next: ticketIndex(row(channel).next),
      isReconciled: isReconciled(channel),
    }),

    reserve: (channel, span, atLeast) => {
      if (!Number.isInteger(span) || span < 1)
        throw new WaybillError("STORE_BAD_INPUT", { what: "span", got: span, allowed: "≥ 1" });
      if (!isReconciled(channel))
        throw new WaybillError("STORE_INDEXES_UNRECONCILED", { what: channel });
      const first = Math.max(row(channel).next, atLeast);
      if (first + span - 1 > LAST_INDEX)
        throw new WaybillError("STORE_INDEXES_EXHAUSTED", { got: first, allowed: LAST_INDEX });
      move.run(channel, first + span, restore());
      return ticketIndex(first);
    },

    reconcile: (channel, next) => {
      move.run(channel, Math.max(row(channel).next, next), restore());
    },
  };
}
