// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title LayerPermutation
/// @notice A keyed bijection on [0, n): the order in which an era's relays are dealt to the layers.
/// @dev Protocol section 2: a Feistel network of six rounds over max(6, bitlen(n - 1)) bits, its result
/// put in again while it lies outside [0, n). Halves may differ by one bit; widths swap with the halves,
/// and are back in place after an even number of rounds. For n of 0 or 1 nothing is permuted.
library LayerPermutation {
    uint256 internal constant ROUNDS = 6;
    uint256 internal constant LEAST_BITS = 6;

    /// @dev Lengths: "waybill layers" (14) ‖ key (32), and the same with round (1) ‖ half (8).
    uint256 private constant CONSTANT_PART = 46;
    uint256 private constant PREIMAGE = 55;

    error LayerPermutation_IndexOutOfRange(uint256 got, uint256 limit);

    /// @return The position of `index` in the order given by `key`.
    function permute(bytes32 key, uint32 n, uint256 index) internal pure returns (uint256) {
        if (index >= n) revert LayerPermutation_IndexOutOfRange(index, n);
        if (n == 1) return 0;
        (uint256 leftBits, uint256 rightBits) = _widths(n);
        bytes memory frame = _frame(key);
        uint256 value = index;
        do {
            value = _forward(frame, value, leftBits, rightBits);
        } while (value >= n);
        return value;
    }

    /// @return The index whose position is `position`.
    function invert(bytes32 key, uint32 n, uint256 position) internal pure returns (uint256) {
        if (position >= n) revert LayerPermutation_IndexOutOfRange(position, n);
        if (n == 1) return 0;
        (uint256 leftBits, uint256 rightBits) = _widths(n);
        bytes memory frame = _frame(key);
        uint256 value = position;
        do {
            value = _backward(frame, value, leftBits, rightBits);
        } while (value >= n);
        return value;
    }

    function _forward(
        bytes memory frame,
        uint256 value,
        uint256 leftBits,
        uint256 rightBits
    ) private pure returns (uint256) {
        unchecked {
            uint256 left = value >> rightBits;
            uint256 right = value & ((1 << rightBits) - 1);
            for (uint256 round = 0; round < ROUNDS; ++round) {
                uint256 mask = (1 << (round & 1 == 0 ? leftBits : rightBits)) - 1;
                (left, right) = (right, left ^ (_round(frame, round, right) & mask));
            }
            return (left << rightBits) | right;
        }
    }

    function _backward(
        bytes memory frame,
        uint256 value,
        uint256 leftBits,
        uint256 rightBits
    ) private pure returns (uint256) {
        unchecked {
            uint256 left = value >> rightBits;
            uint256 right = value & ((1 << rightBits) - 1);
            for (uint256 round = ROUNDS; round-- > 0;) {
                uint256 mask = (1 << (round & 1 == 0 ? leftBits : rightBits)) - 1;
                (left, right) = (right ^ (_round(frame, round, left) & mask), left);
            }
            return (left << rightBits) | right;
        }
    }

    function _widths(uint32 n) private pure returns (uint256 leftBits, uint256 rightBits) {
        unchecked {
            uint256 bits = LEAST_BITS;
            while ((uint256(n) - 1) >> bits != 0) ++bits;
            leftBits = bits / 2;
            rightBits = bits - leftBits;
        }
    }

    /// @dev What the round function hashes: its constant part and a word that starts with round ‖ half.
    function _frame(bytes32 key) private pure returns (bytes memory) {
        return abi.encodePacked("waybill layers", key, uint256(0));
    }

    /// @dev Puts round and half into the frame and hashes it. In assembly, since encoding the preimage
    /// anew in every round costs several times as much.
    function _round(
        bytes memory frame,
        uint256 round,
        uint256 half
    ) private pure returns (uint256 digest) {
        assembly ("memory-safe") {
            let start := add(frame, 32)
            mstore(add(start, CONSTANT_PART), or(shl(248, round), shl(184, half)))
            digest := keccak256(start, PREIMAGE)
        }
    }
}
