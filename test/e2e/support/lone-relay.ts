/** The relay of lone-network.ts as a process; prints where it listens, then its memory, stored winners and counters. */
import { libp2pTransport } from "../../../offchain/adapters/libp2p/transport.ts";
import { SimpleGuard } from "../../../offchain/adapters/memory/network.ts";
import { openSqliteStore } from "../../../offchain/adapters/sqlite/store.ts";
import { systemClock } from "../../../offchain/adapters/system/clock.ts";
import { countingMetrics } from "../../../offchain/adapters/system/counters.ts";
import { lineLog } from "../../../offchain/adapters/system/log.ts";
import { systemRandom } from "../../../offchain/adapters/system/random.ts";
import { millis } from "../../../offchain/core/units.ts";
import { PacketSecrets } from "../../../offchain/relay/packet-secrets.ts";
import { Relay } from "../../../offchain/relay/relay.ts";
import {
  addressFor,
  backend,
  bytesFor,
  relayIdFor,
} from "../../offchain/relay/support/identities.ts";
import {
  loneNetwork,
  networkKeyOf,
  packetKeyOf,
  type Places,
  ticketKeyOf,
} from "./lone-network.ts";

const STATUS_INTERVAL = 250;

const places = JSON.parse(process.env.LONE_PLACES ?? "{}") as Places;
const clock = systemClock();
const transport = await libp2pTransport({
  seed: networkKeyOf("lone"),
  listen: [process.env.LONE_LISTEN ?? "/ip4/127.0.0.1/tcp/0"],
});
const store = await openSqliteStore({ path: process.env.LONE_STORE ?? "" });
const metrics = countingMetrics();
const relay = new Relay({
  self: relayIdFor("lone"),
  secrets: {
    vrfKey: bytesFor("vrf key"),
    packetKeys: new PacketSecrets(backend, [packetKeyOf("lone")]),
    ticketSigningKey: ticketKeyOf("lone"),
  },
  ticketSigner: addressFor(ticketKeyOf("lone")),
  network: loneNetwork(places).network,
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
const say = (what: object): void => {
  console.log(JSON.stringify(what));
};
say({ listening: transport.addresses()[0] });
const tell = async (): Promise<void> => {
  const winners = Object.values(await store.winners.totals());
  say({
    memory: process.memoryUsage.rss(),
    winners: winners.reduce((sum, { count }) => sum + count, 0),
    ...metrics.snapshot(),
  });
};
const timer = setInterval(() => void tell(), STATUS_INTERVAL);

process.once("SIGTERM", () => {
  clearInterval(timer);
  void relay
    .stop(millis(1_000))
    .then(() => store.close())
    .then(() => process.exit(0));
});
