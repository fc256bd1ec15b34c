import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { Command } from "commander";

import { WaybillError } from "../../core/errors.ts";
import type { Environment } from "../config/layers.ts";
import { checkBeacon, checkChain } from "../doctor/chain.ts";
import { checkCrashDumps } from "../doctor/crash-dumps.ts";
import { checkFiles } from "../doctor/files.ts";
import { failed, fine, warning, type Finding } from "../doctor/finding.ts";
import { checkDisk, checkMachine } from "../doctor/machine.ts";
import { checkOwnAddress, checkRelay, unread, type Addresses } from "../doctor/relay.ts";
import { loadIdentity, type Identity } from "../identity.ts";
import { Lifetime } from "../lifetime.ts";
import { openNode } from "../node.ts";
import { createOutput, type Output } from "../output.ts";
import { addCommonOptions, type CommonOptions } from "../settings.ts";
import { runCommand } from "./run.ts";

interface DoctorOptions extends CommonOptions, Addresses {
  readonly drandUrl?: readonly string[];
}

/** Of `run`, so that what is set for it is looked at. */
const OF_RUN = ["listen", "announce", "drandUrl"];
const PATIENCE_MS = 60_000;
const MARKS = { ok: "ok     ", warning: "WARNING", problem: "PROBLEM" } as const;

/** `waybill doctor`. */
export function doctorCommand(environment: Environment): Command {
  const doctor = addCommonOptions(
    new Command("doctor").description(
      "look for everything that keeps a node from working, and tell what to do; sends nothing",
    ),
  );
  for (const option of runCommand().options)
    if (OF_RUN.includes(option.attributeName())) doctor.addOption(option);
  return doctor
    .addHelpText(
      "after",
      "\nExit code 1 when there is a problem; a warning is none.\n\nExample:\n  waybill doctor --data ./relay",
    )
    .action(async (options: DoctorOptions) => {
      const output = createOutput(options.json);
      const all: Finding[] = [];
      const tell = (findings: readonly Finding[]): void => {
        for (const finding of findings) tellOne(output, finding);
        all.push(...findings);
      };
      tell(checkMachine());
      tell(checkCrashDumps());
      tell(checkFiles(options));
      const hasFolder = existsSync(options.data);
      if (hasFolder) tell(checkDisk(options.data));
      const secret = await checkIdentity(options, environment);
      tell(secret.findings);
      const { findings, params } = await checkChain(options.network, options.rpcUrl);
      tell(findings);
      if (secret.identity !== undefined)
        tell(checkOwnAddress(options, secret.identity, params?.chainId));
      if (params !== undefined) {
        tell(await checkBeacon(params.drand, options.drandUrl ?? []));
        const { identity } = secret;
        if (identity !== undefined) {
          const check = (data: string) => checkNode({ ...options, data }, identity);
          tell(await (hasFolder ? check(options.data) : inPassing(check)));
        }
      }
      conclude(output, all);
    });
}

/** In a folder that is there only for as long as `work` takes. */
async function inPassing<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "waybill-doctor-"));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function tellOne(output: Output, { check, verdict, text, todo }: Finding): void {
  const line = `${MARKS[verdict]}  ${check}: ${text}`;
  const advice = todo === undefined ? "" : `\n         ${todo}`;
  output.event("check", line + advice, { check, verdict, text, todo: todo ?? null });
}

function conclude(output: Output, findings: readonly Finding[]): void {
  const count = (verdict: Finding["verdict"]): number =>
    findings.filter((finding) => finding.verdict === verdict).length;
  const [problems, warnings] = [count("problem"), count("warning")];
  const text = problems === 0 ? "no problem" : `${problems} to solve before this node can work`;
  output.event("doctor", `\n${text}; ${warnings} to know of`, { problems, warnings });
  if (problems > 0) throw new WaybillError("NODE_UNWELL", { got: `${problems} problems` });
}

interface IdentityReport {
  readonly findings: readonly Finding[];
  readonly identity: Identity | undefined;
}

async function checkIdentity(
  options: DoctorOptions,
  environment: Environment,
): Promise<IdentityReport> {
  try {
    const identity = await loadIdentity(options, environment);
    const plain = ["WAYBILL_SECRET", "WAYBILL_SECRET_FILE"].find(
      (name) => environment[name] !== undefined,
    );
    const finding =
      plain === undefined
        ? fine("keystore", `it opens; this node's account is ${identity.account}`)
        : warning(
            "keystore",
            `this node's secret is in ${plain}, not encrypted`,
            "Put it into a keystore with `waybill init --import`.",
          );
    return { findings: [finding], identity };
  } catch (error) {
    return { findings: [failed("keystore", error)], identity: undefined };
  }
}

/** Reads the chain's events first, which takes a while when no command of this node did it before. */
async function checkNode(options: DoctorOptions, identity: Identity): Promise<readonly Finding[]> {
  const lifetime = new Lifetime();
  const limit = setTimeout(() => {
    lifetime.fail(new WaybillError("CHAIN_UNREACHABLE", { got: `no end after ${PATIENCE_MS} ms` }));
  }, PATIENCE_MS);
  try {
    const node = await openNode({ ...options, logLevel: "error" }, "commands", { lifetime });
    try {
      return await checkRelay(node, identity, options);
    } finally {
      await node.close();
    }
  } catch (error) {
    return [unread(error)];
  } finally {
    clearTimeout(limit);
  }
}
