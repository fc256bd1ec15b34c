import { encodeDelivery } from "../core/wire/encode.ts";
import type { Framed, Framer, QueuedPacket } from "./framer.ts";

/** Numbers the packets that go to one peer without tickets; the numbers mean nothing beyond the connection. */
export class DeliveryFramer implements Framer {
  #last = 0;

  frame(batch: readonly QueuedPacket[]): Promise<Framed> {
    const indexes = batch.map(() => ++this.#last);
    const bytes = encodeDelivery({
      sequences: indexes,
      packets: batch.map((queued) => queued.packet),
    });
    return Promise.resolve({ bytes, indexes });
  }
}
