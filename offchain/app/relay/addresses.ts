/** Addresses of a relay as its operator names them: where it listens, and where others dial it. */
import { BlockList } from "node:net";

import { WaybillError } from "../../core/errors.ts";
import type { PeerId } from "../../core/units.ts";
import { isListenAddress, isTcpAddress } from "../../core/wire/multiaddr.ts";
import { isLocalChain } from "../report/figures.ts";

/** From where an address can be dialled. */
export type Reach = "everywhere" | "private network" | "this machine" | "nowhere";

const EXAMPLE = "/dns4/relay.example/tcp/4020";
const FROM = { "private network": "its own private network", "this machine": "its own machine" };
const NAMED_PEER = /\/p2p\/([^/]*)$/;

const ADDRESSES: readonly (readonly [Reach, BlockList])[] = [
  ["nowhere", blocks(["0.0.0.0/8", "224.0.0.0/3"], ["::/128", "ff00::/8"])],
  ["this machine", blocks(["127.0.0.0/8"], ["::1/128"])],
  [
    "private network",
    blocks(
      ["10.0.0.0/8", "100.64.0.0/10", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"],
      ["fc00::/7", "fe80::/10"],
    ),
  ],
];

/** A commander parser for where a relay listens. */
export function listenAddress(what: string): (text: string) => string {
  return (text) => {
    if (isListenAddress(text)) return text;
    throw new WaybillError("OPTION_INVALID", {
      what,
      got: text,
      allowed:
        "/ip4/ or /ip6/ and an address of this machine, /tcp/ and a port, such as /ip4/0.0.0.0/tcp/4020",
    });
  };
}

/**
 * `text` as it is announced: with the relay's own peer id at its end. While `peer` is not known yet, whichever is
 * named passes.
 * @throws WaybillError OPTION_INVALID for what nobody would dial, and for another peer's address
 */
export function announcedAddress(what: string, text: string, peer: PeerId | undefined): string {
  const own = peer ?? ((NAMED_PEER.exec(text)?.[1] ?? "unknown") as PeerId);
  const whole = withPeer(text, own);
  if (isTcpAddress(whole, own) && reachOf(whole) !== "nowhere") return whole;
  const end = peer === undefined ? "/p2p/ and this node's peer id" : `/p2p/${peer}`;
  throw new WaybillError("OPTION_INVALID", {
    what,
    got: text,
    allowed: `/ip4/, /ip6/ or /dns4/ and a host that others reach, /tcp/ and a port, such as ${EXAMPLE}; ${end} may follow, and nothing else`,
  });
}

/** With the peer at its end unless it has one there. */
export const withPeer = (text: string, peer: PeerId): string =>
  NAMED_PEER.test(text) ? text : `${text}/p2p/${peer}`;

/** Of a multiaddr, by its host alone. */
export function reachOf(multiaddr: string): Reach {
  const [, kind, host = ""] = /^\/(ip4|ip6|dns[46]?)\/([^/]+)\//.exec(multiaddr) ?? [];
  if (kind === undefined) return "nowhere";
  if (kind.startsWith("dns")) return reachOfName(host.toLowerCase());
  const family = kind === "ip4" ? "ipv4" : "ipv6";
  return ADDRESSES.find(([, list]) => list.check(host, family))?.[0] ?? "everywhere";
}

/**
 * Why others on the network of that chain cannot dial an address; undefined where they can, and on a chain of
 * one's own, where all may be on one machine.
 */
export function unreachable(multiaddr: string, chainId: bigint): string | undefined {
  const reach = reachOf(multiaddr);
  if (reach === "everywhere") return undefined;
  if (reach === "nowhere") return "nobody can dial it";
  return isLocalChain(chainId) ? undefined : `it can be dialled from ${FROM[reach]} only`;
}

function reachOfName(name: string): Reach {
  if (/(^|\.)localhost$/.test(name)) return "this machine";
  return !name.includes(".") || /\.(local|internal|home\.arpa)$/.test(name)
    ? "private network"
    : "everywhere";
}

function blocks(ip4: readonly string[], ip6: readonly string[]): BlockList {
  const list = new BlockList();
  for (const [family, subnets] of [["ipv4", ip4] as const, ["ipv6", ip6] as const])
    for (const subnet of subnets) {
      const [net = "", prefix] = subnet.split("/");
      list.addSubnet(net, Number(prefix), family);
    }
  return list;
}
