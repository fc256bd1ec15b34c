// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title LayerPermutation
/// @notice A keyed bijection on [0, n): the order in which an era's relays are dealt to the layers.
/// @dev Protocol section 2: a Feistel network of six rounds over max(6, bitlen(n - 1)) bits, its result
/// put in again while it lies outside [0, n). Here halves stay in place and take turns instead of
/// swapping, which comes to the same after an even number of rounds. A single relay has position 0.
library LayerPermutation {
    uint256 internal constant ROUNDS = 6;
    uint256 internal constant LEAST_BITS = 6;

    bytes32 private constant TAG = "waybill layers";
    /// @dev Lengths: the tag, with the key (32), and with round (1) ‖ half (8), too.
    uint256 private constant TAG_BYTES = 14;
    uint256 private constant CONSTANT_PART = 46;
    uint256 private constant PREIMAGE = 55;

    error LayerPermutation_IndexOutOfRange(uint256 got, uint256 limit);

    /// @return The position of `index` in the order given by `key`.
    function permute(bytes32 key, uint32 n, uint256 index) internal pure returns (uint256) {
        if (index >= n) revert LayerPermutation_IndexOutOfRange(index, n);
        if (n == 1) return 0;
        (uint256 rightBits, uint256 leftMask, uint256 rightMask) = _halves(n);
        uint256 frame = _frame(key);
        unchecked {
            do {
                uint256 left = index >> rightBits;
                uint256 right = index & rightMask;
                for (uint256 round = 0; round < ROUNDS; round += 2) {
                    left ^= _round(frame, round, right) & leftMask;
                    right ^= _round(frame, round + 1, left) & rightMask;
                }
                index = (left << rightBits) | right;
            } while (index >= n);
        }
        return index;
    }

    /// @return The index whose position is `position`.
    function invert(bytes32 key, uint32 n, uint256 position) internal pure returns (uint256) {
        if (position >= n) revert LayerPermutation_IndexOutOfRange(position, n);
        if (n == 1) return 0;
        (uint256 rightBits, uint256 leftMask, uint256 rightMask) = _halves(n);
        uint256 frame = _frame(key);
        unchecked {
            do {
                uint256 left = position >> rightBits;
                uint256 right = position & rightMask;
                for (uint256 round = ROUNDS; round > 0; round -= 2) {
                    right ^= _round(frame, round - 1, left) & rightMask;
                    left ^= _round(frame, round - 2, right) & leftMask;
                }
                position = (left << rightBits) | right;
            } while (position >= n);
        }
        return position;
    }

    function _halves(
        uint32 n
    ) private pure returns (uint256 rightBits, uint256 leftMask, uint256 rightMask) {
        unchecked {
            uint256 bits;
            assembly ("memory-safe") {
                bits := sub(256, clz(sub(n, 1)))
            }
            if (bits < LEAST_BITS) bits = LEAST_BITS;
            uint256 leftBits = bits / 2;
            rightBits = bits - leftBits;
            leftMask = (1 << leftBits) - 1;
            rightMask = (1 << rightBits) - 1;
        }
    }

    /// @return frame Where the constant part of what the round function hashes lies in memory.
    /// @dev Nothing else may be put into memory while it is used.
    function _frame(bytes32 key) private pure returns (uint256 frame) {
        assembly ("memory-safe") {
            frame := mload(0x40)
            mstore(frame, TAG)
            mstore(add(frame, TAG_BYTES), key)
        }
    }

    /// @dev Puts round and half behind the constant part and hashes it. In assembly: with the preimage
    /// encoded anew in every round, a permutation costs two thirds more.
    function _round(
        uint256 frame,
        uint256 round,
        uint256 half
    ) private pure returns (uint256 digest) {
        assembly ("memory-safe") {
            mstore(add(frame, CONSTANT_PART), or(shl(248, round), shl(184, half)))
            digest := keccak256(frame, PREIMAGE)
        }
    }
}
