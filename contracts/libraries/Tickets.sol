// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ChannelId} from "../types/ChannelId.sol";

/// @dev Memory in which tickets are checked one after the other; what they share is written once.
type TicketFrame is uint256;

using Tickets for TicketFrame global;

/// @title Tickets
/// @notice Checks winning tickets: leaf, draw, Merkle root, EIP-712 digest and signer (protocol section 3).
/// @dev Layout of the frame, offsets in bytes:
///
/// | offset | content | written |
/// | --- | --- | --- |
/// | 0x000 | struct: type hash, channel, generation, epoch, amount, winProb, root | per batch, channel, ticket |
/// | 0x0e0 | digest: 0x1901 ‖ domain separator ‖ struct hash | per batch, ticket |
/// | 0x140 | leaf: "waybill ticket" ‖ index(6) ‖ challenge | per ticket |
/// | 0x180 | draw: y ‖ leaf ‖ r ‖ response | per batch, ticket |
/// | 0x200 | node: "waybill node" ‖ lower ‖ higher | per batch, sibling |
/// | 0x260 | ecrecover: digest, v, r, s | per ticket |
library Tickets {
    /// What the check of one ticket says.
    enum Verdict {
        Valid,
        Loses,
        BadSignature
    }

    bytes32 internal constant BATCH_TYPEHASH = keccak256(
        "TicketBatch(bytes32 channelId,uint32 generation,uint32 epoch,uint128 amount,uint64 winProb,bytes32 root)"
    );

    /// @dev A frame carries at most 16 packets; two levels are spare.
    uint256 internal constant MAX_DEPTH = 6;

    uint256 private constant FRAME_BYTES = 0x2e0;
    bytes32 private constant LEAF_TAG = "waybill ticket";
    bytes32 private constant NODE_TAG = "waybill node";
    /// Half the order of the group, rounded down: EIP-2 refuses any s above.
    uint256 private constant HALF_ORDER =
        0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0;

    /// @notice Opens a frame for tickets of one relay and one epoch.
    /// @param y VRF output of the relay for the epoch.
    function open(
        bytes32 domainSeparator,
        uint32 epoch,
        uint64 winProb,
        bytes32 y
    ) internal pure returns (TicketFrame frame) {
        bytes32 typeHash = BATCH_TYPEHASH;
        assembly ("memory-safe") {
            frame := mload(0x40)
            mstore(0x40, add(frame, FRAME_BYTES))
            mstore(frame, typeHash)
            mstore(add(frame, 0x60), epoch)
            mstore(add(frame, 0xa0), winProb)
            mstore(add(frame, 0xe0), shl(240, 0x1901))
            mstore(add(frame, 0xe2), domainSeparator)
            mstore(add(frame, 0x180), y)
            mstore(add(frame, 0x200), NODE_TAG)
        }
    }

    /// @notice The next tickets are of this channel.
    function aim(TicketFrame frame, ChannelId channel, uint32 generation) internal pure {
        assembly ("memory-safe") {
            mstore(add(frame, 0x20), channel)
            mstore(add(frame, 0x40), generation)
        }
    }

    /// @notice Checks the ticket that starts at calldata offset `position` (see `Claims`).
    /// @dev The cheap draw comes first, the signature last. A signer of zero never counts: it is what
    /// a failed recovery looks like.
    function check(
        TicketFrame frame,
        uint256 position,
        uint48 index,
        uint256 depth,
        uint128 amount,
        address ticketSigner
    ) internal view returns (Verdict) {
        bytes32 leaf = _leaf(frame, position, index);
        if (!_wins(frame, position, leaf)) return Verdict.Loses;
        bytes32 root = _fold(frame, position, leaf, depth);
        address signer = _signer(frame, position, amount, root);
        if (signer == address(0) || signer != ticketSigner) return Verdict.BadSignature;
        return Verdict.Valid;
    }

    function _leaf(
        TicketFrame frame,
        uint256 position,
        uint48 index
    ) private pure returns (bytes32 leaf) {
        assembly ("memory-safe") {
            let buffer := add(frame, 0x140)
            mstore(0x00, calldataload(add(position, 7)))
            mstore(buffer, or(LEAF_TAG, shl(96, index)))
            mstore(add(buffer, 20), keccak256(0x00, 0x20))
            leaf := keccak256(buffer, 52)
        }
    }

    function _wins(
        TicketFrame frame,
        uint256 position,
        bytes32 leaf
    ) private pure returns (bool wins) {
        assembly ("memory-safe") {
            let buffer := add(frame, 0x180)
            mstore(add(buffer, 0x20), leaf)
            mstore(add(buffer, 0x40), calldataload(add(position, 39)))
            mstore(add(buffer, 0x60), calldataload(add(position, 7)))
            wins := iszero(gt(shr(192, keccak256(buffer, 0x80)), mload(add(frame, 0xa0))))
        }
    }

    function _fold(
        TicketFrame frame,
        uint256 position,
        bytes32 leaf,
        uint256 depth
    ) private pure returns (bytes32 root) {
        assembly ("memory-safe") {
            root := leaf
            let buffer := add(frame, 0x200)
            let sibling := add(position, 103)
            for {
                let end := add(sibling, shl(5, depth))
            } lt(sibling, end) {
                sibling := add(sibling, 0x20)
            } {
                let other := calldataload(sibling)
                let swap := lt(other, root)
                // Lower first, whichever side each stands on.
                mstore(add(buffer, sub(44, shl(5, swap))), other)
                mstore(add(buffer, add(12, shl(5, swap))), root)
                root := keccak256(buffer, 76)
            }
        }
    }

    /// @return signer Zero when the signature is malleable or of nobody.
    function _signer(
        TicketFrame frame,
        uint256 position,
        uint128 amount,
        bytes32 root
    ) private view returns (address signer) {
        assembly ("memory-safe") {
            mstore(add(frame, 0x80), amount)
            mstore(add(frame, 0xc0), root)
            let digest := add(frame, 0xe0)
            mstore(add(digest, 34), keccak256(frame, 0xe0))

            let r := calldataload(add(position, 39))
            let vs := calldataload(add(position, 71))
            let s := and(vs, shr(1, not(0)))
            if iszero(gt(s, HALF_ORDER)) {
                let input := add(frame, 0x260)
                mstore(input, keccak256(digest, 66))
                mstore(add(input, 0x20), add(27, shr(255, vs)))
                mstore(add(input, 0x40), r)
                mstore(add(input, 0x60), s)
                // A failed recovery succeeds as a call and writes nothing: clear what stood there.
                mstore(0x00, 0)
                pop(staticcall(gas(), 1, input, 0x80, 0x00, 0x20))
                signer := mload(0x00)
            }
        }
    }
}
