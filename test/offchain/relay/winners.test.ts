import { expect } from "chai";

import { memoryStore } from "../../../offchain/adapters/memory/store.ts";
import { rootFromProof } from "../../../offchain/core/merkle/merkle.ts";
import { challenge } from "../../../offchain/core/puzzle/puzzle.ts";
import {
  isWinner,
  recoverTicketSigner,
  ticketBatchDigest,
  ticketDomain,
  ticketLeaf,
} from "../../../offchain/core/tickets/index.ts";
import { epoch, millis, winProb } from "../../../offchain/core/units.ts";
import { ticketAlpha } from "../../../offchain/core/vrf/alpha.ts";
import { vrfProve } from "../../../offchain/core/vrf/vrf.ts";
import { hex } from "./support/crafting.ts";
import { addressFor, backend } from "./support/identities.ts";
import { Mixnet } from "./support/mixnet.ts";

const PACKETS = 64;

describe("relay: winning tickets", () => {
  it("are stored with all that redemption needs: signature, proof, response, and a winning draw", async () => {
    const net = new Mixnet({ perLayer: 1, params: { winProb: winProb(2n ** 62n) } });
    await net.start();
    const alice = await net.sender("alice");
    const bob = await net.recipient("bob");
    for (let i = 0; i < PACKETS; i++) void alice.send(alice.make(bob));
    await net.run(5_000);

    const { params } = net.network;
    const domain = ticketDomain(params.chainId, params.channels);
    const signers = [alice.ticketKey, ...net.relays.map((node) => node.ticketKey)].map(addressFor);
    for (const [hop, node] of net.relays.entries()) {
      const won = await node.store.winners.list(epoch(0), ["won"]);
      const { counters } = node.metrics.snapshot();
      expect(won.length).to.equal(counters["tickets-won"]).and.to.equal(node.guard.wins);
      expect(won.length).to.be.within(4, 32);
      expect(counters["tickets-won"] + counters["tickets-lost"]).to.equal(PACKETS);
      const alpha = ticketAlpha(params.chainId, params.channels, node.id, epoch(0));
      const y = vrfProve(node.parts.secrets.vrfKey, alpha).beta;
      for (const ticket of won) {
        const leaf = ticketLeaf(ticket.index, challenge(ticket.response));
        const batch = {
          ...ticket,
          channelId: ticket.channel,
          root: rootFromProof(leaf, ticket.proof),
        };
        const digest = ticketBatchDigest(domain, batch);
        expect(recoverTicketSigner(backend, digest, ticket.signature)).to.equal(signers[hop]);
        expect(isWinner(y, leaf, ticket.signature, ticket.response, params.winProb)).to.equal(true);
        expect(ticket.amount).to.equal(params.ticketAmounts[hop as 0 | 1 | 2]);
      }
      expect(new Set(won.map((ticket) => hex(ticket.response))).size).to.equal(won.length);
    }
  });

  it("are kept and tried again while the store refuses them", async () => {
    const store = memoryStore();
    let full = true;
    const winners: typeof store.winners = {
      ...store.winners,
      add: (tickets) =>
        full ? Promise.reject(new Error("disk full")) : store.winners.add(tickets),
    };
    const net = new Mixnet({
      perLayer: 1,
      params: { winProb: winProb(2n ** 64n - 1n) },
      store: () => ({ ...memoryStore(), winners }),
    });
    await net.start();
    const alice = await net.sender("alice");
    const bob = await net.recipient("bob");
    for (let i = 0; i < 10; i++) void alice.send(alice.make(bob));
    await net.run(5_000);
    expect(await store.winners.list(epoch(0), ["won"])).to.deep.equal([]);
    full = false;
    await net.run(2_000);
    expect((await store.winners.list(epoch(0), ["won"])).length).to.equal(30);
  });

  it("are all stored when the relay has stopped, those that came while it stopped included", async () => {
    const store = memoryStore();
    const winners: typeof store.winners = {
      ...store.winners,
      add: async (tickets) => {
        await new Promise<void>((resolve) => net.clock.after(millis(30), resolve));
        await store.winners.add(tickets);
      },
    };
    const net: Mixnet = new Mixnet({
      perLayer: 1,
      params: { winProb: winProb(2n ** 64n - 1n) },
      store: () => ({ ...memoryStore(), winners }),
    });
    await net.start();
    const alice = await net.sender("alice");
    const bob = await net.recipient("bob");
    const send = bob.transport.send.bind(bob.transport);
    bob.transport.send = (peer, frame) => {
      net.clock.after(millis(45), () => send(peer, frame));
      return "queued";
    };
    for (let i = 0; i < 100; i++) void alice.send(alice.make(bob));
    await net.run(200);
    const [, , last] = net.relays;
    if (last === undefined) throw new Error("a last relay");
    expect(last.relay.unacknowledged).to.be.greaterThan(0);
    const [, , price] = net.network.params.ticketAmounts;
    let stored = NaN;
    const stopping = last.relay.stop(millis(0)).then(async () => {
      const won = await store.winners.list(epoch(0), ["won"]);
      stored = won.filter(({ amount }) => amount === price).length;
    });
    await net.run(200);
    await stopping;
    expect(stored).to.be.greaterThan(0);
    expect(stored).to.equal(last.metrics.snapshot().counters["tickets-won"]);
  });
});
