// `waybill run` behind a transport that loses a share of what comes in. The demo starts it with --drop.
import { parseListen } from "../../offchain/app/api/address.ts";
import { loadIdentity } from "../../offchain/app/identity.ts";
import { untilStopped } from "../../offchain/app/lifetime.ts";
import { Monitor } from "../../offchain/app/monitor.ts";
import { openNode } from "../../offchain/app/node.ts";
import { createOutput } from "../../offchain/app/output.ts";
import { writtenPolicy } from "../../offchain/app/relay/channel-policy.ts";
import { RelayService } from "../../offchain/app/relay/service.ts";
import { WaybillError } from "../../offchain/core/errors.ts";
import { amount } from "../../offchain/core/units.ts";
import { Dropper, dropping } from "./dropper.ts";

const STATUS_EVERY_MS = 1_000;
const CHANNEL_TARGET = amount(2n * 10n ** 18n);

const setting = (name: string): string => {
  const value = process.env[name];
  if (value === undefined) throw new WaybillError("OPTION_INVALID", { what: name, got: "nothing" });
  return value;
};

const output = createOutput(true);
const dropper = new Dropper(Number(setting("DROP_SHARE")), setting("DROP_SEED"));
const identity = await loadIdentity({ data: setting("WAYBILL_DATA"), json: true });
const monitor = await Monitor.open(
  { data: setting("WAYBILL_DATA"), logLevel: "info", json: true },
  { listen: parseListen("127.0.0.1:0"), names: [], figuresEvery: 1, settings: [] },
);
const node = await openNode(
  {
    rpcUrl: [setting("WAYBILL_RPC_URL")],
    network: setting("WAYBILL_DEPLOYMENT"),
    data: setting("WAYBILL_DATA"),
    poll: Number(setting("WAYBILL_POLL")),
    logLevel: "info",
    json: true,
  },
  "agent",
  { opening: monitor, redeemer: identity.vrfPublicKey },
);
monitor.sees(node);
const service = await RelayService.start(
  node,
  identity,
  {
    listen: "/ip4/127.0.0.1/tcp/0",
    announce: undefined,
    channels: writtenPolicy({
      channelTarget: CHANNEL_TARGET,
      channelBudget: undefined,
      channelPolicy: undefined,
    }),
    leastPayout: amount(0n),
    packetKeyEpochs: undefined,
    drandUrls: (process.env.WAYBILL_DRAND_URLS ?? "").split(",").filter(Boolean),
  },
  (transport) => dropping(transport, dropper),
);
monitor.runs(node, service);
output.event("running", "", { relay: service.self, api: monitor.url });

const tell = async (): Promise<void> => {
  const { taken, dropped } = dropper;
  output.event("status", "", { ...(await service.status()), frames: { taken, dropped } });
};
const timer = setInterval(() => void tell(), STATUS_EVERY_MS);
await untilStopped();
clearInterval(timer);
await service.stop();
await tell();
await node.close();
await monitor.close();
