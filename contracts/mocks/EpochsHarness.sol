// SPDX-License-Identifier: MIT
pragma solidity ^0.8.37;

import {Epochs} from "../libraries/Epochs.sol";

/// @title EpochsHarness
/// @notice Opens the internal library to tests.
contract EpochsHarness {
    function epochAt(
        uint64 time,
        uint64 genesis,
        uint64 epochLength
    ) external pure returns (uint64) {
        return Epochs.epochAt(time, genesis, epochLength);
    }

    function startOf(
        uint64 epoch,
        uint64 genesis,
        uint64 epochLength
    ) external pure returns (uint64) {
        return Epochs.startOf(epoch, genesis, epochLength);
    }

    function eraOf(uint64 epoch, uint64 eraLength) external pure returns (uint64) {
        return Epochs.eraOf(epoch, eraLength);
    }
}
