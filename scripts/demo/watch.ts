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
import { begin, type DemoPlan, type View } from "./run.ts";
import { send, writeDefaultFile } from "./transfer.ts";
import { until } from "./wait.ts";

const RUNNING_SECONDS = 90;

/** Never ends by itself. With `json`, addresses come as one JSON object on standard output. */
export async function watchDemo(
  network: LocalNetwork,
  plan: DemoPlan,
  view: View,
  json: boolean,
): Promise<never> {
  const { promise: processes, resolve: started } = Promise.withResolvers<readonly RunningRelay[]>();
  const beginning = begin(network, plan, view, started);
  // Whoever waits for the beginning is told of its failure, too.
  const relays = await Promise.race([processes, beginning.then(() => processes)]);
  await until(RUNNING_SECONDS, "the relays answer", () =>
    relays.every(({ api }) => api !== undefined),
  );
  await tellWhere(relays.map(knownRelay), view, json);
  const { sender, inbox, address } = await beginning;
  view.stage("sending the file, with the relays' cover beside it");
  const path = plan.file ?? writeDefaultFile(network.folder);
  await send(network, sender, path, address, (done, total) => {
    view.sending(done, total);
  });
  await inbox.file();
  view.stage("the file has arrived; cover goes on until Ctrl-C");
  return network.broken;
}

const knownRelay = ({ node, api = "" }: RunningRelay): KnownRelay => ({
  name: node.name,
  url: api,
  token: readToken(node.data),
});

async function tellWhere(relays: readonly KnownRelay[], view: View, json: boolean): Promise<void> {
  const log = lineLog({ format: "json", level: new LogLevels("warn"), clock: systemClock() });
  const { url } = await serveOverview(relays, log);
  const pages = relays.map((relay) => ({
    name: relay.name,
    url: `${relay.url}/#token=${relay.token}`,
  }));
  if (json) {
    process.stdout.write(`${toJson({ overview: url, relays: pages })}\n`);
    return;
  }
  view.stage("the network can be watched");
  process.stdout.write(
    `\nThe whole network:  ${url}\n` +
      pages.map(({ name, url: page }) => `${`${name}:`.padEnd(20)}${page}\n`).join("") +
      "Ctrl-C ends it.\n\n",
  );
}
