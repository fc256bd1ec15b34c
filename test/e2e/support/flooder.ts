/**
 * A relay of layer 0 that sends as fast as its connection takes it: frames with good tickets around packets
 * of random bytes, so that each costs the receiver its signature check and sixteen unwraps.
 */
import { libp2pTransport } from "../../../offchain/adapters/libp2p/transport.ts";
import { memoryStore } from "../../../offchain/adapters/memory/store.ts";
import { systemRandom } from "../../../offchain/adapters/system/random.ts";
import { PACKET_LENGTH } from "../../../offchain/core/sphinx/index.ts";
import { MAX_PACKETS_PER_FRAME } from "../../../offchain/core/wire/layout.ts";
import { TicketFramer } from "../../../offchain/link/ticket-framer.ts";
import { TicketIndexes } from "../../../offchain/link/ticket-indexes.ts";
import { backend } from "../../offchain/relay/support/identities.ts";
import {
  loneNetwork,
  networkKeyOf,
  packetKeyOf,
  type Places,
  ticketKeyOf,
} from "./lone-network.ts";

/** Frames sent before others in this process have their turn. */
const BURST = 64;

const places = JSON.parse(process.env.LONE_PLACES ?? "{}") as Places;
const { network, incoming } = loneNetwork(places);
const random = systemRandom();
const publicKey = backend.publicKey(packetKeyOf("flooder"));
const indexes = new TicketIndexes(memoryStore().indexes, random, incoming.flooder);
const framer = new TicketFramer(
  backend,
  network,
  incoming.flooder,
  indexes,
  ticketKeyOf("flooder"),
);
const framed = await framer.frame(
  Array.from({ length: MAX_PACKETS_PER_FRAME }, () => {
    const packet = random.bytes(PACKET_LENGTH);
    // Looks like a packet up to its MAC: version, a point on the curve.
    packet[0] = 1;
    packet.set(publicKey, 1);
    const settle = { acknowledged: () => true, failed: () => undefined };
    const amount = network.params.ticketAmounts[1];
    return { packet, challenge: random.bytes(32), amount, settle };
  }),
);
if (typeof framed === "string") throw new Error(framed);

const transport = await libp2pTransport({ seed: networkKeyOf("flooder"), listen: [] });
await transport.start({});
const { lone } = places.peers;
await transport.connect({ peer: lone, multiaddr: process.env.LONE_ADDRESS ?? "" });
console.log(JSON.stringify({ flooding: true }));
const flood = (): void => {
  for (let i = 0; i < BURST; i++) if (transport.send(lone, framed.bytes) !== "queued") break;
  setTimeout(flood, 1);
};
flood();
