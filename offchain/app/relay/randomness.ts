/** Where a relay gets the drand rounds that it brings to the beacon. */
import { drandClient, requireUrls } from "../../adapters/drand/client.ts";
import { equalBytes } from "../../core/bytes.ts";
import type { DrandChain } from "../../core/drand/chain.ts";
import { QUICKNET } from "../../core/drand/quicknet.ts";
import { WaybillError } from "../../core/errors.ts";
import type { Randomness } from "../../ports/randomness.ts";
import type { Node } from "../node.ts";
import { urlList } from "../settings.ts";

/** Of quicknet, by different operators; https://docs.drand.love/developer/http-api lists them. */
const PUBLIC_ENDPOINTS = [
  "https://api.drand.sh",
  "https://drand.cloudflare.com",
  "https://api2.drand.sh",
  "https://api3.drand.sh",
];

/**
 * Undefined where the network's beacon takes no rounds.
 * @throws WaybillError OPTION_INVALID when no endpoint is named and the chain has no public one
 */
export function openRandomness(
  { view, clock, log }: Pick<Node, "view" | "clock" | "log">,
  urls: readonly string[],
): Randomness | undefined {
  const { drand } = view.params;
  if (drand === undefined) {
    if (urls.length > 0)
      log.warn("this network's beacon takes no drand rounds; --drand-url is not used");
    return undefined;
  }
  return drandClient({
    urls: drandEndpoints(drand.chain, urls),
    chain: drand.chain,
    clock,
    log: log.child("drand"),
  });
}

/**
 * A commander parser for endpoints of drand.
 * @throws WaybillError DRAND_URL_INVALID
 */
export function drandUrls(text: string, earlier?: readonly string[]): readonly string[] {
  const urls = urlList(text, earlier);
  requireUrls(urls);
  return urls;
}

/** Those that are named, else the chain's public ones; throws OPTION_INVALID when there are neither. */
export const drandEndpoints = (chain: DrandChain, urls: readonly string[]): readonly string[] =>
  urls.length > 0 ? urls : publicEndpoints(chain);

function publicEndpoints(chain: DrandChain): readonly string[] {
  if (!equalBytes(chain.publicKey, QUICKNET.publicKey))
    throw new WaybillError("OPTION_INVALID", {
      what: "--drand-url",
      got: "none",
      allowed: "an endpoint of this network's own drand chain",
    });
  return PUBLIC_ENDPOINTS;
}
