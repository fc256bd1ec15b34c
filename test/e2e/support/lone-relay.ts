/** The relay of lone-network.ts as a process; prints where it listens, and its counters when it stops. */
import { libp2pTransport } from "../../../offchain/adapters/libp2p/transport.ts";
import { SimpleGuard } from "../../../offchain/adapters/memory/network.ts";
import { openSqliteStore } from "../../../offchain/adapters/sqlite/store.ts";
import { systemClock } from "../../../offchain/adapters/system/clock.ts";
import { countingMetrics } from "../../../offchain/adapters/system/counters.ts";
import { lineLog } from "../../../offchain/adapters/system/log.ts";
import { systemRandom } from "../../../offchain/adapters/system/random.ts";
import { millis } from "../../../offchain/core/units.ts";
import { Relay } from "../../../offchain/relay/relay.ts";
import {
  addressFor,
  backend,
  bytesFor,
  relayIdFor,
} from "../../offchain/relay/support/identities.ts";
import {
  LONE,
  loneNetwork,
  type NeighbourPeers,
  networkKeyOf,
  packetKeyOf,
  ticketKeyOf,
} from "./lone-network.ts";

const peers = JSON.parse(process.env.LONE_PEERS ?? "{}") as NeighbourPeers;
const clock = systemClock();
const transport = await libp2pTransport({
  seed: networkKeyOf(LONE),
  listen: ["/ip4/127.0.0.1/tcp/0"],
});
const store = await openSqliteStore({ path: process.env.LONE_STORE ?? "" });
const metrics = countingMetrics();
const relay = new Relay({
  self: relayIdFor(LONE),
  secrets: {
    vrfKey: bytesFor("vrf key"),
    packetKeys: [packetKeyOf(LONE)],
    ticketSigningKey: ticketKeyOf(LONE),
  },
  ticketSigner: addressFor(ticketKeyOf(LONE)),
  network: loneNetwork(peers, transport.self).network,
  guard: new SimpleGuard(),
  random: systemRandom(),
  log: lineLog({ format: "json", level: "info", clock }),
  backend,
  transport,
  store,
  clock,
  metrics,
});
await relay.start();
console.log(JSON.stringify({ listening: transport.addresses()[0], peer: transport.self }));

process.once("SIGTERM", () => {
  void relay
    .stop(millis(1_000))
    .then(() => store.close())
    .then(() => {
      console.log(JSON.stringify(metrics.snapshot()));
      process.exit(0);
    });
});
