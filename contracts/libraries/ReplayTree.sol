// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {RelayId} from "../types/RelayId.sol";
import {CoverClaims} from "./CoverClaims.sol";

/// @title ReplayTree
/// @notice The packets that a relay took in an epoch, as a Merkle tree (protocol section 10).
/// @dev A leaf is `keccak("waybill replay" ‖ epoch(4) ‖ relay(32) ‖ tag(16) ‖ time(5))`, 71 bytes, a node
/// `keccak("waybill node" ‖ lower(20) ‖ higher(20))`, 52 bytes: neither passes for the other, nor for a leaf or
/// node of a ticket's tree. Of leaves and nodes the first 20 bytes count inside a node. Two of one hash are of no
/// use, since whoever builds the tree may put in both; to find one for a hash that is there takes 2^160 steps.
library ReplayTree {
    bytes32 private constant LEAF_TAG = "waybill replay";
    /// @dev "waybill node", its end at the end of the word.
    uint256 private constant TAG_BEFORE_NODES = 0x77617962696c6c206e6f6465;

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

            // What is hashed lies from 0x14 on, over the pointer to free memory, which is put back. The ends
            // of words behind the 20 bytes that count never decide which of two siblings is lower: if those
            // are the same, either order gives the same.
            if depth {
                mstore(0x00, TAG_BEFORE_NODES)
                let sibling := add(position, 70)
                let end := add(sibling, mul(20, depth))
                for {} 1 {} {
                    let other := calldataload(sibling)
                    switch lt(other, node)
                    case 0 {
                        mstore(0x20, node)
                        mstore(0x34, other)
                    }
                    default {
                        mstore(0x20, other)
                        mstore(0x34, node)
                    }
                    node := keccak256(0x14, 52)
                    sibling := add(sibling, 20)
                    if iszero(lt(sibling, end)) {
                        break
                    }
                }
                mstore(0x40, buffer)
            }
        }
    }
}
