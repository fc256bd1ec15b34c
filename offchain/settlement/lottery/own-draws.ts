/**
 * The packets of this relay's own that were drawn, from their draw to the end of their claims: what the relays on
 * their way have shown so far, and what became of them. All of it is durable before anyone acts on it.
 */
import type { PerHop, ReplayProof } from "../../core/cover/index.ts";
import { endOf, epochAt } from "../../core/epochs/epochs.ts";
import { lastClaimEpoch, oldestClaimable } from "../../core/cover/index.ts";
import { epoch as toEpoch, type Epoch, type RelayId } from "../../core/units.ts";
import type { LotteryParams } from "../../ports/network.ts";
import type { CoverState, DrawnPacket, DrawnState, Store } from "../../ports/store.ts";
import type { IndexedView } from "../view.ts";
import type { Draws, EpochDraws, OwnedPair, RevealedPacket } from "./draws.ts";
import { DRAWN_EPOCHS_KEPT } from "./limits.ts";

export interface OwnDrawsOptions {
  readonly relay: RelayId;
  readonly view: IndexedView;
  readonly lottery: LotteryParams;
  readonly draws: Draws;
  readonly store: Pick<Store, "drawn" | "cover">;
  /** This relay's VRF: 81 bytes of proof and 32 of output for an input. */
  readonly prove: (alpha: Uint8Array) => { readonly proof: Uint8Array; readonly beta: Uint8Array };
}

export interface OwnDraw {
  packet: DrawnPacket;
  readonly alpha: Uint8Array;
  readonly vrfProof: Uint8Array;
  readonly revealed: RevealedPacket;
  /** Hops that have said that they did not take it; of this run. */
  readonly denied: Set<number>;
  /** No claim can ever have it. */
  hopeless: boolean;
}

const NO_PROOFS: DrawnPacket["proofs"] = [undefined, undefined, undefined];

export class OwnDraws {
  readonly #options: OwnDrawsOptions;
  readonly #found = new Map<Epoch, { readonly draws: EpochDraws; readonly own: OwnDraw[] }>();
  #stored: Map<string, DrawnPacket> | undefined;
  #forgotten: Epoch | undefined;

  constructor(options: OwnDrawsOptions) {
    this.#options = options;
  }

  /** Those whose claims are open, oldest first. */
  get open(): readonly OwnDraw[] {
    return this.#all().filter(({ packet }) => packet.state === "open");
  }

