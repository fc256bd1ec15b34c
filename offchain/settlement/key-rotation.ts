/**
 * Changes a relay's packet key by itself, as often as the registry allows or more rarely, and forgets keys that
 * nobody needs any more. A key is derived from the node's secret and a salt, which is on disk before the
 * transaction is intended and gone once the last window that needs the key is over: from then on neither the
 * node nor who takes its secret can open the packets of that time.
 */
import { bytesToHex } from "../core/bytes.ts";
import { epochAt } from "../core/epochs/epochs.ts";
import type { Epoch, RelayId } from "../core/units.ts";
import type { Chain } from "../ports/chain.ts";
import type { PacketKey } from "../ports/network.ts";
import type { Random } from "../ports/random.ts";
import type { SaltStore } from "../ports/store.ts";
import { AttemptLog } from "./attempts.ts";
import type { Outbox } from "./outbox.ts";
import type { IndexedView } from "./view.ts";

export const SALT_BYTES = 32;

/** Where the secrets of packet keys are while the node runs. */
export interface KeyHolder {
  /** Derives the key of `salt`, keeps its secret, and answers its public key, 33 bytes. */
  hold(salt: Uint8Array): Uint8Array;
  holds(publicKey: Uint8Array): boolean;
  drop(publicKey: Uint8Array): void;
}

export interface KeyRotationOptions {
  readonly relay: RelayId;
  readonly view: IndexedView;
  readonly chain: Pick<Chain, "calls">;
  readonly outbox: Outbox;
  readonly salts: SaltStore;
  readonly random: Random;
  readonly holder: KeyHolder;
  /** Epochs for which a key stays in force; at least the network's settlement window. Zero: it never changes. */
  readonly every: number;
  /** Epochs after the last one in which a key was in force, in which it is still needed. */
  readonly neededFor: number;
}

export class KeyRotation {
  readonly #options: KeyRotationOptions;
  readonly #attempts: AttemptLog;
  /** By public key in hexadecimal. */
  readonly #salts = new Map<string, Uint8Array>();

  constructor(options: KeyRotationOptions) {
    this.#options = options;
    this.#attempts = new AttemptLog(options.outbox, options.view);
  }

  /** Holds every key whose salt is stored; before anything else. */
  async restore(): Promise<void> {
    for (const salt of await this.#options.salts.list()) this.#hold(salt);
  }

  /** Forgets what is needed no more, and asks for the next key when it is time. */
  async step(): Promise<void> {
    const { relay, view } = this.#options;
    const now = epochAt(view.params, view.chainTime());
    const state = view.relay(relay);
    if (view.head === undefined || now === undefined || state === undefined) return;
    await this.#forget(state.packetKeys, now);
    if (state.bonded && this.#isDue(state.packetKeys, now)) await this.#rotate(state.packetKeys);
  }

  #hold(salt: Uint8Array): Uint8Array {
    const publicKey = this.#options.holder.hold(salt);
    this.#salts.set(bytesToHex(publicKey), salt);
    return publicKey;
  }

  async #forget(keys: readonly PacketKey[], now: Epoch): Promise<void> {
    const { holder, neededFor, salts } = this.#options;
    const over = keys.filter((_, i) => {
      const replaced = keys[i + 1]?.effectiveFrom;
      return replaced !== undefined && now >= replaced + neededFor;
    });
    const gone = over.flatMap(({ key }) => this.#salts.get(bytesToHex(key)) ?? []);
    if (gone.length > 0) await salts.forget(gone);
    for (const { key } of over) {
      this.#salts.get(bytesToHex(key))?.fill(0);
      this.#salts.delete(bytesToHex(key));
      holder.drop(key);
    }
  }

  /**
   * The key that a relay joined with cannot be forgotten: it is changed at once. One whose secret is lost is
   * changed as soon as the registry allows, also where keys never change otherwise.
   */
  #isDue(keys: readonly PacketKey[], now: Epoch): boolean {
    const { every, holder, view } = this.#options;
    const last = keys.at(-1);
    if (last === undefined) return false;
    const isHeld = holder.holds(last.key);
    if (every === 0 && isHeld) return false;
    if (keys.length === 1) return true;
    const { settlementWindow } = view.params;
    const stays = isHeld ? Math.max(every, settlementWindow) : settlementWindow;
    return now >= last.effectiveFrom + stays;
  }

  async #rotate(keys: readonly PacketKey[]): Promise<void> {
    const { chain, outbox, random, relay, salts } = this.#options;
    const { underWay, resting, nextKey } = await this.#attempts.of(`packet-key:${keys.length}`);
    if (underWay || resting) return;
    const known = (salt: Uint8Array) => this.#hold(salt);
    const salt = (await waitingSalt(salts, keys, known)) ?? random.bytes(SALT_BYTES);
    await salts.add(salt);
    await outbox.intend(nextKey, chain.calls.rotatePacketKey(relay, this.#hold(salt)));
  }
}

/**
 * The stored salt of a key that is not registered, if there is one: the process died in between, or the chain
 * refused the key before. It is to be used before a new one is made.
 * @param publicKeyOf The public key, 33 bytes, that a salt gives
 */
export async function waitingSalt(
  salts: Pick<SaltStore, "list">,
  registered: readonly PacketKey[],
  publicKeyOf: (salt: Uint8Array) => Uint8Array,
): Promise<Uint8Array | undefined> {
  const known = new Set<string>(registered.map(({ key }) => bytesToHex(key)));
  return (await salts.list()).find((salt) => !known.has(bytesToHex(publicKeyOf(salt))));
}
