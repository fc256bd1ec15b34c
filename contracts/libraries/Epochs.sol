// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @dev A checked clock in one word, so that it can be immutable:
/// genesis (64 bits) ‖ seconds in an epoch (32) ‖ epochs in an era (32).
type EpochClock is uint128;

using Epochs for EpochClock global;

/// @title Epochs
/// @notice The one place where time becomes epochs and epochs become eras (protocol section 1).
/// @dev Intervals are half-open: epoch e holds every t with startOf(e) <= t < startOf(e + 1).
library Epochs {
    /// @dev Bounds that keep every sum below within 64 bits.
    uint64 internal constant MAX_GENESIS = type(uint40).max;
    uint32 internal constant MAX_EPOCH_LENGTH = 366 days;

    error Epochs_GenesisTooLate(uint64 got, uint64 limit);
    error Epochs_EpochLengthOutOfRange(uint32 got, uint32 limit);
    error Epochs_EraLengthZero();
    /// @notice A time before the first epoch has no epoch.
    error Epochs_BeforeGenesis(uint256 time, uint64 genesis);
    /// @notice The number of the epoch or era does not fit 32 bits.
    error Epochs_TooLate(uint256 got, uint32 limit);

    /// @return A clock whose parts are within their bounds.
    function create(
        uint64 genesis_,
        uint32 epochLength_,
        uint32 eraLength_
    ) internal pure returns (EpochClock) {
        if (genesis_ > MAX_GENESIS) revert Epochs_GenesisTooLate(genesis_, MAX_GENESIS);
        if (epochLength_ == 0 || epochLength_ > MAX_EPOCH_LENGTH)
            revert Epochs_EpochLengthOutOfRange(epochLength_, MAX_EPOCH_LENGTH);
        if (eraLength_ == 0) revert Epochs_EraLengthZero();
        uint128 packed = (uint128(genesis_) << 64) | (uint128(epochLength_) << 32) | eraLength_;
        return EpochClock.wrap(packed);
    }

    function genesis(EpochClock clock) internal pure returns (uint64) {
        return uint64(EpochClock.unwrap(clock) >> 64);
    }

    function epochLength(EpochClock clock) internal pure returns (uint32) {
        return uint32(EpochClock.unwrap(clock) >> 32);
    }

    function eraLength(EpochClock clock) internal pure returns (uint32) {
        return uint32(EpochClock.unwrap(clock));
    }

    /// @return The epoch that runs now.
    function current(EpochClock clock) internal view returns (uint32) {
        return epochAt(clock, block.timestamp);
    }

    /// @return The epoch that holds `time`.
    function epochAt(EpochClock clock, uint256 time) internal pure returns (uint32) {
        uint64 start = genesis(clock);
        if (time < start) revert Epochs_BeforeGenesis(time, start);
        unchecked {
            return _fit((time - start) / epochLength(clock));
        }
    }

    /// @return The first second of `epoch`.
    function startOf(EpochClock clock, uint32 epoch) internal pure returns (uint64) {
        return genesis(clock) + uint64(epoch) * epochLength(clock);
    }

    /// @return The era that holds `epoch`.
    function eraOf(EpochClock clock, uint32 epoch) internal pure returns (uint32) {
        return epoch / eraLength(clock);
    }

    /// @return The first epoch of `era`.
    function firstEpochOf(EpochClock clock, uint32 era) internal pure returns (uint32) {
        return _fit(uint256(era) * eraLength(clock));
    }

    /// @return The first era that starts at least one whole epoch after `epoch`: from there on counts
    /// a change of the relay set that is made in `epoch`.
    function effectiveEra(EpochClock clock, uint32 epoch) internal pure returns (uint32) {
        uint256 length = eraLength(clock);
        return _fit((uint256(epoch) + 1 + length) / length);
    }

    function _fit(uint256 number) private pure returns (uint32) {
        if (number > type(uint32).max) revert Epochs_TooLate(number, type(uint32).max);
        return uint32(number);
    }
}
