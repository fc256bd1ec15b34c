/** Where the API listens, and under which names it may be asked. */
import { isIP } from "node:net";

import { WaybillError } from "../../core/errors.ts";

/** Where commands find the agent of a data folder. */
export const ADDRESS_FILE = "api-address";

export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/**
 * "127.0.0.1:4021" or "[::1]:0". Other addresses than the machine's own are refused unless `names` says under
 * which names others ask: those names are then the only ones besides the machine's own.
 * @throws WaybillError OPTION_INVALID
 */
export function parseListen(text: string, names: readonly string[] = []): ListenAddress {
  const match = /^(?:\[([0-9a-fA-F:]+)\]|([^\s:[\]]+)):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2] ?? "";
  const port = Number(match?.[3]);
  if (match === null || isIP(host) === 0 || port > 65_535)
    throw new WaybillError("OPTION_INVALID", {
      what: "--api-listen",
      got: text,
      allowed: "an IP address and a port, such as 127.0.0.1:4021 or [::1]:0",
    });
  if (!isLoopback(host) && names.length === 0)
    throw new WaybillError("OPTION_INVALID", {
      what: "--api-listen",
      got: text,
      allowed: "127.0.0.1 or [::1]; other addresses only together with --api-host",
    });
  return { host, port };
}

const isLoopback = (host: string): boolean => /^127\./.test(host) || host === "::1";

/** "name:port", as a Host header has it. @throws WaybillError OPTION_INVALID */
export function parseHost(text: string): string {
  if (!/^[a-z0-9.-]+(:\d{1,5})?$/i.test(text))
    throw new WaybillError("OPTION_INVALID", {
      what: "--api-host",
      got: text,
      allowed: "a name and a port as clients write them, such as relay.internal:4021",
    });
  return text.toLowerCase();
}

/** Where this machine asks. A server that listens on every address of a kind has none of its own. */
export function askedAt({ host, port }: ListenAddress): ListenAddress {
  if (!/^[0:.]+$/.test(host)) return { host, port };
  return { host: isIP(host) === 6 ? "::1" : "127.0.0.1", port };
}

/** The Host headers that a server on this port answers to. A page that rebinds its own name to this machine has another. */
export function ownHosts(port: number, names: readonly string[] = []): ReadonlySet<string> {
  const local = ["127.0.0.1", "localhost", "[::1]"];
  const bare = port === 80 ? local : [];
  return new Set([...local.map((name) => `${name}:${port}`), ...bare, ...names]);
}

export const urlOf = ({ host, port }: ListenAddress): string =>
  `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
