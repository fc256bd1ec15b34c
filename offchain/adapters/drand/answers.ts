/** The documents of drand's two HTTP interfaces, as https://docs.drand.love/developer/http-api describes them. */
import { equalBytes, hexToBytes } from "../../core/bytes.ts";
import { DRAND_SCHEME, type DrandChain, type Round } from "../../core/drand/chain.ts";
import { EndpointFault } from "./fault.ts";

/** Where an interface has its documents, and what it calls a chain's scheme. */
export interface Api {
  readonly chains: string;
  readonly info: (hash: string) => string;
  readonly round: (hash: string, round: Round) => string;
  readonly schemeField: string;
}

/** The newer one first: what serves it serves the older one too. */
export const APIS: readonly Api[] = [
  {
    chains: "v2/chains",
    info: (hash) => `v2/chains/${hash}/info`,
    round: (hash, round) => `v2/chains/${hash}/rounds/${round}`,
    schemeField: "scheme",
  },
  {
    chains: "chains",
    info: (hash) => `${hash}/info`,
    round: (hash, round) => `${hash}/public/${round}`,
    schemeField: "schemeID",
  },
];

/** Hashes of the chains that are served, 64 lower-case hex digits each. */
export function parseChains(document: unknown): readonly string[] {
  const isHash = (value: unknown): value is string =>
    typeof value === "string" && /^[0-9a-f]{64}$/.test(value);
  if (!Array.isArray(document) || !document.every(isHash))
    throw new EndpointFault("malformed", "no list of chains");
  return document;
}

/** Whether the document describes `chain`; a fault when it has the chain's key and says other things of it. */
export function isInfoOf(chain: DrandChain, api: Api, document: unknown): boolean {
  const info = fields(document);
  const key = hex(info.public_key);
  if (key === undefined) throw new EndpointFault("malformed", "no chain info");
  if (!equalBytes(key, chain.publicKey)) return false;
  const wanted = {
    period: chain.period,
    genesis_time: chain.genesis,
    [api.schemeField]: DRAND_SCHEME,
  };
  for (const [name, value] of Object.entries(wanted))
    if (info[name] !== value)
      throw new EndpointFault("other-chain", `${name} ${brief(info[name])}, not ${value}`);
  return true;
}

/** The signature in the document, which says that it is of `round`. */
export function parseRound(round: Round, document: unknown): Uint8Array {
  const { round: got, signature } = fields(document);
  const bytes = hex(signature);
  if (bytes === undefined || typeof got !== "number")
    throw new EndpointFault("malformed", "no round");
  if (got !== round) throw new EndpointFault("wrong-round", `${got}, not ${round}`);
  return bytes;
}

function fields(document: unknown): Readonly<Record<string, unknown>> {
  return typeof document === "object" && document !== null
    ? (document as Readonly<Record<string, unknown>>)
    : {};
}

function hex(value: unknown): Uint8Array | undefined {
  return typeof value === "string" && /^([0-9a-fA-F]{2})+$/.test(value)
    ? hexToBytes(value)
    : undefined;
}

/** A stranger's value, short enough for a log. */
const brief = (value: unknown): string => JSON.stringify(value ?? null).slice(0, 40);
