// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";

import {IRandomnessBeacon} from "../interfaces/IRandomnessBeacon.sol";
import {EpochClock, Epochs} from "../libraries/Epochs.sol";

/// @title EpochValues
/// @dev What all beacons share: the clock, and the values that came.
abstract contract EpochValues is IRandomnessBeacon {
    using Checkpoints for Checkpoints.Trace224;

    EpochClock internal immutable CLOCK;

    mapping(uint32 epoch => bytes32 value) private _values;
    /// @dev Epochs whose value came, as keys and as values.
    Checkpoints.Trace224 private _came;

    constructor(uint64 genesis, uint32 epochLength) {
        CLOCK = Epochs.create(genesis, epochLength, 1);
    }

    /// @inheritdoc IRandomnessBeacon
    function beaconAt(uint32 epoch) public view returns (bytes32) {
        return _values[epoch];
    }

    /// @inheritdoc IRandomnessBeacon
    function firstBeaconFrom(uint32 epoch) external view returns (uint32 found, bytes32 value) {
        // Nearly always the epoch's own value is there, and costs one storage read.
        value = _values[epoch];
        if (value != 0) return (epoch, value);
        found = uint32(_came.lowerLookup(epoch));
        value = found < epoch ? bytes32(0) : _values[found];
    }

    /// @inheritdoc IRandomnessBeacon
    function beaconClock() external view returns (uint64 genesis, uint32 epochLength) {
        return (CLOCK.genesis(), CLOCK.epochLength());
    }

    /// @dev Once for an epoch, while it runs.
    function _makeFinal(uint32 epoch, bytes32 value) internal {
        _values[epoch] = value;
        _came.push(epoch, epoch);
        emit BeaconFinal(epoch, value);
    }

    function _hasStarted() internal view returns (bool) {
        return block.timestamp >= CLOCK.genesis();
    }
}
