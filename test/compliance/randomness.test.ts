import { drandClient } from "../../offchain/adapters/drand/client.ts";
import { ManualClock } from "../../offchain/adapters/memory/clock.ts";
import { MemoryRandomness } from "../../offchain/adapters/memory/randomness.ts";
import { millis, millisToSeconds, secondsToMillis } from "../../offchain/core/units.ts";
import { startDrandServer } from "../../scripts/local-network/drand-server.ts";
import { recordingLog } from "../offchain/settlement/support/simulation.ts";
import { namedDrand } from "../support/drand.ts";
import { randomnessCompliance } from "./randomness/suite.ts";

const GENESIS = 1_000;
const START = millis(2_000_500);
const drand = namedDrand("compliance", GENESIS, 3);

function times() {
  const clock = new ManualClock(START);
  return {
    clock,
    now: () => millisToSeconds(clock.now()),
    pass: (span: Parameters<typeof secondsToMillis>[0]) => {
      clock.advance(secondsToMillis(span));
    },
  };
}

randomnessCompliance("HTTP to two servers", async () => {
  const { clock, now, pass } = times();
  let servers = [await startDrandServer(drand, { now }), await startDrandServer(drand, { now })];
  const urls = servers.map(({ url }) => url);
  const die = async () => {
    await Promise.all(servers.map((server) => server.close()));
  };
  const randomness = drandClient({ urls, chain: drand.chain, clock, log: recordingLog() });
  return {
    ...{ randomness, chain: drand.chain, now, pass, die },
    revive: async () => {
      servers = await Promise.all(
        urls.map((url) => startDrandServer(drand, { now, port: Number(new URL(url).port) })),
      );
    },
    clean: async () => {
      await randomness.close();
      await die();
    },
  };
});

randomnessCompliance("in-memory twin", () => {
  const { clock, now, pass } = times();
  const randomness = new MemoryRandomness(drand, clock);
  return Promise.resolve({
    ...{ randomness, chain: drand.chain, now, pass },
    die: () => {
      randomness.down = true;
      return Promise.resolve();
    },
    revive: () => {
      randomness.down = false;
      return Promise.resolve();
    },
    clean: () => randomness.close(),
  });
});
