/** Mirror of contracts/libraries/Epochs.sol: half-open intervals, whole seconds. */
export interface EpochClock {
  readonly genesis: bigint;
  readonly epochLength: bigint;
}

/** The epoch that holds `time`, or undefined before genesis. */
export function epochAt(time: bigint, clock: EpochClock): bigint | undefined {
  return time < clock.genesis ? undefined : (time - clock.genesis) / clock.epochLength;
}

/** The first second of `epoch`. */
export function startOf(epoch: bigint, clock: EpochClock): bigint {
  return clock.genesis + epoch * clock.epochLength;
}
