/** Reads its secret, opens what an agent opens with it, says so, and waits to be looked at until input ends. */
import { libp2pTransport } from "../../../../../offchain/adapters/libp2p/transport.ts";
import { readSecret } from "../../../../../offchain/adapters/secrets/read-secret.ts";
import { lineLog } from "../../../../../offchain/adapters/system/log.ts";
import { systemClock } from "../../../../../offchain/adapters/system/clock.ts";
import { deriveKeys } from "../../../../../offchain/core/keys/derive.ts";

const keys = deriveKeys(readSecret("WAYBILL_SECRET"));
const transport = await libp2pTransport({ seed: keys.network, listen: [] });
const log = lineLog({ format: "json", level: "debug", clock: systemClock() });
log.info("keys", { keys: String(keys), json: JSON.stringify(keys) });
console.error("printed by mistake", keys, transport);
console.log("ready");
process.stdin.resume().on("end", () => process.exit(0));
