/** A libp2p node that speaks Waybill's protocol name and otherwise does what it likes. */
import { noise } from "@chainsafe/libp2p-noise";
import { yamux } from "@chainsafe/libp2p-yamux";
import type { Libp2p, MessageStream, Stream } from "@libp2p/interface";
import { tcp } from "@libp2p/tcp";
import { multiaddr } from "@multiformats/multiaddr";
import { createLibp2p } from "libp2p";
import type { PeerId } from "../../../../../offchain/core/units.ts";
import type { PeerAddress } from "../../../../../offchain/ports/transport.ts";

const PROTOCOL = "/waybill/1";
const REQUESTS = "/waybill/proofs/1";

export interface Stranger {
  readonly peer: PeerId;
  /** The encrypted connection below the streams. */
  readonly below: () => MessageStream;
  /** Opens its stream, as an honest node would. */
  readonly open: () => Promise<Stream>;
  /** Opens a stream for a request. */
  readonly ask: () => Promise<Stream>;
  /** The stream that the other side opened, once it has. */
  readonly theirs: () => Stream | undefined;
  readonly stop: () => Promise<void>;
}

/** Dials `target`; takes the other side's stream unless `deaf`. */
export async function stranger(target: PeerAddress, { deaf = false } = {}): Promise<Stranger> {
  let below: MessageStream | undefined;
  let theirs: Stream | undefined;
  const muxer = yamux()();
  const node: Libp2p = await createLibp2p({
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [
      () => ({
        protocol: muxer.protocol,
        createStreamMuxer: (connection) => {
          below = connection;
          return muxer.createStreamMuxer(connection);
        },
      }),
    ],
    connectionMonitor: { enabled: false },
  });
  if (!deaf)
    await node.handle(PROTOCOL, (stream) => {
      theirs = stream;
      stream.addEventListener("message", () => undefined);
    });
  const connection = await node.dial(multiaddr(target.multiaddr));
  return {
    peer: node.peerId.toString() as PeerId,
    below: () => {
      if (below === undefined) throw new Error("not connected");
      return below;
    },
    open: () => connection.newStream(PROTOCOL),
    ask: () => connection.newStream(REQUESTS),
    theirs: () => theirs,
    stop: async () => {
      await node.stop();
    },
  };
}
