/** The deployment file: where a network's contracts are. scripts/deploy.ts writes it, the agent reads it. */
import { WaybillError } from "./errors.ts";
import { type Address, address } from "./units.ts";

export interface Deployment {
  readonly chainId: bigint;
  /** No contract of the network has an event before this block. */
  readonly block: number;
  readonly token: Address;
  readonly beacon: Address;
  readonly registry: Address;
  readonly channels: Address;
  /** Where lottery rewards come from, and the lottery; neither in a network without one. */
  readonly rewards?: Address;
  readonly lottery?: Address;
  /** Where the beacon's values come from; unknown in files of early versions. */
  readonly randomness?: DeploymentRandomness;
}

export type DeploymentRandomness =
  | { readonly kind: "blockhash" }
  | {
      readonly kind: "drand";
      /** Of the drand chain, 96 bytes in hex: nobody else can sign its rounds. */
      readonly publicKey: string;
      /** Endpoints to begin with. */
      readonly urls?: readonly string[];
    };

/** The file's text, one JSON object; numbers that may grow are decimal strings. */
export function formatDeployment(deployment: Deployment): string {
  const { chainId, ...others } = deployment;
  const { block, token, beacon, registry, channels, rewards, lottery, randomness } = others;
  const content = {
    chainId: chainId.toString(),
    ...{ block, token, beacon, registry, channels, rewards, lottery, randomness },
  };
  return `${JSON.stringify(content, undefined, 2)}\n`;
}

/**
 * The deployment that a file's text describes; fields that it does not know are ignored.
 * @throws WaybillError DEPLOYMENT_FILE_INVALID when it is no JSON, or a field is missing or malformed
 */
export function parseDeployment(text: string): Deployment {
  try {
    const content = JSON.parse(text) as Record<string, unknown>;
    return {
      chainId: BigInt(field(content, "chainId", /^[1-9]\d*$/)),
      block: Number(field(content, "block", /^\d{1,15}$/)),
      token: address(field(content, "token", /^0x/)),
      beacon: address(field(content, "beacon", /^0x/)),
      registry: address(field(content, "registry", /^0x/)),
      channels: address(field(content, "channels", /^0x/)),
      ...optionalAddress(content, "rewards"),
      ...optionalAddress(content, "lottery"),
      ...optionalRandomness(content.randomness),
    };
  } catch (cause) {
    if (cause instanceof WaybillError && cause.code === "DEPLOYMENT_FILE_INVALID") throw cause;
    throw new WaybillError("DEPLOYMENT_FILE_INVALID", { cause });
  }
}

function optionalAddress<Name extends string>(
  content: Record<string, unknown>,
  name: Name,
): { readonly [Field in Name]?: Address } {
  if (content[name] === undefined) return {};
  return { [name]: address(field(content, name, /^0x/)) } as { [Field in Name]?: Address };
}

function optionalRandomness(value: unknown): Pick<Deployment, "randomness"> {
  if (value === undefined) return {};
  if (typeof value !== "object" || value === null)
    throw malformed("randomness", value, "an object");
  const content = value as Record<string, unknown>;
  const kind = field(content, "kind", /^(?:blockhash|drand)$/);
  if (kind === "blockhash") return { randomness: { kind } };
  const publicKey = field(content, "publicKey", /^0x[0-9a-f]{192}$/i);
  const { urls } = content;
  if (urls === undefined) return { randomness: { kind: "drand", publicKey } };
  if (!Array.isArray(urls) || !urls.every((url) => typeof url === "string"))
    throw malformed("urls", urls, "a list of texts");
  return { randomness: { kind: "drand", publicKey, urls } };
}

const malformed = (what: string, value: unknown, allowed: string): WaybillError =>
  new WaybillError("DEPLOYMENT_FILE_INVALID", { what, got: typeof value, allowed });

function field(content: Record<string, unknown>, name: string, form: RegExp): string {
  const value = content[name];
  const text = typeof value === "string" || typeof value === "number" ? String(value) : undefined;
  if (text === undefined || !form.test(text))
    throw new WaybillError("DEPLOYMENT_FILE_INVALID", {
      what: name,
      got: text ?? typeof value,
      allowed: String(form),
    });
  return text;
}
