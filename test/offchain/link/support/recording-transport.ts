import { WaybillError } from "../../../../offchain/core/errors.ts";
import type { PeerId } from "../../../../offchain/core/units.ts";
import { decodeFrame } from "../../../../offchain/core/wire/decode.ts";
import type { Frame } from "../../../../offchain/core/wire/frames.ts";
import type { SendResult, Transport } from "../../../../offchain/ports/transport.ts";

/** Connected to everyone, delivers to no one: the test looks at what was sent and answers itself. */
export class RecordingTransport implements Transport {
  readonly self: PeerId;
  readonly sent: { readonly peer: PeerId; readonly frame: Frame }[] = [];
  /** What `send` answers; only "queued" frames count as sent. */
  answer: SendResult = "queued";
  /** Keeps nothing of what is sent, for tests of memory. */
  forgetful = false;

  constructor(self: PeerId) {
    this.self = self;
  }

  send(peer: PeerId, bytes: Uint8Array): SendResult {
    if (this.answer !== "queued" || this.forgetful) return this.answer;
    const frame = decodeFrame(bytes);
    if (frame === undefined) throw new Error("a malformed frame was sent");
    this.sent.push({ peer, frame });
    return "queued";
  }

  isConnected(): boolean {
    return this.answer !== "disconnected";
  }

  addresses = (): readonly string[] => [];
  start = (): Promise<void> => Promise.resolve();
  stop = (): Promise<void> => Promise.resolve();
  connect: Transport["connect"] = () => Promise.resolve();
  request = (): Promise<Uint8Array> => Promise.reject(new WaybillError("TRANSPORT_NO_ANSWER"));
  disconnect = (): Promise<void> => Promise.resolve();
  peers = (): readonly PeerId[] => [];
}
