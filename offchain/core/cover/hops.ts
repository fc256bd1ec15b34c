/** What the hops of a cover packet will see of it, computed by whoever knows its session key (protocol §5, §10). */
import type { CurveBackend } from "../crypto/backend.ts";
import { exponentialDelay } from "../sphinx/delay.ts";
import { delayUniform, replayTag } from "../sphinx/hop-keys.ts";
import { deriveHopSecrets } from "../sphinx/onion.ts";
import { type Millis, type Seconds, secondsToMillis } from "../units.ts";

/** One hop of a cover packet, as its sender knows it beforehand. */
export interface CoverHop {
  /** What the hop's replay database holds of the packet, 16 bytes. */
  readonly tag: Uint8Array;
  /** How long the hop holds it. */
  readonly delay: Millis;
}

/**
 * For each hop in turn, as many as there are keys (33 bytes each): the three relays, and the sender itself where
 * its own tag is wanted, whose delay means nothing. `meanDelay` is that of the low-latency class.
 * @throws WaybillError CRYPTO_BAD_INPUT for a bad session key or point
 */
export function coverHops(
  backend: CurveBackend,
  sessionKey: Uint8Array,
  packetKeys: readonly Uint8Array[],
  meanDelay: Millis,
): readonly CoverHop[] {
  return deriveHopSecrets(backend, sessionKey, packetKeys).map(({ sharedSecret }) => ({
    tag: replayTag(sharedSecret),
    delay: exponentialDelay(delayUniform(sharedSecret), meanDelay),
  }));
}

/** Whether the relays' delays together exceed Q: then the slot is void, and no packet is sent. */
export function outlastsSpan(relays: readonly CoverHop[], routeSpan: Seconds): boolean {
  const total = relays.reduce((sum, { delay }) => sum + delay, 0);
  return total > secondsToMillis(routeSpan);
}
