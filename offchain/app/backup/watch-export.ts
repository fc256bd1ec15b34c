/**
 * What another machine needs to redeem for a relay, and nothing else (docs/decisions/0041-watching.md): the
 * agent's account, the winners, and for each of their epochs the one VRF proof that redeeming shows. Not the
 * VRF key, nor the network identity, the ticket signer or any packet key.
 */
import { bytesToHex, hexToBytes, type Hex } from "../../core/bytes.ts";
import { WaybillError } from "../../core/errors.ts";
import {
  amount,
  channelId,
  epoch as toEpoch,
  generation,
  relayId,
  ticketIndex,
  winProb,
  type Address,
  type Epoch,
  type RelayId,
} from "../../core/units.ts";
import { ticketAlpha } from "../../core/vrf/alpha.ts";
import type { Store, WinnerState, WinningTicket } from "../../ports/store.ts";
import { proveOnChain, type Identity } from "../identity.ts";

export interface WatchExport {
  readonly relay: RelayId;
  /** 64 bytes x ‖ y. */
  readonly vrfKey: Uint8Array;
  /** The agent's private key, 32 bytes. */
  readonly agentKey: Uint8Array;
  readonly epochs: readonly {
    readonly epoch: Epoch;
    readonly vrfProof: Uint8Array;
    readonly winners: readonly WinningTicket[];
  }[];
}

const UNPAID: readonly WinnerState[] = ["won", "submitted"];
/** Setting of the database that holds the relay's id. */
export const RELAY_META = "relay";

/** Everything that is won and not paid; an epoch's proof is made although it may still run. */
export async function watchExport(
  store: Pick<Store, "winners" | "getMeta">,
  identity: Identity,
  deployment: { readonly chainId: bigint; readonly channels: Address },
): Promise<WatchExport> {
  const known = await store.getMeta(RELAY_META);
  if (known === undefined)
    throw new WaybillError("BACKUP_INCOMPLETE", { got: "a database in which no relay has run" });
  const relay = relayId(known);
  const { chainId, channels } = deployment;
  const epochs = [];
  for (const epoch of await store.winners.epochs(UNPAID))
    epochs.push({
      epoch,
      vrfProof: proveOnChain(identity, ticketAlpha(chainId, channels, relay, epoch)),
      winners: await store.winners.list(epoch, UNPAID),
    });
  return { relay, vrfKey: identity.vrfPublicKey, agentKey: identity.keys.agent, epochs };
}

interface WinnerJson {
  readonly channel: string;
  readonly generation: number;
  readonly index: number;
  readonly amount: string;
  readonly winProb: string;
  readonly response: Hex;
  readonly signature: Hex;
  readonly proof: readonly Hex[];
}

export function encodeWatchExport(watch: WatchExport): Uint8Array {
  const { relay, vrfKey, agentKey, epochs } = watch;
  const json = {
    relay,
    vrfKey: bytesToHex(vrfKey),
    agentKey: bytesToHex(agentKey),
    epochs: epochs.map(({ epoch, vrfProof, winners }) => ({
      epoch,
      vrfProof: bytesToHex(vrfProof),
      winners: winners.map((ticket): WinnerJson => ({
        channel: ticket.channel,
        generation: ticket.generation,
        index: ticket.index,
        amount: ticket.amount.toString(),
        winProb: ticket.winProb.toString(),
        response: bytesToHex(ticket.response),
        signature: bytesToHex(ticket.signature),
        proof: ticket.proof.map(bytesToHex),
      })),
    })),
  };
  return new TextEncoder().encode(JSON.stringify(json));
}

/** Throws BACKUP_INCOMPLETE; no error carries any of it. */
export function decodeWatchExport(bytes: Uint8Array): WatchExport {
  try {
    const json = JSON.parse(new TextDecoder().decode(bytes)) as {
      readonly relay: string;
      readonly vrfKey: Hex;
      readonly agentKey: Hex;
      readonly epochs: readonly {
        readonly epoch: number;
        readonly vrfProof: Hex;
        readonly winners: readonly WinnerJson[];
      }[];
    };
    return {
      relay: relayId(json.relay),
      vrfKey: hexToBytes(json.vrfKey),
      agentKey: hexToBytes(json.agentKey),
      epochs: json.epochs.map(({ epoch, vrfProof, winners }) => ({
        epoch: toEpoch(epoch),
        vrfProof: hexToBytes(vrfProof),
        winners: winners.map((ticket) => toWinner(ticket, toEpoch(epoch))),
      })),
    };
  } catch {
    throw new WaybillError("BACKUP_INCOMPLETE", { what: "watch", got: "an unreadable part" });
  }
}

const toWinner = (ticket: WinnerJson, epoch: Epoch): WinningTicket => ({
  channel: channelId(ticket.channel),
  generation: generation(ticket.generation),
  epoch,
  index: ticketIndex(ticket.index),
  amount: amount(BigInt(ticket.amount)),
  winProb: winProb(BigInt(ticket.winProb)),
  response: hexToBytes(ticket.response),
  signature: hexToBytes(ticket.signature),
  proof: ticket.proof.map(hexToBytes),
});
