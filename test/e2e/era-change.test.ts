/**
 * A file on its way while the network is reshuffled around it. Eras last sixteen seconds here, so that every
 * relay gets another layer several times before the file is through.
 */
import { RelayRegistry__factory } from "#contracts";
import { expect } from "chai";

import { DROP_REASONS } from "../../offchain/ports/metrics.ts";
import { LocalNetwork } from "../../scripts/local-network/network.ts";
import { balanceBooks } from "../../scripts/money/books.ts";
import { Traffic, type Status, type WatchedRelay } from "./support/traffic.ts";

const MINUTE = 60_000;
/** As in short-eras.json5. */
const ERA_SECONDS = 16;
const RATE = 12;
/** On its way for more than two eras. */
const PACKETS = Math.ceil(2.5 * ERA_SECONDS * RATE);
/** Share of packets that may have to be repeated on a machine that is busy with other things. */
const FEW = 0.1;
/** Status lines before and after a change of layers, one a second, in which packets must have been taken. */
const NEAR = 4;
/** Reasons for which a packet is lost after it was acknowledged: all of them start here in the list. */
const AFTER_ACKNOWLEDGEMENT = DROP_REASONS.indexOf("not-next-layer");

describe("an era change", function () {
  this.timeout(8 * MINUTE);

  let network: LocalNetwork;
  let traffic: Traffic;
  /** Status lines of each relay when sending began. */
  const first = new Map<WatchedRelay, number>();
  let sent: Readonly<Record<string, unknown>>;
  let received: Readonly<Record<string, unknown>>;
  let changes = 0;

  before(async () => {
    network = new LocalNetwork({
      relays: 6,
      parameters: "test/e2e/support/short-eras.json5",
      genesisAgo: 8,
    });
    traffic = await Traffic.start(network);
  });

  after(() => network.stop(3_000));

  it("a file arrives whole that is on its way over at least two of them, with few repeats", async () => {
    for (const relay of traffic.relays) first.set(relay, relay.statuses.length);
    const before = await era();
    ({ sent, received } = await traffic.send(traffic.writeFile(PACKETS), RATE));
    changes = (await era()) - before;
    expect(changes, "era changes").to.be.at.least(2);
    expect(received.sha256).to.equal(sent.fileSha256);
    expect(Number(sent.fragments)).to.be.at.least(PACKETS);
    expect(Number(sent.repeats), JSON.stringify(sent)).to.be.at.most(FEW * PACKETS);
  });

  it("relays change their layers with packets coming in before and after", () => {
    const movedUnderLoad = traffic.relays.flatMap((relay) =>
      moves(relay.statuses.slice(first.get(relay))).filter(
        ({ before, after }) => taken(before) > 0 && taken(after) > 0,
      ),
    );
    expect(movedUnderLoad.length, "changes of a layer under load").to.be.greaterThan(0);
    const layers = traffic.relays.map(
      ({ statuses }) => new Set(statuses.map(({ layer }) => layer)),
    );
    expect(layers.filter((own) => own.size > 1).length, "relays that moved").to.be.greaterThan(0);
  });

  it("no packet is lost without a named reason, and few are lost", async () => {
    await traffic.settle();
    await traffic.stop();
    let accepted = 0;
    let lost = 0;
    for (const { node, statuses } of traffic.relays) {
      const { counts, drops } = statuses.at(-1) ?? fail(`${node.name} said nothing`);
      expect(DROP_REASONS, node.name).to.include.members(Object.keys(drops));
      const [refused, afterwards] = dropped(drops);
      const count = (name: string): number => counts[name] ?? 0;
      expect(count("packets-received"), `${node.name}: received`).to.equal(
        count("packets-accepted") + refused,
      );
      expect(count("packets-accepted"), `${node.name}: accepted`).to.equal(
        count("packets-forwarded") +
          count("packets-delivered") +
          count("tickets-unresolved") +
          afterwards,
      );
      accepted += count("packets-accepted");
      lost += refused + afterwards + count("tickets-unresolved");
    }
    expect(accepted).to.be.at.least(3 * PACKETS);
    expect(lost).to.be.at.most(FEW * accepted);
  });

  it("every winner is paid, and the money adds up", async () => {
    const books = await network.books();
    for (const { node, statuses } of traffic.relays) {
      const status = statuses.at(-1) ?? fail(`${node.name} said nothing`);
      const onChain = books.relays.find(({ id }) => id === status.relay);
      expect(onChain?.ticketsRedeemed, node.name).to.equal(
        BigInt(status.counts["tickets-won"] ?? 0),
      );
    }
    const redeemed = books.relays.reduce((sum, relay) => sum + relay.ticketsRedeemed, 0n);
    expect(redeemed > 0n).to.equal(true);
    expect(balanceBooks(books).problems).to.deep.equal([]);
  });

  async function era(): Promise<number> {
    const block = await network.provider.getBlock("latest");
    const registry = RelayRegistry__factory.connect(network.deployment.registry, network.provider);
    const { genesis, epochLength, eraLength } = await registry.clock();
    return Number((BigInt(block?.timestamp ?? 0) - genesis) / (epochLength * eraLength));
  }
});

interface Move {
  readonly before: readonly Status[];
  readonly after: readonly Status[];
}

/** The status lines around each change from one layer to another. */
function moves(statuses: readonly Status[]): Move[] {
  return statuses.flatMap((status, i) => {
    const earlier = statuses[i - 1]?.layer;
    if (earlier === undefined || status.layer === undefined || earlier === status.layer) return [];
    return [
      { before: statuses.slice(Math.max(0, i - NEAR), i), after: statuses.slice(i, i + NEAR) },
    ];
  });
}

/** Packets accepted between the first and the last of these lines. */
const taken = (statuses: readonly Status[]): number =>
  acceptedBy(statuses.at(-1)) - acceptedBy(statuses[0]);

const acceptedBy = (status: Status | undefined): number => status?.counts["packets-accepted"] ?? 0;

/** Packets that were refused, and packets that were lost after they had been acknowledged. */
function dropped(drops: Status["drops"]): [number, number] {
  const sum = (reasons: readonly string[]): number =>
    reasons.reduce((total, reason) => total + (drops[reason] ?? 0), 0);
  return [
    sum(DROP_REASONS.slice(0, AFTER_ACKNOWLEDGEMENT)),
    sum(DROP_REASONS.slice(AFTER_ACKNOWLEDGEMENT)),
  ];
}

function fail(message: string): never {
  throw new Error(message);
}
