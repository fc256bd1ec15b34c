// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {PayerId} from "../types/PayerId.sol";

/// @title Claims
/// @notice Reads the packed winning tickets that a redemption brings (protocol section 3).
/// @dev Groups follow each other until the end. A group is tickets of one channel:
/// `payer(32) ‖ ticketSigner(20) ‖ count(2) ‖ count × ticket`, and a ticket is
/// `layer(4 bits) ‖ depth(4 bits) ‖ index(6) ‖ response(32) ‖ signature(64) ‖ depth × sibling(32)`.
/// Positions are calldata offsets. `group` and `ticketEnd` refuse what does not end in time; the other
/// readers are called after them.
library Claims {
    /// @notice The claims end in the middle of a group or ticket, this many bytes early.
    error Claims_Truncated(uint256 missing);

    uint256 private constant GROUP_BYTES = 54;
    uint256 private constant TICKET_BYTES = 103;

    function bounds(bytes calldata claims) internal pure returns (uint256 start, uint256 end) {
        assembly ("memory-safe") {
            start := claims.offset
            end := add(start, claims.length)
        }
    }

    /// @return payer Who funds the channel.
    /// @return ticketSigner Who signed the tickets.
    /// @return count Number of tickets.
    /// @return first Position of the first of them.
    function group(
        uint256 position,
        uint256 end
    ) internal pure returns (PayerId payer, address ticketSigner, uint256 count, uint256 first) {
        first = position + GROUP_BYTES;
        if (first > end) revert Claims_Truncated(first - end);
        assembly ("memory-safe") {
            payer := calldataload(position)
            let word := calldataload(add(position, 32))
            ticketSigner := shr(96, word)
            count := and(shr(80, word), 0xffff)
        }
    }

    /// @return layer The layer that the ticket enters.
    /// @return depth Number of siblings in its Merkle proof.
    function shape(uint256 position) internal pure returns (uint256 layer, uint256 depth) {
        assembly ("memory-safe") {
            let word := calldataload(position)
            layer := shr(252, word)
            depth := and(shr(248, word), 0xf)
        }
    }

    function index(uint256 position) internal pure returns (uint48 value) {
        assembly ("memory-safe") {
            value := and(shr(200, calldataload(position)), 0xffffffffffff)
        }
    }

    /// @return next Position after the ticket at `position`.
    function ticketEnd(uint256 position, uint256 end) internal pure returns (uint256 next) {
        (, uint256 depth) = shape(position);
        next = position + TICKET_BYTES + 32 * depth;
        if (next > end) revert Claims_Truncated(next - end);
    }
}
