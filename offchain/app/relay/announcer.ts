import type { RelayId } from "../../core/units.ts";
import { AttemptLog } from "../../settlement/attempts.ts";
import type { Outbox } from "../../settlement/outbox.ts";
import type { Node } from "../node.ts";

/**
 * What to announce of the addresses under which a relay listens: one that other machines can dial, if there is
 * one. A relay that listens on all interfaces has its own machine's first.
 */
export function addressToAnnounce(listening: readonly string[]): string | undefined {
  const isLocal = (multiaddr: string): boolean => /^\/ip4\/127\.|^\/ip6\/::1\//.test(multiaddr);
  return listening.find((multiaddr) => !isLocal(multiaddr)) ?? listening[0];
}

/** Keeps the announced address equal to the one under which the relay can be dialled. */
export class Announcer {
  readonly #node: Node;
  readonly #self: RelayId;
  readonly #outbox: Outbox;
  readonly #address: string | undefined;
  readonly #attempts: AttemptLog;

  constructor(node: Node, self: RelayId, outbox: Outbox, address: string | undefined) {
    this.#node = node;
    this.#self = self;
    this.#outbox = outbox;
    this.#address = address;
    this.#attempts = new AttemptLog(outbox, node.view);
  }

  async step(): Promise<void> {
    const { view, chain } = this.#node;
    if (this.#address === undefined || view.relay(this.#self)?.multiaddr === this.#address) return;
    const { underWay, resting, nextKey } = await this.#attempts.of(`announce:${this.#address}`);
    if (!underWay && !resting)
      await this.#outbox.intend(nextKey, chain.calls.announce(this.#self, this.#address));
  }
}
