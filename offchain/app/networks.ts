/**
 * Networks by name or by file. A network is the file that `npm run deploy` writes: chain, contracts, first block
 * and where its beacon's values come from. Those with a name are such files in one folder.
 */
import { readdirSync, readFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";

import { bytesToHex } from "../core/bytes.ts";
import { parseDeployment, type Deployment } from "../core/deployment.ts";
import { WaybillError } from "../core/errors.ts";
import type { NetworkParams } from "../ports/network.ts";
import { nearest } from "./config/names.ts";
import type { Preset } from "./config/layers.ts";

const FOLDER = resolve(import.meta.dirname, "../../deploy/networks");

export interface Network {
  /** Its own for one that comes with this software, else the file's. */
  readonly name: string;
  readonly path: string;
  readonly deployment: Deployment;
}

/** Networks that come with this software. */
export const networkNames = (): readonly string[] =>
  readdirSync(FOLDER)
    .filter((file) => file.endsWith(".json"))
    .map((file) => basename(file, ".json"))
    .sort();

/** Names of networks have neither a slash nor a dot. */
export const isNetworkFile = (nameOrFile: string): boolean => /[/.]/.test(nameOrFile);

/**
 * The network called `nameOrFile`; with a slash or a dot it is a file.
 * @throws WaybillError NETWORK_UNKNOWN; DEPLOYMENT_FILE_INVALID naming the file and what is wrong with it
 */
export function readNetwork(nameOrFile: string): Network {
  const isFile = isNetworkFile(nameOrFile);
  if (!isFile) requireName(nameOrFile);
  const path = isFile ? resolve(nameOrFile) : join(FOLDER, `${nameOrFile}.json`);
  try {
    const deployment = parseDeployment(readFileSync(path, "utf8"));
    return { name: isFile ? path : nameOrFile, path, deployment };
  } catch (cause) {
    if (cause instanceof WaybillError)
      throw new WaybillError(cause.code, { ...cause.context, what: described(path, cause), cause });
    throw new WaybillError("DEPLOYMENT_FILE_INVALID", {
      what: path,
      got: "no readable file",
      cause,
    });
  }
}

/** What a network's file says of options; nothing where it cannot be read, which who opens the network tells. */
export function presetOf(nameOrFile: string): Preset {
  try {
    const { name, deployment } = readNetwork(nameOrFile);
    const { randomness } = deployment;
    const urls = randomness?.kind === "drand" ? randomness.urls : undefined;
    return { name, values: urls === undefined ? {} : { "drand-url": urls } };
  } catch (error) {
    if (error instanceof WaybillError) return { name: nameOrFile, values: {} };
    throw error;
  }
}

/** Undefined for a network that can be read. */
export function problemOf(nameOrFile: string): string | undefined {
  try {
    readNetwork(nameOrFile);
    return undefined;
  } catch (error) {
    if (error instanceof WaybillError) return error.message;
    throw error;
  }
}

/**
 * That the chain's contracts are those of the file, and their beacon takes what the file says.
 * @throws WaybillError CHAIN_WRONG_ID, NETWORK_OTHER, LOTTERY_OTHER
 */
export function requireNetwork(deployment: Deployment, params: NetworkParams): void {
  if (params.chainId !== deployment.chainId)
    throw new WaybillError("CHAIN_WRONG_ID", { got: params.chainId, allowed: deployment.chainId });
  for (const name of ["channels", "registry", "token", "beacon"] as const)
    requireEqual(name, params[name], deployment[name]);
  // A file that names no lottery belongs to any network; the registry says which lottery there is.
  const lottery = params.lottery?.address ?? "none";
  if (deployment.lottery !== undefined && deployment.lottery !== lottery)
    throw new WaybillError("LOTTERY_OTHER", { got: lottery, allowed: deployment.lottery });
  requireRandomness(deployment.randomness, params);
}

function requireRandomness(
  randomness: Deployment["randomness"],
  { drand }: Pick<NetworkParams, "drand">,
): void {
  if (randomness === undefined) return;
  requireEqual("randomness", drand === undefined ? "blockhash" : "drand", randomness.kind);
  if (randomness.kind === "blockhash" || drand === undefined) return;
  const connected = bytesToHex(drand.chain.publicKey);
  requireEqual("drand public key", connected, randomness.publicKey.toLowerCase());
}

function requireEqual(what: string, got: string, allowed: string): void {
  if (got !== allowed) throw new WaybillError("NETWORK_OTHER", { what, got, allowed });
}

function requireName(name: string): void {
  const names = networkNames();
  if (names.includes(name)) return;
  const meant = nearest(name, names);
  throw new WaybillError("NETWORK_UNKNOWN", {
    got: name,
    allowed: `${meant === undefined ? "" : `${meant}, perhaps; `}${names.join(", ")}, or a file's path`,
  });
}

const described = (path: string, { context }: WaybillError): string =>
  context.what === undefined ? path : `${context.what} in ${path}`;
