/** Packets whose creator writes whatever it likes where frames, hop data and payload belong; all MACs are right. */
import { concatBytes } from "../../offchain/core/bytes.ts";
import { chacha20, hmacSha256 } from "../../offchain/core/crypto/index.ts";
import {
  deriveHopSecrets,
  HEADER_LENGTH,
  PAYLOAD_LENGTH,
} from "../../offchain/core/sphinx/index.ts";
import { WAYBILL_ONION } from "../../offchain/core/sphinx/format.ts";
import { writeFrame } from "../../offchain/core/sphinx/hop-frame.ts";
import { payloadKey } from "../../offchain/core/sphinx/hop-keys.ts";
import { lionessEncrypt } from "../../offchain/core/sphinx/lioness.ts";
import { backend } from "../offchain/core/sphinx/nodes.ts";
import { bytesFor } from "../offchain/relay/support/identities.ts";

const { version, routingLength } = WAYBILL_ONION;
const RHO = Buffer.from("rho");
const MU = Buffer.from("mu");
const MAC_LENGTH = 32;

export class PacketSealer {
  readonly #ephemeralKey: Uint8Array;
  readonly #sharedSecret: Uint8Array;

  /** For the node with this packet key. */
  constructor(secretKey: Uint8Array) {
    const [secret] = deriveHopSecrets(backend, bytesFor("session"), [backend.publicKey(secretKey)]);
    if (secret === undefined) throw new Error("one hop has one secret");
    this.#ephemeralKey = secret.ephemeralKey;
    this.#sharedSecret = secret.sharedSecret;
  }

  /** A packet with this inside, routing information and then payload; zeros where it ends early. */
  seal(inside: Uint8Array): Uint8Array {
    const plain = new Uint8Array(routingLength + PAYLOAD_LENGTH);
    plain.set(inside.subarray(0, plain.length));
    const secret = this.#sharedSecret;
    const routing = chacha20(hmacSha256(RHO, secret), plain.subarray(0, routingLength));
    const mac = hmacSha256(hmacSha256(MU, secret), routing);
    const header = concatBytes(Uint8Array.of(version), this.#ephemeralKey, routing, mac);
    if (header.length !== HEADER_LENGTH) throw new Error("a header has its length");
    return concatBytes(header, lionessEncrypt(payloadKey(secret), plain.subarray(routingLength)));
  }
}

/** What `PacketSealer` takes: one hop's frame, for the last node or one before it, and a payload of zeros. */
export function insideOf(hop: Uint8Array, isLast: boolean): Uint8Array {
  const mac = new Uint8Array(MAC_LENGTH).fill(isLast ? 0 : 1);
  const inside = new Uint8Array(routingLength + PAYLOAD_LENGTH);
  writeFrame(inside, hop, mac);
  return inside;
}
