/** One relay as its events tell it. */
import { hexToBytes } from "../core/bytes.ts";
import { WaybillError } from "../core/errors.ts";
import type { Address, Amount, Epoch, Era, PeerId } from "../core/units.ts";
import type { ChainEvent } from "../ports/events.ts";
import type { RelayRecord } from "../ports/network.ts";

export interface RelayState extends RelayRecord {
  readonly recipient: Address;
  /** What its agent may move from earnings into channels in one epoch. */
  readonly allowance: Amount;
  readonly activeFrom: Era;
  /** Since when it is out of the sets for what it missed; undefined again once it has returned. */
  readonly jailed: { readonly fromEra: Era } | undefined;
  readonly left: { readonly activeUntil: Era; readonly bondFreeEpoch: Epoch } | undefined;
  /** Eras whose misses were reported, the latest few, oldest first: none is reported twice. */
  readonly blamed: readonly Era[];
  /** It left by the others' votes. */
  readonly ejected: boolean;
  readonly bonded: boolean;
}

export type RelayStatus = "joined" | "jailed" | "leaving" | "withdrawn";

/** As the registry has it: a jailed relay that leaves is leaving. */
export function statusOf({ bonded, left, jailed }: RelayState): RelayStatus {
  if (!bonded) return "withdrawn";
  if (left !== undefined) return "leaving";
  return jailed === undefined ? "joined" : "jailed";
}

export type RelayEvent = Extract<
  ChainEvent,
  { kind: `relay-${string}` | "packet-key-changed" | "bond-withdrawn" | "misses-reported" }
>;

/** More than the eras whose misses can still be reported. */
const BLAMES_KEPT = 8;

/** Throws CHAIN_HISTORY_GAP for an event of a relay that never joined. */
export function changedRelay(before: RelayState | undefined, event: RelayEvent): RelayState {
  if (event.kind === "relay-joined") return joined(event);
  if (before === undefined)
    throw new WaybillError("CHAIN_HISTORY_GAP", { what: `${event.kind} of ${event.relay}` });
  switch (event.kind) {
    case "relay-announced":
      return { ...before, multiaddr: event.multiaddr, peer: peerOf(event.multiaddr) };
    case "packet-key-changed":
      return {
        ...before,
        packetKeys: [
          ...before.packetKeys,
          { key: hexToBytes(event.packetKey), effectiveFrom: event.effectiveFrom },
        ],
      };
    case "relay-agent-changed":
      return { ...before, agent: event.agent };
    case "relay-recipient-changed":
      return { ...before, recipient: event.recipient };
    case "relay-allowance-changed":
      return { ...before, allowance: event.allowance };
    case "relay-left":
      return {
        ...before,
        left: { activeUntil: event.activeUntil, bondFreeEpoch: event.bondFreeEpoch },
      };
    case "relay-jailed":
      return { ...before, jailed: { fromEra: event.fromEra } };
    case "relay-returned":
      return { ...before, jailed: undefined };
    case "misses-reported":
      return { ...before, blamed: [...before.blamed, event.era].slice(-BLAMES_KEPT) };
    case "relay-ejected":
      return { ...before, ejected: true };
    case "bond-withdrawn":
      return { ...before, bonded: false };
  }
}

function joined(event: Extract<RelayEvent, { kind: "relay-joined" }>): RelayState {
  return {
    id: event.relay,
    owner: event.owner,
    agent: event.agent,
    recipient: event.recipient,
    vrfKey: hexToBytes(event.vrfKey),
    packetKeys: [],
    multiaddr: "",
    peer: undefined,
    allowance: 0n as Amount,
    activeFrom: event.activeFrom,
    jailed: undefined,
    left: undefined,
    ejected: false,
    blamed: [],
    bonded: true,
  };
}

/** The peer id at the end of a multiaddr: `…/p2p/<peer id>`. */
function peerOf(multiaddr: string): PeerId | undefined {
  const match = /\/p2p\/([1-9A-HJ-NP-Za-km-z]+)$/.exec(multiaddr);
  return match?.[1] as PeerId | undefined;
}
