// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {CoverClaims} from "./CoverClaims.sol";
import {Secp256k1} from "./Secp256k1.sol";

/// @title CoverRoute
/// @notice What a slot's VRF output fixes, and what the hops of its packet see (protocol sections 5 and 10).
/// @dev The packet's creator multiplies points, this library checks the products (see `Secp256k1`).
library CoverRoute {
    /// @notice The point given for `hop` is not what the sender shares with it.
    error CoverRoute_WrongShare(uint256 hop);

    /// @notice The point given is not the ephemeral key that `hop` sees.
    error CoverRoute_WrongEphemeralKey(uint256 hop);

    /// @notice Whichever points a claim gives, they must be some.
    error CoverRoute_NotOnCurve(uint256 x, uint256 y);

    uint256 private constant GENERATOR_X =
        0x79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798;
    uint256 private constant GENERATOR_Y =
        0x483ADA7726A3C4655DA4FBFC0E1108A8FD17B448A68554199C47D08FFB10D4B8;
    uint256 private constant LAST_HOP = CoverClaims.HOPS - 1;

    /// @return The packet's session key; zero, once in 2^256, for a slot that has none.
    function sessionKey(bytes32 beta) internal pure returns (uint256) {
        return uint256(keccak256(abi.encodePacked("waybill cover key", beta))) % Secp256k1.N;
    }

    /// @return picks For each layer a number whose remainder by the layer's size says which relay is meant.
    /// @return moment Its remainder by the epoch's length less the route's span is the second of sending.
    function picksOf(bytes32 beta) internal pure returns (uint256[3] memory picks, uint256 moment) {
        uint256 route = uint256(keccak256(abi.encodePacked("waybill cover route", beta)));
        picks = [route >> 192, uint64(route >> 128), uint64(route >> 64)];
        moment = uint64(route);
    }

    /// @notice Follows the packet with session key `scalar` through its hops.
    /// @param keyX x of each hop's packet key.
    /// @param parities Bit h is set when y of the h-th key is odd.
    /// @param hops Position of each hop in the claim.
    /// @return tags What each hop's replay database holds of the packet.
    function tagsOf(
        uint256 scalar,
        uint256[3] memory keyX,
        uint256 parities,
        bytes calldata claim,
        uint256[3] memory hops
    ) internal view returns (bytes16[3] memory tags) {
        for (uint256 hop = 0; hop < CoverClaims.HOPS; ++hop) {
            (uint256 x, uint256 y) = _point(hops[hop]);
            if (!Secp256k1.isProduct(scalar, keyX[hop], parities >> hop, x, y))
                revert CoverRoute_WrongShare(hop);
            bytes32 secret = _hashPoint(x, y, 0, 33);
            tags[hop] = bytes16(sha256(abi.encodePacked("tag", secret)));
            if (hop == LAST_HOP) break;

            (x, y) = _point(CoverClaims.ephemeralAt(claim, hop));
            if (!Secp256k1.isProduct(scalar, GENERATOR_X, GENERATOR_Y, x, y))
                revert CoverRoute_WrongEphemeralKey(hop);
            // The blinding factor. Were the product zero, no point would be the next hop's share.
            scalar = mulmod(scalar, uint256(_hashPoint(x, y, secret, 65)), Secp256k1.N);
        }
    }

    function _point(uint256 position) private pure returns (uint256 x, uint256 y) {
        (x, y) = CoverClaims.point(position);
        if (!Secp256k1.isOnCurve(x, y)) revert CoverRoute_NotOnCurve(x, y);
    }

    /// @return digest SHA-256 of the first `length` bytes of `compressed point ‖ tail`. The precompile fails
    /// only for want of gas.
    function _hashPoint(
        uint256 x,
        uint256 y,
        bytes32 tail,
        uint256 length
    ) private view returns (bytes32 digest) {
        assembly ("memory-safe") {
            let message := mload(0x40)
            mstore8(message, or(2, and(y, 1)))
            mstore(add(message, 1), x)
            mstore(add(message, 33), tail)
            if iszero(staticcall(gas(), 2, message, length, 0x00, 0x20)) {
                revert(0x00, 0x00)
            }
            digest := mload(0x00)
        }
    }
}
