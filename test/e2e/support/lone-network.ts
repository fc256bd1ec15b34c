/**
 * One relay in a process of its own among neighbours that the test plays: real transport, store and clock;
 * only the chain is a constant. All processes make the same network out of the same names.
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

/** Two relays in front of the lone one, of which the second means ill, and one behind it. */
export const LABELS = ["before", "flooder", "lone", "after"] as const;
export type Label = (typeof LABELS)[number];

export const MEAN_DELAY = millis(1_500);

/** Who is who, and where the relay behind is: what all processes must know. */
export interface Places {
  readonly peers: Readonly<Record<Label, PeerId>>;
  readonly afterAddress: string;
}

export const packetKeyOf = (label: Label): Uint8Array => bytesFor(`packet key ${label}`);
export const ticketKeyOf = (label: Label): Uint8Array => bytesFor(`ticket key ${label}`);
export const networkKeyOf = (label: Label): Uint8Array => bytesFor(`network key ${label}`);

export interface LoneNetwork {
  readonly network: MemoryNetwork;
  /** Channels into the lone relay. */
  readonly incoming: Readonly<Record<"before" | "flooder", ChannelId>>;
  /** The channel out of it. */
  readonly outgoing: ChannelId;
}

/** Three layers in one era that outlasts every test. */
export function loneNetwork({ peers, afterAddress }: Places): LoneNetwork {
  const network = new MemoryNetwork(systemClock(), MEAN_DELAY, {
    epochLength: seconds(86_400),
    eraLength: 1_000_000,
  });
  for (const label of LABELS) {
    const keys = [{ key: backend.publicKey(packetKeyOf(label)), from: 0 }];
    const address = label === "after" ? afterAddress : undefined;
    network.addRelay(relayIdFor(label), peers[label], keys, address);
  }
  const ids = (...labels: Label[]) => labels.map(relayIdFor);
  network.setEra(0, [ids("before", "flooder"), ids("lone"), ids("after")]);
  const open = (from: Label, to: Label): ChannelId =>
    network.openFromRelay(relayIdFor(from), addressFor(ticketKeyOf(from)), relayIdFor(to));
  return {
    network,
    outgoing: open("lone", "after"),
    incoming: { before: open("before", "lone"), flooder: open("flooder", "lone") },
  };
}
