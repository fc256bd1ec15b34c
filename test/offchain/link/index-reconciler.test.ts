/** After a restoration no ticket index is issued twice: real databases, and questions over real connections. */
import { randomInt } from "node:crypto";
import { mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { libp2pTransport } from "../../../offchain/adapters/libp2p/transport.ts";
import { MemoryNetwork } from "../../../offchain/adapters/memory/network.ts";
import { markRestored } from "../../../offchain/adapters/sqlite/restoration.ts";
import { openSqliteStore, type SqliteStore } from "../../../offchain/adapters/sqlite/store.ts";
import { systemClock } from "../../../offchain/adapters/system/clock.ts";
import { silentLog } from "../../../offchain/adapters/system/log.ts";
import { systemRandom } from "../../../offchain/adapters/system/random.ts";
import {
  encodeHighWater,
  encodeHighWaterQuestion,
  highWaterDigest,
} from "../../../offchain/core/tickets/high-water.ts";
import { ticketDomain } from "../../../offchain/core/tickets/index.ts";
import { accountPayerId } from "../../../offchain/core/tickets/ids.ts";
import { epoch, generation, millis, seconds, ticketIndex } from "../../../offchain/core/units.ts";
import type { ChannelId, PeerId, TicketIndex } from "../../../offchain/core/units.ts";
import { nodeIdOfPeer } from "../../../offchain/core/wire/node-id.ts";
import { IndexReconciler } from "../../../offchain/link/index-reconciler.ts";
import {
  FURTHEST_RESTORED_INDEX,
  RESTORED_INDEX_MARGIN,
  UNRESOLVED_LIMIT,
} from "../../../offchain/link/limits.ts";
import { TicketIndexes } from "../../../offchain/link/ticket-indexes.ts";
import type { Transport } from "../../../offchain/ports/transport.ts";
import { HighWaterServer } from "../../../offchain/relay/high-water-server.ts";
import { HighWaters } from "../../../offchain/relay/high-waters.ts";
import { addressFor, backend, bytesFor, peerFor, relayIdFor } from "../relay/support/identities.ts";

const LISTEN = ["/ip4/127.0.0.1/tcp/0"];
const KEY = bytesFor("payer's ticket key");
const PAYER = { payer: accountPayerId(addressFor(KEY)), ticketSigner: addressFor(KEY) };
const PAYEE = relayIdFor("payee");
const clock = systemClock();

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`waited in vain: ${String(holds)}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

describe("ticket indexes after a restoration", () => {
  let folder: string;
  let files = 0;
  let payee: Transport;
  let payer: Transport;
  let network: MemoryNetwork;
  let channel: ChannelId;
  let waters: HighWaters;
  let questions = 0;
  /** What the payee says instead of the truth. */
  let lie: TicketIndex | undefined;
  const ends: (() => Promise<void>)[] = [];

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "waybill-reconcile-"));
    questions = 0;
    lie = undefined;
    waters = new HighWaters();
    network = new MemoryNetwork(clock, millis(50));
    payer = await libp2pTransport({ seed: bytesFor("payer's peer"), listen: [] });
    payee = await libp2pTransport({ seed: bytesFor("payee's peer"), listen: LISTEN });
    await payer.start({});
    ends.push(() => payer.stop());
  });
  afterEach(async () => {
    for (const end of ends.splice(0)) await end();
    rmSync(folder, { recursive: true });
  });

  const highWaterServer = (isRelay: (peer: PeerId) => boolean = () => false): HighWaterServer =>
    new HighWaterServer({ self: PAYEE, network, backend, highWaters: waters, clock, isRelay });

  const startPayee = async (): Promise<void> => {
    const server = highWaterServer();
    await payee.start({
      request: (peer, request) => {
        questions += 1;
        const truth = server.answer(peer, request);
        return Promise.resolve(lie === undefined ? truth : encodeHighWater(lie));
      },
    });
    ends.push(() => payee.stop());
    const [address = ""] = payee.addresses();
    network.addRelay(PAYEE, payee.self, [], address);
    channel = network.open(PAYER.payer, PAYER.ticketSigner, PAYEE);
  };

  const taken = (index: number): void => {
    const mark = { channel, generation: generation(0), epoch: epoch(1), index: ticketIndex(index) };
    waters.load([mark]);
  };

  const opened = async (path: string): Promise<SqliteStore> => {
    const store = await openSqliteStore({ path, commitWindow: 0 });
    ends.unshift(() => store.close());
    return store;
  };

  const fresh = (): Promise<SqliteStore> => opened(join(folder, `${files++}.db`));

  const restored = async (store: SqliteStore, takenAt = network.chainTime()) => {
    const path = join(folder, `${files++}.db`);
    renameSync(await store.snapshot(), path);
    markRestored(path, { takenAt: seconds(takenAt), restoredAt: network.chainTime() });
    return opened(path);
  };

  const reconciler = async (store: SqliteStore): Promise<IndexReconciler> => {
    const started = new IndexReconciler({
      ...PAYER,
      ...{ signingKey: KEY, network, backend, transport: payer, store, clock, log: silentLog() },
    });
    await started.start();
    ends.unshift(() => started.stop());
    return started;
  };

  const isDone = async (store: SqliteStore): Promise<boolean> =>
    (await store.indexes.of(channel)).isReconciled;

  it("threat 52: go on above all that were issued, whatever was under way, and none is issued twice", async () => {
    await startPayee();
    for (let run = 0; run < 4; run++) {
      const before = await fresh();
      const indexes = new TicketIndexes(before.indexes, systemRandom(), channel);
      const issued: number[] = [];
      const issue = async (packets: number): Promise<void> => {
        for (let i = 0; i < packets; i += 16)
          issued.push(...(await indexes.take(16, ticketIndex(1))));
      };
      await issue(randomInt(16, 4_000));
      const after = await restored(before);
      await issue(randomInt(16, 40_000));
      // The payee has taken these; what came after was under way when the process ended.
      taken(issued.at(-1) ?? 0);
      await issue(UNRESOLVED_LIMIT);
      await before.close();

      const link = await reconciler(after);
      await until(async () => isDone(after));
      await until(() => link.waiting === 0);
      const later = new TicketIndexes(after.indexes, systemRandom(), channel);
      const [first = 0] = await later.take(16, ticketIndex(1));
      expect(first).to.be.greaterThan(issued.at(-1) ?? Infinity);
      expect(first - (issued.at(-1) ?? 0)).to.be.lessThan(2 * RESTORED_INDEX_MARGIN);
    }
  });

  it("stay refused while the relay is away, and are issued once it is back", async () => {
    await startPayee();
    await payee.stop();
    const after = await restored(await fresh());
    const link = await reconciler(after);
    await until(() => link.waiting === 1);
    const refusal = await after.indexes
      .reserve(channel, 1, ticketIndex(1))
      .catch((error: unknown) => error);
    expect(refusal).to.have.property("code", "STORE_INDEXES_UNRECONCILED");
    payee = await libp2pTransport({ seed: bytesFor("payee's peer"), listen: LISTEN });
    await startPayee();
    taken(77);
    await until(async () => isDone(after));
    expect((await after.indexes.of(channel)).next).to.equal(78 + RESTORED_INDEX_MARGIN);
  });

  it("begin above what the chain has spent when the relay says less than that", async () => {
    await startPayee();
    network.update(channel, { nextIndex: ticketIndex(9_000) });
    lie = ticketIndex(0);
    const after = await restored(await fresh());
    await reconciler(after);
    await until(async () => isDone(after));
    expect((await after.indexes.of(channel)).next).to.equal(9_000 + RESTORED_INDEX_MARGIN);
  });

  it("are not moved by a relay that says more than can have been issued", async () => {
    await startPayee();
    lie = ticketIndex(FURTHEST_RESTORED_INDEX + 100_000_000);
    const after = await restored(await fresh());
    const link = await reconciler(after);
    await until(() => link.waiting === 1);
    expect(await isDone(after)).to.equal(false);
    // After so long a time it can.
    const old = await restored(await fresh(), seconds(network.chainTime() - 3_600));
    await reconciler(old);
    await until(async () => isDone(old));
  });

  it("are asked for by the channel's ticket signer alone, for itself, at the channel's own relay", async () => {
    await startPayee();
    taken(5);
    const domain = ticketDomain(network.params.chainId, network.params.channels);
    const server = highWaterServer();
    const ask = (as = payer.self, id = channel, key = KEY, from = payer.self) =>
      server.answer(
        from,
        encodeHighWaterQuestion(backend, highWaterDigest(domain, id, nodeIdOfPeer(as)), id, key),
      );
    expect(ask()).to.deep.equal(encodeHighWater(ticketIndex(5)));
    const elsewhere = network.open(PAYER.payer, PAYER.ticketSigner, relayIdFor("another"));
    expect(ask(payer.self, elsewhere)).to.equal(undefined);
    expect(ask(payer.self, channel, bytesFor("another key"))).to.equal(undefined);
    expect(ask(payee.self, channel, KEY)).to.equal(undefined);
    expect(ask(payer.self, channel, KEY, payee.self)).to.equal(undefined);
  });

  it("threat 52: are told to a payer that came back, however often others ask", async () => {
    await startPayee();
    taken(5);
    const domain = ticketDomain(network.params.chainId, network.params.channels);
    const question = (peer: PeerId): Uint8Array => {
      const digest = highWaterDigest(domain, channel, nodeIdOfPeer(peer));
      return encodeHighWaterQuestion(backend, digest, channel, KEY);
    };
    const own = question(payer.self);
    const server = highWaterServer((peer) => peer === payer.self);
    // Signed for another: each costs the relay a look at its signature.
    for (let i = 0; i < 2_000; i++) server.answer(payee.self, own);
    for (let i = 0; i < 2_000; i++) server.answer(peerFor(`${i}`), own);
    expect(server.answer(payer.self, own)).to.deep.equal(encodeHighWater(ticketIndex(5)));

    const alone = highWaterServer();
    for (let i = 0; i < 2_000; i++) alone.answer(payee.self, own);
    expect(alone.answer(payer.self, own)).to.deep.equal(encodeHighWater(ticketIndex(5)));
  });

  it("of a database that never came out of a backup are nobody's question", async () => {
    await startPayee();
    const store = await fresh();
    const link = await reconciler(store);
    expect(await store.indexes.reserve(channel, 1, ticketIndex(1))).to.equal(1);
    await link.stop();
    expect(questions).to.equal(0);
  });
});
