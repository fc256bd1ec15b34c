/**
 * Opens packets with whichever of this relay's keys may open them now (threat 48): the one in force, the next
 * one a little early, since senders' clocks differ, and the one before for packets that are still under way.
 */
import type { CurveBackend } from "../core/crypto/backend.ts";
import { epochAt, inForce, ticketEpochSlack } from "../core/epochs/epochs.ts";
import { unwrap } from "../core/sphinx/unwrap.ts";
import type { Unwrapped } from "../core/sphinx/unwrap.ts";
import { epoch as toEpoch, seconds } from "../core/units.ts";
import type { Epoch, RelayId, Seconds } from "../core/units.ts";
import type { NetworkView, PacketKey } from "../ports/network.ts";
import { KEY_GRACE_EPOCHS } from "./limits.ts";
import type { PacketSecrets } from "./packet-secrets.ts";

export class PacketKeys {
  readonly #backend: CurveBackend;
  readonly #self: RelayId;
  readonly #network: NetworkView;
  readonly #slack: Seconds;
  readonly #secrets: PacketSecrets;
  #cachedAt = -1;
  #cached: readonly Uint8Array[] = [];

  constructor(backend: CurveBackend, self: RelayId, network: NetworkView, secrets: PacketSecrets) {
    this.#backend = backend;
    this.#self = self;
    this.#network = network;
    this.#slack = ticketEpochSlack(network.params.epochLength);
    this.#secrets = secrets;
    network.onChange(() => {
      this.#cachedAt = -1;
    });
  }

  /** Secrets of the keys that open packets now, most likely first. */
  current(): readonly Uint8Array[] {
    const now = this.#network.chainTime();
    if (now !== this.#cachedAt) {
      this.#cached = this.#alive(now).flatMap(({ key }) => this.#secrets.of(key) ?? []);
      this.#cachedAt = now;
    }
    return this.#cached;
  }

  /** Takes one layer off `packet`; never throws. */
  unwrap(packet: Uint8Array): Unwrapped {
    let step: Unwrapped = { kind: "drop", reason: "bad-mac" };
    for (const key of this.current()) {
      step = unwrap(this.#backend, key, packet);
      if (step.kind !== "drop" || step.reason !== "bad-mac") return step;
    }
    return step;
  }

  /** Whether packets under the key in force now, or the one to come, cannot be opened: the secret is not here. */
  get isMissing(): boolean {
    const { params } = this.#network;
    const now = epochAt(params, this.#network.chainTime()) ?? toEpoch(0);
    const keys = this.#network.relay(this.#self)?.packetKeys ?? [];
    const matter = [inForce(keys, now), keys.at(-1)].filter((key) => key !== undefined);
    return matter.some(({ key }) => this.#secrets.of(key) === undefined);
  }

  /**
   * The first epoch in which a packet can have come that a living key opens: older replay tags can be
   * forgotten. A key opens packets one epoch early at most; while no key is known nothing is forgotten.
   */
  oldestEpoch(): Epoch {
    const alive = this.#alive(this.#network.chainTime());
    const oldest = Math.min(...alive.map((key) => key.effectiveFrom));
    return toEpoch(alive.length === 0 ? 0 : Math.max(0, oldest - 1));
  }

  #alive(now: Seconds): readonly PacketKey[] {
    const { params } = this.#network;
    const keys = this.#network.relay(this.#self)?.packetKeys ?? [];
    const epoch = epochAt(params, now) ?? 0;
    const latest = epochAt(params, seconds(now + this.#slack)) ?? 0;
    return keys
      .filter((key, i) => {
        const replaced = keys[i + 1]?.effectiveFrom ?? Infinity;
        return key.effectiveFrom <= latest && epoch < replaced + KEY_GRACE_EPOCHS;
      })
      .toSorted(
        (a, b) =>
          Number(b.effectiveFrom <= epoch) - Number(a.effectiveFrom <= epoch) ||
          b.effectiveFrom - a.effectiveFrom,
      );
  }
}
