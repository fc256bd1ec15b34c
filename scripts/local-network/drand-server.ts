/**
 * A drand chain of one's own behind HTTP: the paths and documents of the public endpoints, rounds that appear at
 * their times, signed with a key that is made at start and never leaves the process. As a program:
 *
 *   node scripts/local-network/drand-server.ts --genesis UNIX-TIME --period SECONDS [--port PORT]
 *
 * prints one line, `{"url":…,"info":…}`, and serves on 127.0.0.1 until it is told to end.
 */
import { createHash, randomBytes } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { parseArgs } from "node:util";

import { hexToBytes } from "../../offchain/core/bytes.ts";
import { DRAND_SCHEME, type DrandChain, firstRoundFrom } from "../../offchain/core/drand/chain.ts";
import { type LocalDrand, localDrand } from "../../offchain/core/drand/signer.ts";
import { type Seconds, seconds } from "../../offchain/core/units.ts";

const BEACON_ID = "waybill-local";
const TOO_EARLY = 425;

/** What `/v2/chains/<hash>/info` says. */
export interface DrandInfo {
  readonly public_key: string;
  readonly period: number;
  readonly genesis_time: number;
  readonly genesis_seed: string;
  readonly chain_hash: string;
  readonly scheme: string;
  readonly beacon_id: string;
}

export interface DrandServer {
  readonly url: string;
  readonly info: DrandInfo;
  readonly close: () => Promise<void>;
}

/** Serves on 127.0.0.1. `now` tells which rounds are out. */
export async function startDrandServer(
  drand: LocalDrand,
  options: { readonly port?: number; readonly now?: () => Seconds } = {},
): Promise<DrandServer> {
  const info = infoOf(drand.chain);
  const now = options.now ?? (() => seconds(Math.floor(Date.now() / 1000)));
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://127.0.0.1");
    const { status, document } =
      request.method === "GET"
        ? answer(pathname, drand, info, now())
        : { status: 405, document: { error: "read only" } };
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify(document));
  });
  await new Promise<void>((resolve) => {
    server.listen(options.port ?? 0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, info, close: () => close(server) };
}

/** What the server says of its chain. */
export function infoOf(chain: DrandChain): DrandInfo {
  const key = Buffer.from(chain.publicKey);
  const seed = createHash("sha256").update(key).digest();
  return {
    public_key: key.toString("hex"),
    period: chain.period,
    genesis_time: chain.genesis,
    genesis_seed: seed.toString("hex"),
    chain_hash: chainHash(chain, seed, BEACON_ID),
    scheme: DRAND_SCHEME,
    beacon_id: BEACON_ID,
  };
}

/** Under which a chain is addressed, 64 hex digits; every chain but the one named "default" hashes its name, too. */
export function chainHash(chain: DrandChain, genesisSeed: Uint8Array, beaconId: string): string {
  const numbers = Buffer.alloc(12);
  numbers.writeUInt32BE(chain.period);
  numbers.writeBigInt64BE(BigInt(chain.genesis), 4);
  return createHash("sha256")
    .update(numbers)
    .update(chain.publicKey)
    .update(genesisSeed)
    .update(beaconId === "default" ? "" : beaconId)
    .digest("hex");
}

interface Answer {
  readonly status: number;
  readonly document: unknown;
}

function answer(path: string, drand: LocalDrand, info: DrandInfo, now: Seconds): Answer {
  const hash = info.chain_hash;
  for (const [before, isV2] of [
    [`/v2/chains/${hash}/rounds/`, true],
    [`/${hash}/public/`, false],
  ] as const)
    if (path.startsWith(before)) return round(drand, path.slice(before.length), isV2, now);
  const documents = new Map<string, unknown>([
    ["/chains", [hash]],
    ["/v2/chains", [hash]],
    [`/${hash}/info`, infoV1(info)],
    [`/v2/chains/${hash}/info`, info],
  ]);
  if (documents.has(path)) return { status: 200, document: documents.get(path) };
  return { status: 404, document: { error: "not found" } };
}

/** The newer interface leaves it to its readers to hash the signature. */
function round({ chain, sign }: LocalDrand, asked: string, isV2: boolean, now: Seconds): Answer {
  const latest = firstRoundFrom(chain, seconds(now + 1)) - 1;
  const number = asked === "latest" ? latest : Number(asked);
  if (!Number.isSafeInteger(number) || number < 1)
    return { status: 400, document: { error: "no round" } };
  if (number > latest) return { status: TOO_EARLY, document: { error: "round to come" } };
  const bytes = sign(number);
  const signature = Buffer.from(bytes).toString("hex");
  const randomness = createHash("sha256").update(bytes).digest("hex");
  const document = isV2 ? { signature } : { randomness, signature };
  return { status: 200, document: { round: number, ...document } };
}

function infoV1(info: DrandInfo): Readonly<Record<string, unknown>> {
  const { public_key, period, genesis_time, chain_hash, genesis_seed, scheme, beacon_id } = info;
  return {
    ...{ public_key, period, genesis_time },
    ...{ hash: chain_hash, groupHash: genesis_seed, schemeID: scheme },
    metadata: { beaconID: beacon_id },
  };
}

function close(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => {
    server.close(() => {
      resolve();
    });
  });
}

async function main(): Promise<void> {
  const text = { type: "string" } as const;
  const { values } = parseArgs({ options: { genesis: text, period: text, port: text } });
  const drand = localDrand(
    seconds(Number(values.genesis)),
    seconds(Number(values.period)),
    process.env.WAYBILL_DRAND_SEED === undefined
      ? randomBytes(48)
      : hexToBytes(process.env.WAYBILL_DRAND_SEED),
  );
  const { url, info, close } = await startDrandServer(drand, { port: Number(values.port ?? 0) });
  process.stdout.write(`${JSON.stringify({ url, info })}\n`);
  const stop = (): void => void close();
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
}

if (import.meta.main) await main();
