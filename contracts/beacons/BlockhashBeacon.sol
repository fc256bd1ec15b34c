// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IBlockhashBeacon} from "../interfaces/IBlockhashBeacon.sol";
import {IRandomnessBeacon} from "../interfaces/IRandomnessBeacon.sol";
import {EpochValues} from "./EpochValues.sol";

/// @title BlockhashBeacon
/// @dev Documented in IBlockhashBeacon.
contract BlockhashBeacon is IBlockhashBeacon, EpochValues {
    uint8 private constant MAX_PIN_AHEAD = 128;

    /// @inheritdoc IBlockhashBeacon
    uint8 public immutable pinAhead;

    Pin private _pin;

    constructor(
        uint64 genesis,
        uint32 epochLength,
        uint8 pinAhead_
    ) EpochValues(genesis, epochLength) {
        if (block.chainid != 31337 && block.chainid != 1337)
            revert BlockhashBeacon_NotALocalChain(block.chainid);
        if (pinAhead_ == 0 || pinAhead_ > MAX_PIN_AHEAD)
            revert BlockhashBeacon_PinAheadOutOfRange(pinAhead_, MAX_PIN_AHEAD);
        pinAhead = pinAhead_;
    }

    /// @inheritdoc IRandomnessBeacon
    function advance() external {
        if (!_hasStarted()) return;
        uint32 epoch = CLOCK.current();
        if (beaconAt(epoch) != 0) return;

        Pin memory pin = _pin;
        if (pin.epoch != epoch || pin.blockNumber == 0) return _pinBlock(epoch);
        if (block.number <= pin.blockNumber) return;

        bytes32 hash = blockhash(pin.blockNumber);
        if (hash == 0) return _pinBlock(epoch);
        _makeFinal(
            epoch,
            keccak256(abi.encodePacked("waybill beacon", block.chainid, address(this), epoch, hash))
        );
    }

    /// @inheritdoc IRandomnessBeacon
    function canAdvance() external view returns (bool) {
        if (!_hasStarted()) return false;
        uint32 epoch = CLOCK.current();
        if (beaconAt(epoch) != 0) return false;
        // The hash of the latest block is known to the transactions of the next.
        return _pin.epoch != epoch || block.number >= _pin.blockNumber;
    }

    /// @inheritdoc IBlockhashBeacon
    function pinned() external view returns (uint32 epoch, uint64 blockNumber) {
        return (_pin.epoch, _pin.blockNumber);
    }

    function _pinBlock(uint32 epoch) private {
        uint64 blockNumber = uint64(block.number + pinAhead);
        _pin = Pin(epoch, blockNumber);
        emit BlockPinned(epoch, blockNumber);
    }
}
