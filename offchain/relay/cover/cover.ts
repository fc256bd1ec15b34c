/**
 * This relay's cover (docs/protocol.md §10): J loops an epoch, at moments and over routes that its VRF fixes.
 * On the wire they are packets like any other beyond the first hop; here nobody but the store learns which
 * they are.
 */
import { epochAt, endOf, ticketEpochSlack } from "../../core/epochs/epochs.ts";
import type { CurveBackend } from "../../core/crypto/backend.ts";
import { epoch as toEpoch, millis } from "../../core/units.ts";
import type { ChannelId, Epoch, RelayId } from "../../core/units.ts";
import { nodeIdOfPeer } from "../../core/wire/node-id.ts";
import type { LinkSender } from "../../link/link-sender.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Log } from "../../ports/log.ts";
import type { LotteryParams, NetworkView } from "../../ports/network.ts";
import type { Random } from "../../ports/random.ts";
import type { Store } from "../../ports/store.ts";
import type { Transport } from "../../ports/transport.ts";
import type { OwnLoops } from "../deliveries.ts";
import { ChainSchedule } from "./chain-schedule.ts";
import { shownFigures, type CoverFigures } from "./figures.ts";
import { ALARM_EPOCHS, COVER_EPOCHS_KEPT, MARK_LEAD } from "./limits.ts";
import { LoopAlarm } from "./loop-alarm.ts";
import { LoopBook } from "./loop-book.ts";
import { Planner } from "./planner.ts";
import { CoverSending } from "./sending.ts";
import { SlotPackets } from "./slot-packets.ts";
import type { PlannedPacket } from "./slot-packets.ts";

export interface CoverParts {
  readonly self: RelayId;
  readonly lottery: LotteryParams;
  readonly network: NetworkView;
  readonly backend: CurveBackend;
  readonly transport: Transport;
  readonly links: LinkSender;
  readonly channels: { to(relay: RelayId): ChannelId | undefined };
  readonly store: Pick<Store, "cover" | "replay">;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** 32-byte secret of the relay's VRF key. */
  readonly vrfKey: Uint8Array;
}

export class Cover implements OwnLoops {
  readonly #parts: CoverParts;
  readonly #planner: Planner;
  readonly #schedule: ChainSchedule<PlannedPacket>;
  readonly #sending: CoverSending;
  readonly #loops: LoopBook;
  readonly #alarm = new LoopAlarm();
  #judged: Epoch | undefined;
  #unsubscribe: (() => void) | undefined;

  constructor(parts: CoverParts) {
    this.#parts = parts;
    const { self, network, lottery, backend, random, vrfKey, clock, store, transport } = parts;
    const node = nodeIdOfPeer(transport.self);
    const packets = new SlotPackets({ self, node, network, lottery, backend, random, vrfKey });
    const loops = new LoopBook(store.cover, clock);
    this.#loops = loops;
    this.#sending = new CoverSending({
      ...{ network, lottery, transport, packets, loops, clock },
      ...{ links: parts.links, channels: parts.channels, store: store.cover },
    });
    this.#schedule = new ChainSchedule(network, clock, (packet) => {
      this.#sending.launch(packet);
    });
    this.#planner = new Planner({
      ...{ self, network, packets, store, clock, slots: lottery.slots },
      planned: (packet) => {
        this.#schedule.add(packet, millis(Math.max(0, packet.leavesAt - MARK_LEAD)));
      },
      underWay: (packet) => {
        loops.expect(packet.tag, packet);
      },
      withdrawn: (epoch) => {
        this.#schedule.remove((packet) => packet.epoch === epoch);
      },
    });
  }

  /** Many more loops are lost than an honest network loses, over the last whole epochs. */
  get loopsMissing(): boolean {
    return this.#alarm.raised;
  }

  start(): void {
    this.#unsubscribe = this.#parts.network.onChange(() => {
      this.#update();
    });
    this.#update();
  }

  /** Sends nothing more; what is under way may still come back. */
  async stop(): Promise<void> {
    this.#unsubscribe?.();
    this.#schedule.remove(() => true);
    await this.#planner.stop();
    await this.#sending.stop();
  }

  /** Nothing can come back any more. Resolves when all that has is durable, or cannot be made so. */
  close(): Promise<void> {
    return this.#loops.close();
  }

  returned(tag: Uint8Array): boolean {
    return this.#loops.returned(tag);
  }

  /** Of every epoch that is still remembered and may show, ascending. */
  async figures(): Promise<readonly CoverFigures[]> {
    const { network, store } = this.#parts;
    return shownFigures(network, await store.cover.totals(toEpoch(0)));
  }

  #update(): void {
    const { network } = this.#parts;
    const now = epochAt(network.params, network.chainTime());
    if (now === undefined) return;
    this.#planner.update();
    this.#schedule.arm();
    this.#loops.forgetBefore(toEpoch(Math.max(0, now - 1)));
    this.#onEpochOver(now);
  }

  /** Once for each epoch, when its last loops must be back. */
  #onEpochOver(now: Epoch): void {
    const { network } = this.#parts;
    if (now === 0) return;
    const last = toEpoch(now - 1);
    const slack = ticketEpochSlack(network.params.epochLength);
    if (this.#judged === last || network.chainTime() < endOf(network.params, last) + slack) return;
    this.#judged = last;
    this.#judge(last).catch(() => {
      // The store refuses, which is said where packets are made durable.
      this.#judged = undefined;
    });
  }

  async #judge(last: Epoch): Promise<void> {
    const { log, lottery, store } = this.#parts;
    await this.#loops.save();
    const first = toEpoch(Math.max(0, last - ALARM_EPOCHS + 1));
    if (this.#alarm.judge(last, await store.cover.totals(first)))
      if (this.#alarm.raised)
        log.warn("loops to this relay itself do not come back; somebody may hold packets back");
      else log.info("loops to this relay itself come back again");
    const kept = lottery.claimWindow + 1 + COVER_EPOCHS_KEPT;
    await store.cover.forgetBefore(toEpoch(Math.max(0, last - kept)));
  }
}
