/** Options of every command that sends transactions. */
import { Option, type Command } from "commander";

import { WaybillError } from "../../core/errors.ts";
import { address, type Address } from "../../core/units.ts";
import { addCommonOptions, type CommonOptions } from "../settings.ts";
import type { CalldataFormat } from "./calldata.ts";

export interface MoneyOptions extends CommonOptions {
  readonly yes: boolean;
  readonly dryRun: boolean;
  readonly calldata: boolean;
  readonly calldataFormat: CalldataFormat;
  /** Whose transactions they are, where none is sent from here. */
  readonly owner?: Address;
}

/** What becomes of a plan: it is sent, it is only shown, or its transactions are printed for another wallet. */
export type Mode = "send" | "dry-run" | "calldata";

export function addMoneyOptions(command: Command): Command {
  return addCommonOptions(command)
    .option("-y, --yes", "send without asking", false)
    .option("--dry-run", "show what would be sent and what would change; send nothing", false)
    .option(
      "--calldata",
      "print the transactions for another wallet instead of sending them; no owner's key is needed",
      false,
    )
    .addOption(
      new Option(
        "--calldata-format <format>",
        "list: one after the other; safe: a batch for Safe's Transaction Builder",
      )
        .choices(["list", "safe"])
        .default("list"),
    )
    .addOption(
      new Option(
        "--owner <address>",
        "with --calldata or --dry-run: the account that will send, unless the registry knows it",
      ).argParser(accountAddress("--owner")),
    );
}

/** @throws WaybillError OPTION_INVALID for options that exclude each other */
export function modeOf({ yes, dryRun, calldata, owner }: MoneyOptions): Mode {
  const chosen = [...(dryRun ? ["--dry-run"] : []), ...(calldata ? ["--calldata"] : [])];
  const all = [...(yes ? ["--yes"] : []), ...chosen];
  if (all.length > 1)
    throw new WaybillError("OPTION_INVALID", {
      what: "what to do with the plan",
      got: all.join(" and "),
      allowed: "one of them",
    });
  if (owner !== undefined && chosen.length === 0)
    throw new WaybillError("OPTION_INVALID", {
      what: "--owner",
      got: "neither --calldata nor --dry-run",
      allowed: "one of them; who sends from here is who holds the key",
    });
  if (dryRun) return "dry-run";
  return calldata ? "calldata" : "send";
}

/** A commander parser for an account of the chain, which the zero address is not. */
export function accountAddress(what: string): (text: string) => Address {
  return (text) => {
    const refused = (allowed: string): WaybillError =>
      new WaybillError("OPTION_INVALID", { what, got: text, allowed });
    try {
      const account = address(text);
      if (BigInt(account) !== 0n) return account;
    } catch {
      throw refused("0x and 40 hex digits");
    }
    throw refused("an account that somebody has");
  };
}
