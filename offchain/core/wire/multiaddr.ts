/**
 * Announced addresses. Anyone can announce anything, so only what names a host, a TCP port and the peer to be
 * found there, and nothing else, is ever dialled. And those that a relay listens on.
 */
import type { PeerId } from "../units.ts";

const ADDRESS = /^\/(ip4|ip6|dns|dns4|dns6)\/([^/]+)\/tcp\/([1-9]\d{0,4})\/p2p\/([^/]+)$/;
const LISTENING = /^\/(ip4|ip6)\/([^/]+)\/tcp\/(0|[1-9]\d{0,4})$/;
const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i;
const LONGEST_NAME = 253;
const LARGEST_PORT = 65_535;

/** Whether `text` is `/ip4|ip6|dns|dns4|dns6/<host>/tcp/<port>/p2p/<peer>`. */
export function isTcpAddress(text: string, peer: PeerId): boolean {
  const [, kind, host = "", port = "", named] = ADDRESS.exec(text) ?? [];
  if (named !== peer || Number(port) > LARGEST_PORT) return false;
  if (kind === "ip4") return isIp4(host);
  return kind === "ip6" ? isIp6(host) : isName(host);
}

/** Whether `text` is `/ip4|ip6/<address>/tcp/<port>`; port 0 is any free one. */
export function isListenAddress(text: string): boolean {
  const [, kind, host = "", port = ""] = LISTENING.exec(text) ?? [];
  if (kind === undefined || Number(port) > LARGEST_PORT) return false;
  return kind === "ip4" ? isIp4(host) : isIp6(host);
}

function isIp4(host: string): boolean {
  const bytes = host.split(".");
  return bytes.length === 4 && bytes.every((one) => /^(0|[1-9]\d{0,2})$/.test(one) && +one < 256);
}

/** Eight groups of hexadecimal digits; once, "::" stands for groups of zeros. */
function isIp6(host: string): boolean {
  const halves = host.split("::").map((half) => (half === "" ? [] : half.split(":")));
  const groups = halves.flat();
  if (!groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return false;
  return halves.length === 1 ? groups.length === 8 : halves.length === 2 && groups.length < 8;
}

const isName = (host: string): boolean =>
  host.length <= LONGEST_NAME && host.split(".").every((label) => LABEL.test(label));
