/**
 * A network whose beacon takes rounds of its own drand chain: relay processes fetch them over HTTP, and go on when
 * the endpoint that they prefer is gone.
 */
import { DrandBeacon__factory, type DrandBeacon } from "#contracts";
import { expect } from "chai";

import { LocalNetwork, type Line } from "../../scripts/local-network/network.ts";
import { until } from "./support/wait.ts";

describe("a network on drand's rounds", () => {
  let network: LocalNetwork;
  let beacon: DrandBeacon;
  const statuses: Line[] = [];

  before(async () => {
    network = new LocalNetwork({
      relays: 3,
      parameters: "test/e2e/support/no-lottery.json5",
      genesisAgo: 8,
      beacon: "drand",
    });
    await network.start();
    beacon = DrandBeacon__factory.connect(network.deployment.beacon, network.provider);
    for (const relay of network.relays)
      network.startRelay(relay, (line) => {
        if (line.event === "status") statuses.push(line);
      });
  });

  after(() => network.stop(3_000));

  const epochsWithValue = async (): Promise<number> =>
    (await beacon.queryFilter(beacon.filters.BeaconFinal())).length;

  it("has layers: the relays brought the rounds that decide them", async () => {
    await until(
      90,
      "there is a relay in every layer",
      () => new Set(statuses.map(({ layer }) => layer)).size >= 3,
    );
    expect(await epochsWithValue()).to.be.greaterThan(0);
  });

  it("threat 49: goes on when the endpoint that all relays prefer is gone", async () => {
    await network.drand[0]?.close();
    const before = await epochsWithValue();
    await until(
      60,
      "two more epochs have their value",
      async () => (await epochsWithValue()) >= before + 2,
    );
  });
});
