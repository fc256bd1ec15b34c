/** One drand endpoint: finds the network's chain among those that it serves, then fetches rounds of it. */
import type { DrandChain, Round } from "../../core/drand/chain.ts";
import { verifyRound } from "../../core/drand/round.ts";
import { hasCode } from "../../core/errors.ts";
import { type Api, APIS, isInfoOf, parseChains, parseRound } from "./answers.ts";
import { EndpointFault } from "./fault.ts";
import { getJson, type GetOptions } from "./get-json.ts";

/** Chains that are looked at; public endpoints serve three. */
const MAX_CHAINS = 32;
/** What endpoints say of rounds to come; Too Early is the documented one. */
const NOT_YET: readonly (number | undefined)[] = [404, 425];

/** Where this endpoint has the chain. */
interface Place {
  readonly api: Api;
  readonly hash: string;
}

export class Endpoint {
  /** Host and port: what may be shown of the URL. */
  readonly name: string;
  readonly #base: URL;
  readonly #chain: DrandChain;
  readonly #options: GetOptions;
  #place: Place | undefined;

  constructor(url: string, chain: DrandChain, options: GetOptions) {
    const base = new URL(url);
    if (!base.pathname.endsWith("/")) base.pathname += "/";
    this.name = base.host;
    this.#base = base;
    this.#chain = chain;
    this.#options = options;
  }

  /** The round's verified signature, undefined while it is not out; rejects with an EndpointFault. */
  async round(round: Round): Promise<Uint8Array | undefined> {
    this.#place ??= await this.#find();
    const { api, hash } = this.#place;
    let document: unknown;
    try {
      document = await this.#get(api.round(hash, round));
    } catch (error) {
      if (error instanceof EndpointFault && NOT_YET.includes(error.status)) return undefined;
      throw error;
    }
    const signature = parseRound(round, document);
    try {
      verifyRound(this.#chain, round, signature);
    } catch (error) {
      if (!hasCode(error, "DRAND_ROUND_INVALID")) throw error;
      throw new EndpointFault("bad-signature", `round ${round}`);
    }
    return signature;
  }

  async #find(): Promise<Place> {
    let most: number | undefined;
    let refusal: EndpointFault | undefined;
    for (const api of APIS) {
      try {
        const hashes = parseChains(await this.#get(api.chains)).slice(0, MAX_CHAINS);
        most = Math.max(hashes.length, most ?? 0);
        for (const hash of hashes) if (await this.#isChain(api, hash)) return { api, hash };
      } catch (error) {
        // Few endpoints have both interfaces.
        if (!(error instanceof EndpointFault) || error.kind !== "refused") throw error;
        refusal = error;
      }
    }
    if (most === undefined && refusal !== undefined) throw refusal;
    throw new EndpointFault("other-chain", `none of its ${most ?? 0} chains has the key`);
  }

  async #isChain(api: Api, hash: string): Promise<boolean> {
    return isInfoOf(this.#chain, api, await this.#get(api.info(hash)));
  }

  #get(path: string): Promise<unknown> {
    const url = new URL(path, this.#base);
    url.search = this.#base.search;
    return getJson(url, this.#options);
  }
}
