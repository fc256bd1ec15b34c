/**
 * Watches a relay's closing channels from another machine, and redeems what an export holds of them in time
 * (docs/decisions/0041-watching.md). It does nothing else: open channels are the relay's own business.
 */
import { stat } from "node:fs/promises";

import { WaybillError } from "../core/errors.ts";
import { seconds, type Epoch } from "../core/units.ts";
import type { WinnerState } from "../ports/store.ts";
import { ticketEpochSlack } from "../core/epochs/epochs.ts";
import { isWatched, winnersOf } from "../settlement/closings.ts";
import { Exposure } from "../settlement/exposure.ts";
import type { Intents } from "../settlement/outbox.ts";
import { Redeemer } from "../settlement/redeemer.ts";
import type { WatchExport } from "./backup/watch-export.ts";
import type { Node } from "./node.ts";
import { GAS_CAP, ROUND_TRIP_SECONDS } from "./relay/redeeming.ts";

export interface WatchStatus {
  /** Closing channels of which winners are held here. */
  readonly closing: number;
  /** Winners held, and not known to be paid. */
  readonly held: number;
}

const UNPAID: readonly WinnerState[] = ["won", "submitted"];

export class Watch {
  readonly #node: Pick<Node, "chain" | "log" | "store" | "view">;
  readonly #redeemer: Redeemer;
  readonly #proofs = new Map<Epoch, Uint8Array>();

  constructor(
    node: Pick<Node, "chain" | "log" | "store" | "view">,
    outbox: Intents,
    { relay, vrfKey }: Pick<WatchExport, "relay" | "vrfKey">,
  ) {
    const { chain, log, store, view } = node;
    this.#node = node;
    const takes = (channel: Parameters<typeof isWatched>[1], epoch: Epoch): boolean =>
      this.#proofs.has(epoch) && isWatched(view, channel);
    this.#redeemer = new Redeemer({
      ...{ relay, vrfKey, view, chain, outbox, log: log.child("redeemer") },
      winners: winnersOf(store.winners, takes),
      exposure: new Exposure(view),
      prove: (epoch) => this.#prove(epoch),
      waitAfterEpoch: seconds(ticketEpochSlack(view.params.epochLength) + ROUND_TRIP_SECONDS),
      gasCap: GAS_CAP,
      leastPayout: 0n,
    });
  }

  /** Adds what a newer export holds. What the relay has redeemed by itself since, the chain tells. */
  async take({ epochs }: Pick<WatchExport, "epochs">): Promise<void> {
    const { winners } = this.#node.store;
    for (const { epoch, vrfProof, winners: tickets } of epochs) {
      this.#proofs.set(epoch, vrfProof);
      await winners.add(tickets);
      await winners.mark(await winners.list(epoch, ["won"]), "submitted");
    }
  }

  step(): Promise<void> {
    return this.#redeemer.step();
  }

  async status(): Promise<WatchStatus> {
    const { store, view } = this.#node;
    const held = [];
    for (const epoch of await store.winners.epochs(UNPAID))
      held.push(...(await store.winners.list(epoch, UNPAID)));
    const channels = new Set(held.map(({ channel }) => channel));
    const closing = [...channels].filter((id) => view.channel(id)?.status === "closing");
    return { closing: closing.length, held: held.length };
  }

  #prove(epoch: Epoch): Uint8Array {
    const proof = this.#proofs.get(epoch);
    if (proof === undefined) throw new WaybillError("BACKUP_INCOMPLETE", { what: "vrfProof" });
    return proof;
  }
}

/** Calls `task` with the file at once and whenever it has changed since. */
export function whenChanged(path: string, task: () => Promise<void>): () => Promise<void> {
  let seen = "";
  return async () => {
    const { mtimeMs, size, ino } = await stat(path).catch((cause: unknown) => {
      throw new WaybillError("BACKUP_UNREADABLE", { what: path, cause });
    });
    const now = `${mtimeMs} ${size} ${ino}`;
    if (now === seen) return;
    await task();
    seen = now;
  };
}
