/** The relay's own channels to the relays of the next layer, as far as its ticket signer pays from them. */
import { relayPayerId } from "../core/tickets/ids.ts";
import type { Address, ChannelId, RelayId } from "../core/units.ts";
import type { NetworkView } from "../ports/network.ts";

export class OutgoingChannels {
  readonly #self: RelayId;
  readonly #network: NetworkView;
  readonly #signer: Address;
  #channels: ReadonlyMap<RelayId, ChannelId> | undefined;

  constructor(self: RelayId, network: NetworkView, signer: Address) {
    this.#self = self;
    this.#network = network;
    this.#signer = signer;
    network.onChange(() => {
      this.#channels = undefined;
    });
  }

  to(relay: RelayId): ChannelId | undefined {
    this.#channels ??= this.#read();
    return this.#channels.get(relay);
  }

  #read(): ReadonlyMap<RelayId, ChannelId> {
    return new Map(
      this.#network
        .channelsFrom(relayPayerId(this.#self))
        .filter((channel) => channel.status === "open" && channel.ticketSigner === this.#signer)
        .map((channel) => [channel.relay, channel.id]),
    );
  }
}
