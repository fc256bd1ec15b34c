// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IRandomnessBeacon} from "./IRandomnessBeacon.sol";

/// @title IBlockhashBeacon
/// @notice A beacon for local chains: it pins a block a little ahead and later takes that block's hash.
/// @dev Whoever builds the pinned block can grind its hash, so the contract refuses to exist on a chain
/// other than 31337 and 1337. The first `advance` of an epoch pins, a later one after the pinned block
/// makes the value final; when more than 256 blocks went by in between, the hash is lost and another
/// block is pinned. A pin of an epoch that has ended is worth nothing.
interface IBlockhashBeacon is IRandomnessBeacon {
    /// @param epoch The epoch that the block was pinned for.
    /// @param blockNumber The block whose hash will be taken; zero before the first pin.
    struct Pin {
        uint32 epoch;
        uint64 blockNumber;
    }

    /// @notice The hash of `blockNumber` will become the value of `epoch`, if it is taken in time.
    event BlockPinned(uint32 indexed epoch, uint64 blockNumber);

    /// @notice A block builder can choose this beacon's values, so it runs on local chains only.
    error BlockhashBeacon_NotALocalChain(uint256 chainId);
    /// @notice How far ahead a block is pinned must be at least 1 and leave time to take its hash.
    error BlockhashBeacon_PinAheadOutOfRange(uint8 got, uint8 limit);

    /// @return How many blocks ahead of the pinning one the pinned block is.
    function pinAhead() external view returns (uint8);

    /// @return epoch The epoch of the latest pin.
    /// @return blockNumber The block it waits for, or waited for; zero before the first pin.
    function pinned() external view returns (uint32 epoch, uint64 blockNumber);
}
