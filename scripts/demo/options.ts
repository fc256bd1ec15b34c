/** What the demo can be asked for, and the network that each wish needs. */
import { randomBytes } from "node:crypto";

import { Command, Option } from "commander";

import { positiveInteger } from "../../offchain/app/settings.ts";
import { WaybillError } from "../../offchain/core/errors.ts";
import type { NetworkOptions } from "../local-network/network.ts";
import { SHARE_STEP } from "./dropper.ts";

const LEAST_RELAYS = 9;
/**
 * The demo lies in one era, so that every relay keeps its layer: its parameters have epochs of 12 s and eras of 24
 * epochs. The deployment falls into epoch 10, which leaves time to join; then the relays start shortly before
 * their era does.
 */
const GENESIS_AGO = 10 * 12;
const ERA_IN = 32;
/** With a relay that drops, every slot is drawn: the more samples, the narrower its interval. */
const DRAWS_WITH_DROPS = 224;

export interface DemoOptions {
  readonly file?: string;
  readonly relays: number;
  readonly channels: boolean;
  readonly drop?: number;
  readonly seed: string;
  readonly beacon: "blockhash" | "drand";
  readonly dashboard: boolean;
  readonly json: boolean;
}

/** Of the command line unless `args` are given. */
export function parseOptions(args?: readonly string[]): DemoOptions {
  return new Command("demo")
    .description("A file crosses a local mixnet, and its relays are paid on a local chain.")
    .option(
      "--file <path>",
      "the file to send; random bytes for more than 500 packets unless given",
    )
    .option("--relays <n>", `relays, at least ${LEAST_RELAYS}`, relayCount, LEAST_RELAYS)
    .option("--no-channels", "packets are free: relays are paid by the lottery alone")
    .option(
      "--drop <share>",
      "one relay throws away this share of what comes in, 0.1 … 0.9",
      dropShare,
    )
    .option("--seed <text>", "decides which frames those are", randomBytes(4).toString("hex"))
    .addOption(
      new Option("--beacon <kind>", "where randomness comes from")
        .choices(["blockhash", "drand"])
        .default("blockhash"),
    )
    .option("--dashboard", "keep the network running and show it in the browser", false)
    .option("--json", "one JSON object on standard output", false)
    .parse(args ?? process.argv.slice(2), { from: "user" })
    .opts<DemoOptions>();
}

export function networkOptions(options: DemoOptions): NetworkOptions {
  return {
    relays: options.relays,
    parameters: `deploy/parameters/${options.channels ? "demo" : "demo-free"}.json5`,
    genesisAgo: GENESIS_AGO,
    eraIn: ERA_IN,
    beacon: options.beacon,
    ...(options.drop === undefined ? {} : { lottery: { draws: DRAWS_WITH_DROPS } }),
  };
}

function relayCount(text: string): number {
  const count = positiveInteger("--relays")(text);
  if (count < LEAST_RELAYS)
    throw new WaybillError("OPTION_INVALID", {
      what: "--relays",
      got: count,
      allowed: `≥ ${LEAST_RELAYS}`,
    });
  return count;
}

/** In steps of a tenth. */
function dropShare(text: string): number {
  if (!/^0?\.[1-9]$/.test(text))
    throw new WaybillError("OPTION_INVALID", {
      what: "--drop",
      got: text,
      allowed: `0.1 … 0.9 in steps of ${SHARE_STEP}`,
    });
  return Number(text);
}
