/**
 * `waybill run` with a recorder between the relay and its transport. At each start, before the door
 * opens, all that this relay acknowledged before and that its clock would still take is brought again by the
 * same peers, byte for byte; its status lines then count the replays.
 */
import { flushCompileCache } from "node:module";

import { amount } from "../../../offchain/core/units.ts";
import { epochAt, holdsWithin, ticketEpochSlack } from "../../../offchain/core/epochs/epochs.ts";
import { decodeFrame } from "../../../offchain/core/wire/decode.ts";
import { loadIdentity } from "../../../offchain/app/identity.ts";
import { untilStopped } from "../../../offchain/app/lifetime.ts";
import { Monitor } from "../../../offchain/app/monitor.ts";
import { openNode, type Node } from "../../../offchain/app/node.ts";
import { createOutput } from "../../../offchain/app/output.ts";
import { writtenPolicy } from "../../../offchain/app/relay/channel-policy.ts";
import { RelayService } from "../../../offchain/app/relay/service.ts";
import { WaybillError } from "../../../offchain/core/errors.ts";
import type { LogLevel } from "../../../offchain/ports/log.ts";
import type { Transport, TransportEvents } from "../../../offchain/ports/transport.ts";
import { acknowledged, framesOf, Recorder, type RecordedFrame } from "./recorder.ts";

const setting = (name: string): string => {
  const value = process.env[name];
  if (value === undefined) throw new WaybillError("OPTION_INVALID", { what: name, got: "nothing" });
  return value;
};

const output = createOutput(true);
const recorder = new Recorder(setting("RECORD_FILE"));
const identity = await loadIdentity({ data: setting("WAYBILL_DATA"), json: true });
const options = {
  rpcUrl: [setting("WAYBILL_RPC_URL")],
  network: setting("WAYBILL_DEPLOYMENT"),
  data: setting("WAYBILL_DATA"),
  poll: Number(setting("WAYBILL_POLL")),
  logLevel: (process.env.WAYBILL_LOG_LEVEL ?? "info") as LogLevel,
  json: true,
};
const monitor = await Monitor.open(options, {
  ...{ listen: { host: "127.0.0.1", port: 0 }, names: [], settings: [], figuresEvery: 1 },
});
const node = await openNode(options, "agent", {
  ...{ opening: monitor, redeemer: identity.vrfPublicKey },
});
monitor.sees(node);

const earlier = recorder.read();
const service = await RelayService.start(
  node,
  identity,
  {
    listen: "/ip4/127.0.0.1/tcp/0",
    announce: undefined,
    channels: writtenPolicy({
      channelTarget: amount(2n * 10n ** 18n),
      channelBudget: undefined,
      channelPolicy: undefined,
    }),
    leastPayout: amount(0n),
    // What was recorded can be opened afterwards.
    packetKeyEpochs: 0,
    drandUrls: [],
  },
  record,
);
monitor.runs(node, service);
output.event("running", "", { relay: service.self });
// At an end that is a kill it would not be written.
flushCompileCache();

const tell = async (event: string): Promise<void> => {
  output.event(event, "", { ...(await service.status()) });
};
const timer = setInterval(() => void tell("status"), 500);
await untilStopped();
clearInterval(timer);
await service.stop();
await tell("status");
await node.close();
await monitor.close();

function record(inner: Transport): Transport {
  return {
    self: inner.self,
    addresses: () => inner.addresses(),
    connect: (address) => inner.connect(address),
    disconnect: (peer) => inner.disconnect(peer),
    isConnected: (peer) => inner.isConnected(peer),
    peers: () => inner.peers(),
    stop: () => inner.stop(),
    request: (address, request, options) => inner.request(address, request, options),
    send(peer, bytes) {
      const result = inner.send(peer, bytes);
      if (result === "queued") recorder.write({ direction: "out", peer, bytes });
      return result;
    },
    async start(events) {
      await bringAgain(events);
      await inner.start({
        ...events,
        frame: (peer, bytes) => {
          recorder.write({ direction: "in", peer, bytes });
          return events.frame?.(peer, bytes);
        },
      });
    },
  };
}

/** Frames of which every packet was acknowledged: taking any of them again would be a replay. */
async function bringAgain(events: TransportEvents): Promise<void> {
  const acks = acknowledged(framesOf(earlier, "out"));
  for (const { peer, bytes } of stillTakeable(earlier, node)) {
    const frame = decodeFrame(bytes);
    if (frame?.kind !== "packets") continue;
    if (!frame.indexes.every((index) => acks.has(`${frame.channel}/${index}`))) continue;
    await events.frame?.(peer, Uint8Array.from(bytes));
  }
  // The relay may still be busy with the last of them.
  await new Promise((resolve) => setTimeout(resolve, 250));
}

function stillTakeable(recorded: readonly RecordedFrame[], { view }: Node): RecordedFrame[] {
  const { params } = view;
  const now = view.chainTime();
  const slack = ticketEpochSlack(params.epochLength);
  return recorded.filter(({ direction, bytes }) => {
    const frame = direction === "in" ? decodeFrame(bytes) : undefined;
    return (
      frame?.kind === "packets" &&
      epochAt(params, now) !== undefined &&
      holdsWithin(params, frame.epoch, now, slack)
    );
  });
}
