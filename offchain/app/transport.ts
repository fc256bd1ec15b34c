import type { Libp2pTransportOptions } from "../adapters/libp2p/options.ts";
import type { Transport } from "../ports/transport.ts";

/** Loads libp2p where something dials or listens: every other command starts without it. */
export async function openTransport(options: Libp2pTransportOptions): Promise<Transport> {
  const { libp2pTransport } = await import("../adapters/libp2p/transport.ts");
  return libp2pTransport(options);
}
