/** Requests and answers of an in-memory node: bounded like those over libp2p, late or lost like its frames. */
import { WaybillError } from "../../core/errors.ts";
import { Slots } from "../../core/requests/slots.ts";
import type { PeerId } from "../../core/units.ts";
import type { RequestOptions } from "../../ports/transport.ts";
import type { MemoryHub } from "./hub.ts";

const REQUESTS = 64;

type RequestHandler = (peer: PeerId, request: Uint8Array) => Promise<Uint8Array | undefined>;

export class MemoryRequests {
  readonly #hub: MemoryHub;
  readonly #asked: Slots<PeerId>;
  readonly #handled: Slots<PeerId>;
  /** What ends a request without an answer, and whom it asks. */
  readonly #waiting = new Map<(got: string) => void, PeerId>();

  constructor(hub: MemoryHub) {
    this.#hub = hub;
    this.#asked = new Slots(hub.requestsPerPeer, REQUESTS);
    this.#handled = new Slots(hub.requestsPerPeer, REQUESTS);
  }

  /** A slot for a request to `peer`; what it returns gives the slot back. */
  reserve(peer: PeerId): () => void {
    const release = this.#asked.take(peer);
    if (release === undefined)
      throw new WaybillError("TRANSPORT_BUSY", { got: `${this.#asked.count} under way` });
    return release;
  }

  /** `answer` is what the other node does with the bytes. */
  ask(
    peer: PeerId,
    answer: (request: Uint8Array) => Promise<Uint8Array | undefined>,
    request: Uint8Array,
    { timeout, maxAnswer }: RequestOptions,
  ): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      const end = (): void => {
        cancel();
        this.#waiting.delete(fail);
      };
      const fail = (got: string): void => {
        end();
        reject(new WaybillError("TRANSPORT_NO_ANSWER", { got }));
      };
      const cancel = this.#hub.clock.after(timeout, () => {
        this.#waiting.delete(fail);
        reject(new WaybillError("TRANSPORT_TIMEOUT", { allowed: `${timeout} ms` }));
      });
      this.#waiting.set(fail, peer);
      this.#later(() => {
        void answer(request.slice()).then((bytes) => {
          this.#later(() => {
            if (bytes === undefined) fail("refused");
            else if (bytes.length === 0) fail("malformed-frame");
            else if (bytes.length > maxAnswer) fail("oversized-frame");
            else {
              end();
              resolve(bytes.slice());
            }
          });
        });
      });
    });
  }

  /** Runs the handler for a peer. Never rejects. */
  async answer(
    peer: PeerId,
    request: Uint8Array,
    handler: RequestHandler,
  ): Promise<Uint8Array | undefined> {
    const release = this.#handled.take(peer);
    if (release === undefined) return undefined;
    try {
      return await handler(peer, request);
    } catch {
      return undefined;
    } finally {
      release();
    }
  }

  /** Ends what waits for an answer of `peer`. */
  lost(peer: PeerId): void {
    for (const [fail, asked] of [...this.#waiting]) if (asked === peer) fail("ended");
  }

  #later(run: () => void): void {
    const delay = this.#hub.fate();
    if (delay !== undefined) this.#hub.clock.after(delay, run);
  }
}
