/** Who pays, and which channel is meant (protocol §3). Mirror of contracts/libraries/ChannelIds.sol. */
import { bytesToHex, hexToBytes } from "../bytes.ts";
import { keccak256 } from "../crypto/hashes.ts";
import {
  type Address,
  type ChannelId,
  channelId,
  type PayerId,
  payerId,
  type RelayId,
} from "../units.ts";

const text = new TextEncoder();
const RELAY_PAYER_TAG = text.encode("waybill relay payer");
const CHANNEL_TAG = text.encode("waybill channel");

/** The payer that an account is: its address, padded on the left to 32 bytes. */
export function accountPayerId(account: Address): PayerId {
  return payerId(`0x${account.slice(2).padStart(64, "0")}`);
}

/** The payer that a relay is; two relays of one owner are two payers. */
export function relayPayerId(relay: RelayId): PayerId {
  return payerId(bytesToHex(keccak256(RELAY_PAYER_TAG, hexToBytes(relay))));
}

/** The channel from `payer` to `relay` whose tickets `ticketSigner` signs. */
export function channelIdOf(payer: PayerId, ticketSigner: Address, relay: RelayId): ChannelId {
  const hash = keccak256(
    CHANNEL_TAG,
    hexToBytes(payer),
    hexToBytes(ticketSigner),
    hexToBytes(relay),
  );
  return channelId(bytesToHex(hash));
}
