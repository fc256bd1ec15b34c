import type { CurveBackend } from "../core/crypto/backend.ts";
import type { Address, RelayId } from "../core/units.ts";
import type { Clock } from "../ports/clock.ts";
import type { Log } from "../ports/log.ts";
import type { Metrics } from "../ports/metrics.ts";
import type { ExposureGuard, NetworkView } from "../ports/network.ts";
import type { Random } from "../ports/random.ts";
import type { Store } from "../ports/store.ts";
import type { Transport, TransportEvents } from "../ports/transport.ts";
import type { OwnLoops } from "./deliveries.ts";
import type { PacketSecrets } from "./packet-secrets.ts";
import type { PeerRate } from "./peer-books.ts";

/** The secrets that a relay works with, 32 bytes each. */
interface RelaySecrets {
  readonly vrfKey: Uint8Array;
  /** Of every packet key that is registered, in force or scheduled. */
  readonly packetKeys: PacketSecrets;
  /** Signs the tickets that this relay issues. */
  readonly ticketSigningKey: Uint8Array;
}

/** All that a relay stands on. */
export interface RelayParts {
  readonly self: RelayId;
  readonly secrets: RelaySecrets;
  /** The account of `secrets.ticketSigningKey`: which of the relay's channels it pays from. */
  readonly ticketSigner: Address;
  readonly backend: CurveBackend;
  readonly transport: Transport;
  readonly store: Pick<Store, "replay" | "winners" | "indexes" | "cover" | "restoration">;
  readonly network: NetworkView;
  readonly guard: ExposureGuard;
  readonly clock: Clock;
  readonly random: Random;
  readonly metrics: Metrics;
  readonly log: Log;
  /** Who is told of packets that come back to this relay; its own cover, unless given. */
  readonly ownLoops?: OwnLoops;
  /** Answers peers' requests for proofs (docs/protocol.md §10); none are taken without it. */
  readonly answer?: NonNullable<TransportEvents["request"]>;
  /** What one peer may bring; the default is in limits.ts. */
  readonly peerRate?: PeerRate;
}