  /** Finds what was drawn since, settles what is paid or over. */
  async update(): Promise<void> {
    const { view, lottery, draws, store } = this.#options;
    const current = epochAt(view.params, view.chainTime());
    if (view.head === undefined || current === undefined) return;
    this.#stored ??= await this.#load();
    for (let e = oldestClaimable(lottery, current); e + 2 <= current; e++) {
      const drawn = draws.of(toEpoch(e));
      if (drawn !== undefined && this.#found.get(drawn.epoch)?.draws !== drawn)
        await this.#find(drawn);
    }
    for (const own of this.#all()) await this.#settle(own);
    this.#dropOld(current);
    if (this.#forgotten === current) return;
    this.#forgotten = current;
    await store.drawn.forgetBefore(toEpoch(Math.max(0, current - DRAWN_EPOCHS_KEPT)));
  }

  /** Relay number `hop` of the route has shown that it took the packet. */
  async proved(own: OwnDraw, hop: number, proof: ReplayProof): Promise<void> {
    const { packet } = own;
    await this.#put(own, {
      ...packet,
      proved: packet.proved.map((is, at) => is || at === hop) as unknown as PerHop<boolean>,
      proofs: packet.proofs.map((known, at) =>
        at === hop ? proof : known,
      ) as unknown as DrawnPacket["proofs"],
    });
  }

  #all(): OwnDraw[] {
    return [...this.#found.values()].flatMap(({ own }) => own);
  }

  /** Packets of earlier runs; those whose time is over by now are settled here. */
  async #load(): Promise<Map<string, DrawnPacket>> {
    const { store } = this.#options;
    const stored = await store.drawn.list(toEpoch(0));
    for (const packet of stored) {
      if (packet.state !== "open" || !this.#isOver(packet.epoch)) continue;
      await store.drawn.put({ ...packet, state: this.#outcome(packet), proofs: NO_PROOFS });
    }
    return new Map(stored.map((packet) => [nameOf(packet), packet]));
  }

  async #find(drawn: EpochDraws): Promise<void> {
    const { relay, store } = this.#options;
    const pairs = drawn.pairs.filter(({ sender }) => sender === relay);
    const slots = new Map(
      (await store.cover.list(drawn.epoch)).map(({ slot, state }) => [slot, state]),
    );
    const own: OwnDraw[] = [];
    for (const pair of pairs) {
      const found = await this.#open(drawn, pair, slots.get(pair.slot));
      if (found !== undefined) own.push(found);
    }
    this.#found.set(drawn.epoch, { draws: drawn, own });
  }

  /** Undefined for a void slot: nothing was to be sent. */
  async #open(
    drawn: EpochDraws,
    pair: OwnedPair,
    cover: CoverState | undefined,
  ): Promise<OwnDraw | undefined> {
    const { draws, prove } = this.#options;
    const alpha = draws.alpha(drawn, pair);
    const { proof: vrfProof, beta } = prove(alpha);
    const revealed = draws.reveal(drawn, pair, beta);
    if (revealed === undefined) return undefined;
    const left = cover === "sent" || cover === "returned";
    const fresh: DrawnPacket = {
      epoch: drawn.epoch,
      draw: pair.draw,
      slot: pair.slot,
      state: left ? "open" : "forfeited",
      route: revealed.route,
      proved: [false, false, false],
      proofs: NO_PROOFS,
    };
    const known = this.#stored?.get(nameOf(fresh));
    const own: OwnDraw = {
      ...{ packet: fresh, alpha, vrfProof, revealed },
      denied: new Set(),
      hopeless: !left,
    };
    if (known?.slot === pair.slot) own.packet = known;
    else await this.#put(own, fresh);
    return own;
  }

  async #settle(own: OwnDraw): Promise<void> {
    const { packet } = own;
    const isOver =
      own.hopeless ||
      packet.state === "forfeited" ||
      this.#isAnswered(own) ||
      this.#isOver(packet.epoch);
    const state: DrawnState = isOver ? this.#outcome(packet) : this.#present(packet);
    if (state === packet.state) return;
    await this.#put(own, { ...packet, state });
  }

  /**
   * Every hop has shown that it took the packet, or said that it did not, or committed to nothing, and not all have
   * shown it: what they committed to cannot change, so that asking again is of no use.
   */
  #isAnswered({ packet, denied }: OwnDraw): boolean {
    const { view } = this.#options;
    const { epoch, proved, route } = packet;
    const missing = route.filter((_, hop) => proved[hop] !== true);
    const cannot = route.filter(
      (relay, hop) => proved[hop] !== true && (denied.has(hop) || view.isUncommitted(relay, epoch)),
    );
    return missing.length > 0 && cannot.length === missing.length;
  }

  /** Also what was paid is open again when its claim was undone. */
  #present({ epoch, draw }: DrawnPacket): DrawnState {
    return this.#options.view.isClaimed(epoch, draw) ? "claimed" : "open";
  }

  #outcome({ epoch, draw }: DrawnPacket): DrawnState {
    return this.#options.view.isSurelyClaimed(epoch, draw) ? "claimed" : "forfeited";
  }

  /** All blocks are confirmed in which a claim could be. */
  #isOver(epoch: Epoch): boolean {
    const { view, lottery } = this.#options;
    return (view.sureBlock?.timestamp ?? 0) >= endOf(view.params, lastClaimEpoch(lottery, epoch));
  }

  /** Once settled and over, nothing of it is needed here. */
  #dropOld(current: Epoch): void {
    for (const [epoch, { own }] of this.#found) {
      const isOver = epoch < oldestClaimable(this.#options.lottery, current);
      if (!isOver || own.some(({ packet }) => packet.state === "open")) continue;
      this.#found.delete(epoch);
      for (const { packet } of own) this.#stored?.delete(nameOf(packet));
    }
  }

  async #put(own: OwnDraw, packet: DrawnPacket): Promise<void> {
    const isOver =
      packet.state === "forfeited" || (packet.state === "claimed" && this.#isOver(packet.epoch));
    const kept = isOver ? { ...packet, proofs: NO_PROOFS } : packet;
    // At once: proofs of other relays may come while this one is on its way to the disk.
    own.packet = kept;
    await this.#options.store.drawn.put(kept);
  }
}

const nameOf = ({ epoch, draw }: Pick<DrawnPacket, "epoch" | "draw">): string => `${epoch} ${draw}`;
