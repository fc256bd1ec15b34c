// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {RelayId} from "../types/RelayId.sol";
import {CoverClaims} from "./CoverClaims.sol";

/// @title ReplayTree
/// @notice The packets that a relay took in an epoch, as a Merkle tree (protocol section 10).
/// @dev A leaf is `keccak("waybill replay" ‖ epoch(4) ‖ relay(32) ‖ tag(16) ‖ time(5))`, 71 bytes, a node
/// `keccak("waybill node" ‖ lower ‖ higher)`, 76 bytes: neither passes for the other, nor for a ticket's leaf.
library ReplayTree {
    bytes32 private constant LEAF_TAG = "waybill replay";
    bytes32 private constant NODE_TAG = "waybill node";

    /// @notice The root that a packet's leaf leads to by the proof of the hop at calldata offset `position`.
    /// @param tag The packet's replay tag at that hop.
    function rootFor(
        uint32 epoch,
        RelayId relay,
        bytes16 tag,
        uint256 position
    ) internal pure returns (bytes32 node) {
        (uint256 time, uint256 depth) = CoverClaims.timeAndDepth(position);
        assembly ("memory-safe") {
            let buffer := mload(0x40)
            mstore(buffer, or(LEAF_TAG, shl(112, epoch)))
            mstore(add(buffer, 18), relay)
            mstore(add(buffer, 50), tag)
            mstore(add(buffer, 66), shl(216, time))
            node := keccak256(buffer, 71)

            // Of two siblings the lower is hashed first, whichever side each stands on.
            mstore(buffer, NODE_TAG)
            let sibling := add(position, 70)
            for {
                let end := add(sibling, shl(5, depth))
            } lt(sibling, end) {
                sibling := add(sibling, 0x20)
            } {
                let other := calldataload(sibling)
                let lower := shl(5, lt(other, node))
                mstore(add(buffer, sub(44, lower)), other)
                mstore(add(buffer, add(12, lower)), node)
                node := keccak256(buffer, 76)
            }
        }
    }
}
