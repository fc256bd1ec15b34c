/** What a running relay does about money, each duty by itself: one that fails does not hold up the others. */
import type { Millis } from "../core/units.ts";
import type { Clock } from "../ports/clock.ts";
import type { Log } from "../ports/log.ts";
import type { BeaconDriver } from "./beacon-driver.ts";
import type { ChannelKeeper } from "./channel-keeper.ts";
import type { Redeemer } from "./redeemer.ts";
import { repeat } from "./repeat.ts";

export interface DutiesOptions {
  readonly redeemer: Redeemer;
  readonly keeper: ChannelKeeper;
  readonly beacon: BeaconDriver;
  readonly clock: Clock;
  readonly log: Log;
  /** Pause between two looks. */
  readonly interval: Millis;
  readonly longestPause: Millis;
}

export interface Duties {
  /** No new step starts; resolves when the running ones have ended. */
  stop(): Promise<void>;
}

/** Starts all duties. Indexer and outbox run by themselves and must have been started. */
export async function startDuties(options: DutiesOptions): Promise<Duties> {
  const { redeemer, keeper, beacon, clock, log, interval, longestPause } = options;
  await redeemer.restore();
  const steps = [
    ["redeeming", () => redeemer.step()],
    ["keeping channels", () => keeper.step()],
    ["driving the beacon", () => beacon.step()],
  ] as const;
  const running = steps.map(([what, step]) =>
    repeat({ clock, log, interval, longestPause, what }, step),
  );
  return {
    async stop() {
      await Promise.all(running.map((one) => one.stop()));
    },
  };
}
