// SPDX-License-Identifier: MIT
pragma solidity ^0.8.37;

/// @title Epochs
/// @notice The one place where time becomes epochs and epochs become eras.
/// @dev Intervals are half-open: epoch `e` holds every `t` with
/// `startOf(e) <= t < startOf(e + 1)`. Lengths must not be zero; whoever fixes
/// them checks that once, and a zero that slips through panics here.
library Epochs {
    /// @notice A time before the first epoch has no epoch.
    error Epochs_BeforeGenesis(uint64 time, uint64 genesis);

    /// @notice The epoch starts later than 64 bits of seconds can say.
    error Epochs_EpochTooLate(uint64 epoch, uint64 lastEpoch);

    /// @return The epoch that holds `time`.
    function epochAt(
        uint64 time,
        uint64 genesis,
        uint64 epochLength
    ) internal pure returns (uint64) {
        if (time < genesis) revert Epochs_BeforeGenesis(time, genesis);
        unchecked {
            return (time - genesis) / epochLength;
        }
    }

    /// @return The first second of `epoch`.
    function startOf(
        uint64 epoch,
        uint64 genesis,
        uint64 epochLength
    ) internal pure returns (uint64) {
        uint64 lastEpoch = (type(uint64).max - genesis) / epochLength;
        if (epoch > lastEpoch) revert Epochs_EpochTooLate(epoch, lastEpoch);
        unchecked {
            return genesis + epoch * epochLength;
        }
    }

    /// @return The era that holds `epoch`, eras being `eraLength` epochs each.
    function eraOf(uint64 epoch, uint64 eraLength) internal pure returns (uint64) {
        return epoch / eraLength;
    }
}
