// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title CoverClaims
/// @notice Reads what a claim of the cover lottery brings (protocol section 10).
/// @dev Packed: `VRF key x ‖ y (64) ‖ E0 (64) ‖ E1 (64) ‖ 3 × hop ‖ VRF proof`, points as `x ‖ y`, and a hop is
/// `S (64) ‖ time (5) ‖ depth (1) ‖ depth × sibling (20)`. Positions are calldata offsets.
library CoverClaims {
    /// @notice The claim ends before its VRF proof starts, this many bytes early.
    error CoverClaims_Truncated(uint256 missing);

    /// @notice The proof of `hop` is deeper than any tree.
    error CoverClaims_ProofTooDeep(uint256 hop, uint256 depth, uint256 limit);

    uint256 internal constant HOPS = 3;
    /// @dev Room for 2^32 packets in an epoch.
    uint256 internal constant MAX_DEPTH = 32;

    uint256 private constant EPHEMERAL_AT = 64;
    uint256 private constant HOPS_AT = 192;
    uint256 private constant SIBLINGS_AT = 70;
    uint256 private constant POINT_BYTES = 64;
    uint256 private constant NODE_BYTES = 20;

    /// @return hops Position of each hop.
    /// @return vrfProof All that follows the hops.
    function open(
        bytes calldata claim
    ) internal pure returns (uint256[3] memory hops, bytes calldata vrfProof) {
        uint256 start;
        assembly ("memory-safe") {
            start := claim.offset
        }
        uint256 position = start + HOPS_AT;
        for (uint256 hop = 0; hop < HOPS; ++hop) {
            hops[hop] = position;
            (, uint256 depth) = timeAndDepth(position);
            if (depth > MAX_DEPTH) revert CoverClaims_ProofTooDeep(hop, depth, MAX_DEPTH);
            unchecked {
                position += SIBLINGS_AT + NODE_BYTES * depth;
            }
        }
        uint256 length = position - start;
        if (length > claim.length) revert CoverClaims_Truncated(length - claim.length);
        vrfProof = claim[length:];
    }

    /// @return x Of the drawn relay's VRF key.
    /// @return y The same.
    function vrfKey(bytes calldata claim) internal pure returns (uint256 x, uint256 y) {
        assembly ("memory-safe") {
            x := calldataload(claim.offset)
            y := calldataload(add(claim.offset, 32))
        }
    }

    /// @return position Of the ephemeral key that `hop`, the first or second, gets to see.
    function ephemeralAt(
        bytes calldata claim,
        uint256 hop
    ) internal pure returns (uint256 position) {
        assembly ("memory-safe") {
            position := add(claim.offset, add(EPHEMERAL_AT, mul(POINT_BYTES, hop)))
        }
    }

    /// @return x Of the point at `position`, and a hop starts with its own.
    /// @return y The same.
    function point(uint256 position) internal pure returns (uint256 x, uint256 y) {
        assembly ("memory-safe") {
            x := calldataload(position)
            y := calldataload(add(position, 32))
        }
    }

    /// @return time When the packet came to the hop at `position`.
    /// @return depth Number of siblings in its proof.
    function timeAndDepth(uint256 position) internal pure returns (uint256 time, uint256 depth) {
        assembly ("memory-safe") {
            let head := shr(208, calldataload(add(position, 64)))
            time := shr(8, head)
            depth := and(head, 0xff)
        }
    }
}
