// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EpochClock, Epochs} from "../libraries/Epochs.sol";

/// @title EpochsHarness
/// @notice Opens the internal library to tests: a contract that keeps one clock.
contract EpochsHarness {
    EpochClock private immutable CLOCK;

    constructor(uint64 genesis, uint32 epochLength, uint32 eraLength) {
        CLOCK = Epochs.create(genesis, epochLength, eraLength);
    }

    function parts() external view returns (uint64 genesis, uint32 epochLength, uint32 eraLength) {
        return (CLOCK.genesis(), CLOCK.epochLength(), CLOCK.eraLength());
    }

    function epochAt(uint256 time) external view returns (uint32) {
        return CLOCK.epochAt(time);
    }

    function startOf(uint32 epoch) external view returns (uint64) {
        return CLOCK.startOf(epoch);
    }

    function eraOf(uint32 epoch) external view returns (uint32) {
        return CLOCK.eraOf(epoch);
    }

    function firstEpochOf(uint32 era) external view returns (uint32) {
        return CLOCK.firstEpochOf(era);
    }

    function effectiveEra(uint32 epoch) external view returns (uint32) {
        return CLOCK.effectiveEra(epoch);
    }
}
