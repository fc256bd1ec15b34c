/**
 * One relay in a process of its own between two neighbours that the test plays: real transport, store and
 * clock; only the chain is a constant. Both sides make the same network out of the same names.
 */
import { MemoryNetwork } from "../../../offchain/adapters/memory/network.ts";
import { systemClock } from "../../../offchain/adapters/system/clock.ts";
import { millis, seconds } from "../../../offchain/core/units.ts";
import type { ChannelId, PeerId } from "../../../offchain/core/units.ts";
import {
  addressFor,
  backend,
  bytesFor,
  relayIdFor,
} from "../../offchain/relay/support/identities.ts";

export const [BEFORE, LONE, AFTER] = ["before", "lone", "after"] as const;
export const MEAN_DELAY = millis(1_500);

/** Where the neighbours are, as JSON in the relay process' environment. */
export interface NeighbourPeers {
  readonly before: PeerId;
  readonly after: PeerId;
  readonly afterAddress: string;
}

export const packetKeyOf = (label: string): Uint8Array => bytesFor(`packet key ${label}`);
export const ticketKeyOf = (label: string): Uint8Array => bytesFor(`ticket key ${label}`);
export const networkKeyOf = (label: string): Uint8Array => bytesFor(`network key ${label}`);

export interface LoneNetwork {
  readonly network: MemoryNetwork;
  /** From the relay before into the lone one. */
  readonly incoming: ChannelId;
}

/** Three relays, one a layer, in one era that outlasts every test. */
export function loneNetwork(peers: NeighbourPeers, lone: PeerId): LoneNetwork {
  const network = new MemoryNetwork(systemClock(), MEAN_DELAY, {
    epochLength: seconds(86_400),
    eraLength: 1_000_000,
  });
  const place = { [BEFORE]: peers.before, [LONE]: lone, [AFTER]: peers.after };
  for (const label of [BEFORE, LONE, AFTER] as const) {
    const keys = [{ key: backend.publicKey(packetKeyOf(label)), from: 0 }];
    const address = label === AFTER ? peers.afterAddress : undefined;
    network.addRelay(relayIdFor(label), place[label], keys, address);
  }
  network.setEra(0, [[relayIdFor(BEFORE)], [relayIdFor(LONE)], [relayIdFor(AFTER)]]);
  const open = (from: string, to: string): ChannelId =>
    network.openFromRelay(relayIdFor(from), addressFor(ticketKeyOf(from)), relayIdFor(to));
  open(LONE, AFTER);
  return { network, incoming: open(BEFORE, LONE) };
}
