import type { RelayId } from "../../core/units.ts";
import type { Log } from "../../ports/log.ts";
import { AttemptLog } from "../../settlement/attempts.ts";
import type { Outbox } from "../../settlement/outbox.ts";
import type { Node } from "../node.ts";
import { reachOf, unreachable, type Reach } from "./addresses.ts";

/** The farther an address reaches the better. */
const REACHES: readonly Reach[] = ["everywhere", "private network", "this machine"];

/**
 * What to announce of the addresses under which a relay listens: the one that most can dial. A relay that listens
 * on all interfaces has its own machine's first.
 */
export function addressToAnnounce(listening: readonly string[]): string | undefined {
  const [first] = REACHES.flatMap((reach) =>
    listening.filter((multiaddr) => reachOf(multiaddr) === reach),
  );
  return first;
}

/** Says once of an address that it is announced to those who cannot dial it. */
export function warnOfReach(log: Log, multiaddr: string | undefined, chainId: bigint): void {
  const why = multiaddr === undefined ? "there is none" : unreachable(multiaddr, chainId);
  if (why !== undefined)
    log.warn(
      "others cannot dial the address that this relay announces; set --announce to one that they can, " +
        "such as /dns4/relay.example/tcp/4020",
      { address: multiaddr ?? "none", why },
    );
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
