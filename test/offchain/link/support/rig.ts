/** A node with one paid link to a relay, on a clock that the test moves. */
import { ManualClock } from "../../../../offchain/adapters/memory/clock.ts";
import { silentLog } from "../../../../offchain/adapters/system/log.ts";
import { MemoryNetwork } from "../../../../offchain/adapters/memory/network.ts";
import { seededRandom } from "../../../../offchain/adapters/memory/random.ts";
import { memoryStore } from "../../../../offchain/adapters/memory/store.ts";
import { PACKET_LENGTH } from "../../../../offchain/core/sphinx/format.ts";
import { accountPayerId } from "../../../../offchain/core/tickets/index.ts";
import { millis } from "../../../../offchain/core/units.ts";
import type { ChannelId } from "../../../../offchain/core/units.ts";
import type { PacketsFrame } from "../../../../offchain/core/wire/frames.ts";
import { LinkSender } from "../../../../offchain/link/link-sender.ts";
import type { RelayRoute } from "../../../../offchain/link/link-sender.ts";
import { awaitAck } from "../../../../offchain/link/outcome.ts";
import type { LinkOutcome } from "../../../../offchain/link/outcome.ts";
import type { IndexStore } from "../../../../offchain/ports/store.ts";
import {
  addressFor,
  backend,
  bytesFor,
  peerFor,
  relayIdFor,
} from "../../relay/support/identities.ts";
import { RecordingTransport } from "./recording-transport.ts";

const TICKET_KEY = bytesFor("ticket key of the link's payer");
export const SIGNER = addressFor(TICKET_KEY);

export class LinkRig {
  readonly clock = new ManualClock(millis(30_000));
  readonly network = new MemoryNetwork(this.clock, millis(50));
  readonly transport = new RecordingTransport(peerFor("payer"));
  readonly peer = peerFor("next");
  readonly route: RelayRoute & { readonly channel: ChannelId };
  readonly links: LinkSender;
  #sent = 0;

  constructor(indexes: Pick<IndexStore, "reserve"> = memoryStore().indexes) {
    const relay = relayIdFor("next");
    this.network.addRelay(relay, this.peer, []);
    this.network.setEra(0, [[relay], [], []]);
    const channel = this.network.open(accountPayerId(SIGNER), SIGNER, relay);
    this.route = { relay, channel, layer: 0 };
    this.links = new LinkSender({
      transport: this.transport,
      clock: this.clock,
      network: this.network,
      indexes,
      random: seededRandom("link"),
      backend,
      log: silentLog(),
      signingKey: TICKET_KEY,
    });
  }

  /** Sends a packet whose right acknowledgement is `ackOf` its challenge. */
  send(): { readonly challenge: Uint8Array; readonly outcome: Promise<LinkOutcome> } {
    const challenge = bytesFor(`challenge ${this.#sent++}`);
    const { settle, outcome } = awaitAck(this.ackOf(challenge));
    this.links.send(this.route, new Uint8Array(PACKET_LENGTH), challenge, settle);
    return { challenge, outcome };
  }

  ackOf(challenge: Uint8Array): Uint8Array {
    return challenge.map((byte) => byte ^ 0xff);
  }

  /** The packet frames sent so far. */
  frames(): readonly PacketsFrame[] {
    return this.transport.sent.flatMap(({ frame }) => (frame.kind === "packets" ? [frame] : []));
  }

  /** Acknowledges everything in the frames sent so far and forgets them; every `lieEvery`-th one wrongly. */
  answerAll(lieEvery = Infinity): void {
    let count = 0;
    for (const frame of this.frames())
      this.links.acknowledged(this.peer, {
        kind: "acknowledgements",
        channel: frame.channel,
        indexes: frame.indexes,
        acks: frame.challenges.map((challenge) =>
          ++count % lieEvery === 0 ? challenge : this.ackOf(challenge),
        ),
      });
    this.transport.sent.length = 0;
  }

  run(span: number): Promise<void> {
    return this.clock.run(millis(span));
  }
}
