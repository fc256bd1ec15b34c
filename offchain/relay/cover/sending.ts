/**
 * Lets one cover packet go at its moment, as a client would: over this relay's own channel to the first hop, by
 * the links that everything leaves on. It is remembered as sent before it leaves, so that it never leaves twice.
 */
import { isFree } from "../../core/tickets/index.ts";
import { millis } from "../../core/units.ts";
import type { ChannelId, Millis, RelayId } from "../../core/units.ts";
import type { LinkSender, RelayRoute } from "../../link/link-sender.ts";
import { awaitAck } from "../../link/outcome.ts";
import { wasSent } from "../../link/unresolved.ts";
import type { Clock } from "../../ports/clock.ts";
import type { LotteryParams, NetworkView } from "../../ports/network.ts";
import type { CoverStore, UnsentReason } from "../../ports/store.ts";
import type { Transport } from "../../ports/transport.ts";
import { LATEST } from "./limits.ts";
import type { LoopBook } from "./loop-book.ts";
import type { PlannedPacket, SlotPackets } from "./slot-packets.ts";

export interface SendingParts {
  readonly network: NetworkView;
  readonly lottery: LotteryParams;
  readonly transport: Pick<Transport, "isConnected">;
  readonly links: LinkSender;
  /** This relay's channels out. */
  readonly channels: { to(relay: RelayId): ChannelId | undefined };
  readonly packets: SlotPackets;
  readonly loops: LoopBook;
  readonly store: CoverStore;
  readonly clock: Clock;
}

export class CoverSending {
  readonly #parts: SendingParts;
  readonly #isFree: boolean;
  readonly #latest: number;
  readonly #launching = new Set<Promise<void>>();
  readonly #waiting = new Set<() => void>();
  #stopped = false;

  constructor(parts: SendingParts) {
    this.#parts = parts;
    this.#isFree = isFree(parts.network.params.ticketAmounts);
    this.#latest = Math.min(LATEST, parts.lottery.timeTolerance * 1_000);
  }

  /** Sends the packet at its moment, which should be a little ahead. */
  launch(packet: PlannedPacket): void {
    // Without a line in the log, which would tell when a packet was to leave. That the store refuses is said elsewhere.
    const launching = this.#launch(packet).catch(() => undefined);
    this.#launching.add(launching);
    void launching.then(() => this.#launching.delete(launching));
  }

  /** What still waits for its moment does not leave any more. Resolves when that is remembered. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const go of this.#waiting) go();
    await Promise.all(this.#launching);
  }

  async #launch(packet: PlannedPacket): Promise<void> {
    const { epoch, slot, tag } = packet;
    const { loops, packets, store } = this.#parts;
    const obstacle = this.#isLate(packet) ? "late" : this.#firstLink(packet);
    if (typeof obstacle === "string") {
      await store.settle(epoch, [{ slot, state: obstacle }]);
      return;
    }
    const made = packets.make(packet);
    if (!(await store.begin(epoch, slot))) return;
    await this.#until(packet.leavesAt);
    const link = this.#isLate(packet) ? "late" : this.#firstLink(packet);
    if (made === undefined || typeof link === "string") {
      await this.#unsent(packet, typeof link === "string" ? link : "no-key");
      return;
    }
    loops.expect(tag, packet);
    const outcome = await this.#send(link, made);
    if (outcome === "acknowledged" || wasSent(outcome)) return;
    loops.forget(tag);
    await this.#unsent(packet, outcome);
  }

  #send(link: RelayRoute, made: NonNullable<ReturnType<SlotPackets["make"]>>) {
    const { links } = this.#parts;
    const { settle, outcome } = awaitAck(made.firstAck);
    links.send(link, made.packet, made.firstChallenge, settle);
    return outcome;
  }

  #unsent({ epoch, slot }: PlannedPacket, state: UnsentReason): Promise<void> {
    return this.#parts.store.settle(epoch, [{ slot, state }]);
  }

  #isLate({ leavesAt }: PlannedPacket): boolean {
    return this.#stopped || this.#parts.network.chainMillis() > leavesAt + this.#latest;
  }

  #firstLink({ hops: [relay] }: PlannedPacket): RelayRoute | UnsentReason {
    const { network, channels, transport } = this.#parts;
    const channel = this.#isFree ? undefined : channels.to(relay);
    if (!this.#isFree && channel === undefined) return "no-channel";
    const peer = network.relay(relay)?.peer;
    if (peer === undefined || !transport.isConnected(peer)) return "not-connected";
    return { relay, channel, layer: 0 };
  }

  /** Resolves at chain time `moment`, or when sending stops. */
  async #until(moment: Millis): Promise<void> {
    const { clock, network } = this.#parts;
    const left = moment - network.chainMillis();
    if (left <= 0 || this.#stopped) return;
    await new Promise<void>((resolve) => {
      const go = (): void => {
        cancel();
        this.#waiting.delete(go);
        resolve();
      };
      const cancel = clock.after(millis(left), go);
      this.#waiting.add(go);
    });
  }
}
