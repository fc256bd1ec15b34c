/**
 * A relay that throws away a share of what neighbours bring. Nothing of this is in the agent: it stands between
 * the agent and its transport, where a cable could be as bad.
 */
import { createHash } from "node:crypto";

import { decodeFrame } from "../../offchain/core/wire/decode.ts";
import type { PeerId } from "../../offchain/core/units.ts";
import type { Transport } from "../../offchain/ports/transport.ts";

/** Frames of one peer of which exactly the share is thrown away. */
const DECK = 10;
/** Shares come in steps of this. */
export const SHARE_STEP = 1 / DECK;

/**
 * Deals each peer's frames from decks of ten cards, shuffled by the seed, of which the share says "drop". So
 * the share holds for every ten frames of every peer, and which ones they are cannot be foreseen.
 */
export class Dropper {
  readonly #share: number;
  readonly #seed: string;
  readonly #decks = new Map<PeerId, boolean[]>();
  #shuffles = 0;
  taken = 0;
  dropped = 0;

  constructor(share: number, seed: string) {
    this.#share = share;
    this.#seed = seed;
  }

  drops(peer: PeerId): boolean {
    let deck = this.#decks.get(peer);
    if (deck === undefined || deck.length === 0) this.#decks.set(peer, (deck = this.#shuffled()));
    const drop = deck.pop() === true;
    if (drop) this.dropped += 1;
    else this.taken += 1;
    return drop;
  }

  #shuffled(): boolean[] {
    const order = createHash("sha256").update(`${this.#seed}/${this.#shuffles++}`).digest();
    return Array.from({ length: DECK }, (_, card) => ({
      place: order.readUInt16BE(2 * card),
      drop: card < Math.round(this.#share * DECK),
    }))
      .sort((one, other) => one.place - other.place)
      .map(({ drop }) => drop);
  }
}

/** The same transport, but frames with packets are lost on arrival as the dropper says. */
export function dropping(inner: Transport, dropper: Dropper): Transport {
  return {
    self: inner.self,
    addresses: () => inner.addresses(),
    connect: (address) => inner.connect(address),
    disconnect: (peer) => inner.disconnect(peer),
    isConnected: (peer) => inner.isConnected(peer),
    peers: () => inner.peers(),
    send: (peer, bytes) => inner.send(peer, bytes),
    request: (address, bytes, options) => inner.request(address, bytes, options),
    stop: () => inner.stop(),
    start: (events) =>
      inner.start({
        ...events,
        frame: (peer, bytes) =>
          carriesPackets(bytes) && dropper.drops(peer) ? undefined : events.frame?.(peer, bytes),
      }),
  };
}

function carriesPackets(bytes: Uint8Array): boolean {
  const kind = decodeFrame(bytes)?.kind;
  return kind === "packets" || kind === "delivery";
}
