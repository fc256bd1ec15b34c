/** Winning tickets in SQL; runs in the worker. Amounts are decimal text: SQLite's integers end at 64 bits. */
import type { DatabaseSync } from "node:sqlite";
import { concatBytes } from "../../core/bytes.ts";
import { WaybillError } from "../../core/errors.ts";
import {
  amount,
  channelId,
  epoch as toEpoch,
  generation,
  ticketIndex,
  winProb,
} from "../../core/units.ts";
import type { Epoch } from "../../core/units.ts";
import type {
  WinnerKey,
  WinnerReason,
  WinnerState,
  WinnerStore,
  WinnerSum,
  WinningTicket,
} from "../../ports/store.ts";
import { rows } from "./rows.ts";

interface WinnerRow {
  readonly channel: string;
  readonly generation: number;
  readonly idx: number;
  readonly epoch: number;
  readonly amount: string;
  readonly win_prob: string;
  readonly response: Uint8Array;
  readonly signature: Uint8Array;
  readonly proof: Uint8Array;
}

/** Winners of one state that are worth the same each; SQLite could not add the amounts. */
interface SumRow {
  readonly state: WinnerState;
  readonly amount: string;
  readonly n: number;
}

const HASH_BYTES = 32;
const SIGNATURE_BYTES = 64;

export interface WinnerTable {
  readonly add: (tickets: readonly WinningTicket[]) => void;
  readonly list: (epoch: Epoch, states: readonly WinnerState[]) => WinningTicket[];
  readonly epochs: (states: readonly WinnerState[]) => Epoch[];
  readonly mark: (
    tickets: readonly WinnerKey[],
    state: WinnerState,
    reason: string | undefined,
  ) => void;
  readonly sums: (first: Epoch) => WinnerSum[];
  readonly reasons: (state: WinnerState) => WinnerReason[];
  readonly totals: () => Awaited<ReturnType<WinnerStore["totals"]>>;
}

export function winnerTable(db: DatabaseSync): WinnerTable {
  const insert = db.prepare(
    "INSERT INTO winners VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'won', NULL) ON CONFLICT DO NOTHING",
  );
  // States travel as a JSON list, so that one prepared statement serves any number of them.
  const inStates = "state IN (SELECT value FROM json_each(?))";
  const ofEpoch = db.prepare(
    `SELECT * FROM winners WHERE epoch = ? AND ${inStates} ORDER BY channel, generation, idx`,
  );
  const withWinners = db.prepare(
    `SELECT DISTINCT epoch FROM winners WHERE ${inStates} ORDER BY epoch`,
  );
  const update = db.prepare(
    "UPDATE winners SET state = ?, reason = ? WHERE channel = ? AND generation = ? AND idx = ?",
  );
  const reasons = db.prepare(
    "SELECT reason, COUNT(*) AS count FROM winners WHERE state = ? AND reason IS NOT NULL GROUP BY reason ORDER BY reason",
  );
  const totals = db.prepare(
    "SELECT state, amount, COUNT(*) AS n FROM winners GROUP BY state, amount",
  );
  const sums = db.prepare(
    `SELECT epoch, state, amount, COUNT(*) AS n FROM winners WHERE epoch >= ?
       GROUP BY epoch, state, amount ORDER BY epoch, state`,
  );

  return {
    add: (tickets) => {
      for (const ticket of tickets)
        insert.run(
          ticket.channel,
          ticket.generation,
          ticket.index,
          ticket.epoch,
          ticket.amount.toString(),
          ticket.winProb.toString(),
          sized("response", ticket.response, HASH_BYTES),
          sized("signature", ticket.signature, SIGNATURE_BYTES),
          concatBytes(...ticket.proof.map((hash) => sized("sibling hash", hash, HASH_BYTES))),
        );
    },

    list: (epoch, states) => rows<WinnerRow>(ofEpoch, epoch, JSON.stringify(states)).map(toTicket),

    epochs: (states) =>
      rows<{ epoch: number }>(withWinners, JSON.stringify(states)).map((row) => toEpoch(row.epoch)),

    mark: (tickets, state, reason) => {
      for (const { channel, generation, index } of tickets)
        update.run(state, reason ?? null, channel, generation, index);
    },

    reasons: (state) =>
      rows<WinnerReason>(reasons, state).map(({ reason, count }) => ({ reason, count })),

    sums: (first) => {
      const found = rows<SumRow & { epoch: number }>(sums, first);
      return [...Map.groupBy(found, ({ epoch, state }) => `${epoch} ${state}`).values()].flatMap(
        (same) =>
          same.slice(0, 1).map(({ epoch, state }) => ({
            epoch: toEpoch(epoch),
            state,
            count: same.reduce((sum, { n }) => sum + n, 0),
            amount: same.reduce((sum, row) => amount(sum + worthOf(row)), amount(0n)),
          })),
      );
    },

    totals: () => {
      const all = emptyTotals();
      for (const row of rows<SumRow>(totals)) {
        const total = all[row.state];
        total.count += row.n;
        total.amount = amount(total.amount + worthOf(row));
      }
      return all;
    },
  };
}

const worthOf = ({ amount: each, n }: SumRow): bigint => BigInt(each) * BigInt(n);

function emptyTotals() {
  const none = () => ({ count: 0, amount: amount(0n) });
  return {
    won: none(),
    submitted: none(),
    redeemed: none(),
    rejected: none(),
    expired: none(),
  };
}

function sized(what: string, bytes: Uint8Array, length: number): Uint8Array {
  if (bytes.length === length) return bytes;
  throw new WaybillError("STORE_BAD_INPUT", {
    what: `${what} of a winning ticket`,
    got: `${bytes.length} bytes`,
    allowed: `${length} bytes`,
  });
}

function toTicket(row: WinnerRow): WinningTicket {
  const proof = Array.from({ length: row.proof.length / HASH_BYTES }, (_, i) =>
    row.proof.slice(i * HASH_BYTES, (i + 1) * HASH_BYTES),
  );
  return {
    channel: channelId(row.channel),
    generation: generation(row.generation),
    index: ticketIndex(row.idx),
    epoch: toEpoch(row.epoch),
    amount: amount(BigInt(row.amount)),
    winProb: winProb(BigInt(row.win_prob)),
    response: row.response,
    signature: row.signature,
    proof,
  };
}
