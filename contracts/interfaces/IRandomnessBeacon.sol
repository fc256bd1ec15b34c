// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title IRandomnessBeacon
/// @notice One 32-byte value per epoch, sampled after the epoch has started and final before it ends.
/// @dev What is not final when its epoch ends never comes, and zero stands for it: there is no
/// predictable fallback, since VRF keys could be ground against one. Values therefore come in
/// ascending order of epochs and never change. Anyone may drive the beacon.
interface IRandomnessBeacon {
    /// @notice The value of `epoch` is final.
    event BeaconFinal(uint32 indexed epoch, bytes32 value);

    /// @notice Does what can be done now for the running epoch, and nothing when there is nothing to do.
    /// @dev Never reverts, so that others may call it on their way.
    function advance() external;

    /// @return Whether a transaction in the next block that calls `advance` would change anything.
    /// @dev Ask it of the latest block. False before genesis.
    function canAdvance() external view returns (bool);

    /// @return The value of `epoch`; zero when it has not come, or never came.
    function beaconAt(uint32 epoch) external view returns (bytes32);

    /// @notice The first value that came for `epoch` or a later one.
    /// @return found The epoch of that value; zero when there is none.
    /// @return value The value; zero when there is none.
    function firstBeaconFrom(uint32 epoch) external view returns (uint32 found, bytes32 value);

    /// @notice The clock whose epochs are meant (protocol section 1).
    /// @return genesis First second of epoch 0, in Unix time.
    /// @return epochLength Seconds in an epoch.
    function beaconClock() external view returns (uint64 genesis, uint32 epochLength);
}
