// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";

import {IBlockhashBeacon} from "../interfaces/IBlockhashBeacon.sol";
import {IRandomnessBeacon} from "../interfaces/IRandomnessBeacon.sol";
import {EpochClock, Epochs} from "../libraries/Epochs.sol";

/// @title BlockhashBeacon
/// @dev Documented in IBlockhashBeacon.
contract BlockhashBeacon is IBlockhashBeacon {
    using Checkpoints for Checkpoints.Trace224;

    uint8 private constant MAX_PIN_AHEAD = 128;

    EpochClock private immutable CLOCK;
    /// @inheritdoc IBlockhashBeacon
    uint8 public immutable pinAhead;

    Pin private _pin;
    mapping(uint32 epoch => bytes32 value) private _values;
    /// @dev Epochs whose value came, as keys and as values.
    Checkpoints.Trace224 private _came;

    constructor(uint64 genesis, uint32 epochLength, uint8 pinAhead_) {
        if (block.chainid != 31337 && block.chainid != 1337)
            revert BlockhashBeacon_NotALocalChain(block.chainid);
        if (pinAhead_ == 0 || pinAhead_ > MAX_PIN_AHEAD)
            revert BlockhashBeacon_PinAheadOutOfRange(pinAhead_, MAX_PIN_AHEAD);
        CLOCK = Epochs.create(genesis, epochLength, 1);
        pinAhead = pinAhead_;
    }

    /// @inheritdoc IRandomnessBeacon
    function advance() external {
        if (!_hasStarted()) return;
        uint32 epoch = CLOCK.current();
        if (_values[epoch] != 0) return;

        Pin memory pin = _pin;
        if (pin.epoch != epoch || pin.blockNumber == 0) return _pinBlock(epoch);
        if (block.number <= pin.blockNumber) return;

        bytes32 hash = blockhash(pin.blockNumber);
        if (hash == 0) return _pinBlock(epoch);
        bytes32 value = keccak256(
            abi.encodePacked("waybill beacon", block.chainid, address(this), epoch, hash)
        );
        _values[epoch] = value;
        _came.push(epoch, epoch);
        emit BeaconFinal(epoch, value);
    }

    /// @inheritdoc IRandomnessBeacon
    function canAdvance() external view returns (bool) {
        if (!_hasStarted()) return false;
        uint32 epoch = CLOCK.current();
        if (_values[epoch] != 0) return false;
        // The hash of the latest block is known to the transactions of the next.
        return _pin.epoch != epoch || block.number >= _pin.blockNumber;
    }

    /// @inheritdoc IRandomnessBeacon
    function beaconAt(uint32 epoch) external view returns (bytes32) {
        return _values[epoch];
    }

    /// @inheritdoc IRandomnessBeacon
    function firstBeaconFrom(uint32 epoch) external view returns (uint32 found, bytes32 value) {
        found = uint32(_came.lowerLookup(epoch));
        value = found < epoch ? bytes32(0) : _values[found];
    }

    /// @inheritdoc IRandomnessBeacon
    function beaconClock() external view returns (uint64 genesis, uint32 epochLength) {
        return (CLOCK.genesis(), CLOCK.epochLength());
    }

    /// @inheritdoc IBlockhashBeacon
    function pinned() external view returns (uint32 epoch, uint64 blockNumber) {
        return (_pin.epoch, _pin.blockNumber);
    }

    function _hasStarted() private view returns (bool) {
        return block.timestamp >= CLOCK.genesis();
    }

    function _pinBlock(uint32 epoch) private {
        uint64 blockNumber = uint64(block.number + pinAhead);
        _pin = Pin(epoch, blockNumber);
        emit BlockPinned(epoch, blockNumber);
    }
}
