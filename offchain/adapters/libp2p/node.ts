/** The libp2p node below a transport. */
import { noise } from "@chainsafe/libp2p-noise";
import { yamux } from "@chainsafe/libp2p-yamux";
import type { Ed25519PrivateKey, Libp2p } from "@libp2p/interface";
import { tcp } from "@libp2p/tcp";
import { createLibp2p } from "libp2p";
import { boundedEncryption, boundedMuxer, STREAM_WINDOW } from "./guard.ts";
import type { TransportLimits } from "./options.ts";
import { silentLogger } from "./silent-logger.ts";

/** TCP, noise and yamux, and nothing else of libp2p; not started. */
export function createNode(
  key: Ed25519PrivateKey,
  listen: readonly string[],
  limits: TransportLimits,
): Promise<Libp2p> {
  // Beside the packets and the pings: requests, and one of each over.
  const streams = 4 + limits.requestsPerPeer;
  const encryption = noise();
  const muxer = yamux({
    maxInboundStreams: streams,
    maxOutboundStreams: streams,
    maxEarlyStreams: streams,
    streamOptions: { maxStreamWindowSize: STREAM_WINDOW, maxReadBufferLength: 2 * STREAM_WINDOW },
  });
  return createLibp2p({
    start: false,
    privateKey: key,
    logger: silentLogger,
    addresses: { listen: [...listen] },
    transports: [tcp()],
    connectionEncrypters: [(components) => boundedEncryption(encryption(components))],
    streamMuxers: [() => boundedMuxer(muxer(), limits.maxBytesPerSecond)],
    connectionManager: {
      maxConnections: limits.maxConnections,
      maxParallelDials: limits.maxDials,
      maxDialQueueLength: limits.maxDials * 4,
      maxIncomingPendingConnections: limits.maxPendingInbound,
      inboundConnectionThreshold: limits.maxInboundPerSecond,
      dialTimeout: limits.connectTimeout,
      addressDialTimeout: limits.connectTimeout,
      // Addresses come from strangers: none may start a look-up of further addresses.
      resolvers: {},
    },
    connectionMonitor: {
      pingInterval: limits.pingInterval,
      pingTimeout: { minTimeout: limits.pingTimeout, maxTimeout: limits.pingTimeout },
    },
  });
}
