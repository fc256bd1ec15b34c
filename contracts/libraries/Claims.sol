// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Claims
/// @notice Reads the packed winning tickets that a redemption brings (protocol section 3).
/// @dev Groups follow each other until the end. A group is tickets of one channel:
/// `payer(32) ‖ ticketSigner(20) ‖ count(2) ‖ count × ticket`, and a ticket is
/// `layer(4 bits) ‖ depth(4 bits) ‖ index(6) ‖ response(32) ‖ signature(64) ‖ depth × sibling(32)`.
/// Positions are calldata offsets. The readers check no bounds: whoever uses them reverts when a group
/// turns out to end beyond the claims.
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

    /// @return count Number of tickets in the group at `position`.
    /// @return first Position of the first of them.
    function group(uint256 position) internal pure returns (uint256 count, uint256 first) {
        assembly ("memory-safe") {
            count := shr(240, calldataload(add(position, 52)))
            first := add(position, GROUP_BYTES)
        }
    }

    /// @return value Index of the ticket at `position`.
    function index(uint256 position) internal pure returns (uint48 value) {
        assembly ("memory-safe") {
            value := and(shr(200, calldataload(position)), 0xffffffffffff)
        }
    }

    /// @return next Position after the ticket at `position`.
    function ticketEnd(uint256 position) internal pure returns (uint256 next) {
        assembly ("memory-safe") {
            let siblings := and(shr(248, calldataload(position)), 0xf)
            next := add(position, add(TICKET_BYTES, shl(5, siblings)))
        }
    }
}
