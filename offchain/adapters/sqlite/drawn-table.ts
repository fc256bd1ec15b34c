/** This relay's own drawn packets in SQL; runs in the worker. */
import type { DatabaseSync } from "node:sqlite";
import type { PerHop } from "../../core/cover/index.ts";
import { decodeReplayProof, encodeReplayProof } from "../../core/cover/replay-proof.ts";
import { WaybillError } from "../../core/errors.ts";
import { epoch as toEpoch, relayId } from "../../core/units.ts";
import type { Epoch, RelayId } from "../../core/units.ts";
import type { DrawnPacket, DrawnState } from "../../ports/store.ts";
import { rows } from "./rows.ts";

interface DrawnRow {
  readonly epoch: number;
  readonly draw: number;
  readonly slot: number;
  readonly state: DrawnState;
  /** The three relays, one after the other. */
  readonly route: string;
  /** Bit h: the relay h has shown it. */
  readonly proved: number;
  readonly proof0: Uint8Array | null;
  readonly proof1: Uint8Array | null;
  readonly proof2: Uint8Array | null;
}

export interface DrawnTable {
  readonly put: (packet: DrawnPacket) => void;
  readonly list: (first: Epoch) => DrawnPacket[];
  readonly forgetBefore: (epoch: Epoch) => void;
}

export function drawnTable(db: DatabaseSync): DrawnTable {
  const put = db.prepare("INSERT OR REPLACE INTO drawn VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
  const from = db.prepare("SELECT * FROM drawn WHERE epoch >= ? ORDER BY epoch, draw");
  const forget = db.prepare("DELETE FROM drawn WHERE epoch < ?");

  return {
    put: ({ epoch, draw, slot, state, route, proved, proofs }) => {
      const bits = proved.reduce((sum, is, hop) => sum + (is ? 2 ** hop : 0), 0);
      const encoded = proofs.map((proof) =>
        proof === undefined ? null : encodeReplayProof(proof),
      );
      put.run(epoch, draw, slot, state, route.join(" "), bits, ...encoded);
    },
    list: (first) => rows<DrawnRow>(from, first).map(toPacket),
    forgetBefore: (epoch) => {
      forget.run(epoch);
    },
  };
}

function toPacket(row: DrawnRow): DrawnPacket {
  const hops = [row.proof0, row.proof1, row.proof2] as const;
  return {
    epoch: toEpoch(row.epoch),
    draw: row.draw,
    slot: row.slot,
    state: row.state,
    route: row.route.split(" ").map(relayId) as unknown as PerHop<RelayId>,
    proved: [0, 1, 2].map((hop) => (row.proved & (2 ** hop)) !== 0) as unknown as PerHop<boolean>,
    proofs: hops.map(toProof) as unknown as DrawnPacket["proofs"],
  };
}

function toProof(bytes: Uint8Array | null): DrawnPacket["proofs"][number] {
  if (bytes === null) return undefined;
  const proof = decodeReplayProof(bytes);
  if (proof === undefined) throw new WaybillError("STORE_CORRUPT", { what: "a stored proof" });
  return proof;
}
