/** The demo to be watched: the network runs on, the file crosses it once, and the browser shows all of it. */
import { lineLog } from "../../offchain/adapters/system/log.ts";
import { systemClock } from "../../offchain/adapters/system/clock.ts";
import { LogLevels } from "../../offchain/adapters/system/log-levels.ts";
import { readToken } from "../../offchain/app/api/token.ts";
import { toJson } from "../../offchain/app/output.ts";
import type { LocalNetwork } from "../local-network/network.ts";
import type { KnownRelay } from "../overview/collect.ts";
import { serveOverview } from "../overview/server.ts";
import type { RunningRelay } from "./relays.ts";
import { begin, type DemoPlan, type Ready, type View } from "./run.ts";
import { send, writeDefaultFile } from "./transfer.ts";
import { until } from "./wait.ts";

const RUNNING_SECONDS = 90;

/** Addresses carry their tokens in the fragment, which no server is told. */
export interface Watched {
  /** Of the page with all relays. */
  readonly overview: string;
  /** Of each relay's own page. */
  readonly relays: readonly { readonly name: string; readonly page: string }[];
  /** Resolves once the file has arrived. */
  readonly delivered: Promise<void>;
  /** Ends the overview; the network goes on. */
  close(): Promise<void>;
}

/** Resolves once every relay can be looked at, before they have layers. */
export async function startWatched(
  network: LocalNetwork,
  plan: DemoPlan,
  view: View,
): Promise<Watched> {
  const { promise: processes, resolve: started } = Promise.withResolvers<readonly RunningRelay[]>();
  const beginning = begin(network, plan, view, started);
  // Whoever waits for the beginning is told of its failure, too.
  const relays = await Promise.race([processes, beginning.then(() => processes)]);
  await until(RUNNING_SECONDS, "the relays answer", () =>
    relays.every(({ api }) => api !== undefined),
  );
  const known = relays.map(knownRelay);
  const log = lineLog({ format: "json", level: new LogLevels("warn"), clock: systemClock() });
  const server = await serveOverview(known, log);
  const delivered = beginning.then((ready) => deliver(network, plan, view, ready));
  // It may fail before anyone waits for it.
  delivered.catch(() => undefined);
  return {
    ...{ overview: server.url, delivered },
    close: () => server.close(),
    relays: known.map((relay) => ({
      name: relay.name,
      page: `${relay.url}/#token=${relay.token}`,
    })),
  };
}

/** Never ends by itself. With `json`, addresses come as one JSON object on standard output. */
export async function watchDemo(
  network: LocalNetwork,
  plan: DemoPlan,
  view: View,
  json: boolean,
): Promise<never> {
  const { overview, relays, delivered } = await startWatched(network, plan, view);
  view.stage("the network can be watched");
  if (json) process.stdout.write(`${toJson({ overview, relays })}\n`);
  else
    process.stdout.write(
      `\n${"The whole network:".padEnd(20)}${overview}\n` +
        relays.map(({ name, page }) => `${`${name}:`.padEnd(20)}${page}\n`).join("") +
        "Ctrl-C ends it.\n\n",
    );
  await delivered;
  view.stage("the file has arrived; cover goes on until Ctrl-C");
  return network.broken;
}

async function deliver(
  network: LocalNetwork,
  plan: DemoPlan,
  view: View,
  { sender, inbox, address }: Ready,
): Promise<void> {
  view.stage("sending the file, with the relays' cover beside it");
  const path = plan.file ?? writeDefaultFile(network.folder);
  await send(network, sender, path, address, (done, total) => {
    view.sending(done, total);
  });
  await inbox.file();
}

const knownRelay = ({ node, api = "" }: RunningRelay): KnownRelay => ({
  name: node.name,
  url: api,
  token: readToken(node.data),
});
