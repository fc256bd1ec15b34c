// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Secp256k1} from "../libraries/Secp256k1.sol";

/// @title Secp256k1Harness
/// @notice Opens the internal library to tests.
contract Secp256k1Harness {
    function isOnCurve(uint256 x, uint256 y) external pure returns (bool) {
        return Secp256k1.isOnCurve(x, y);
    }

    function isPublicKey(uint256 x, uint256 y) external pure returns (bool) {
        return Secp256k1.isPublicKey(x, y);
    }

    function isNoAbscissa(uint256 x, uint256 root) external pure returns (bool) {
        return Secp256k1.isNoAbscissa(x, root);
    }

    function isProduct(
        uint256 k,
        uint256 rx,
        uint256 ry,
        uint256 qx,
        uint256 qy
    ) external view returns (bool) {
        return Secp256k1.isProduct(k, rx, ry, qx, qy);
    }

    function isDifference(
        uint256 s,
        uint256 c,
        uint256 rx,
        uint256 ry,
        uint256 qx,
        uint256 qy
    ) external view returns (bool) {
        return Secp256k1.isDifference(s, c, rx, ry, qx, qy);
    }

    /// @notice The same claim twice in one call, first with `k`, then with `failing`: what the first
    /// leaves in memory must not serve the second.
    function isProductTwice(
        uint256 k,
        uint256 failing,
        uint256 rx,
        uint256 ry,
        uint256 qx,
        uint256 qy
    ) external view returns (bool first, bool second) {
        first = Secp256k1.isProduct(k, rx, ry, qx, qy);
        second = Secp256k1.isProduct(failing, rx, ry, qx, qy);
    }

    function subtract(
        uint256 ax,
        uint256 ay,
        uint256 bx,
        uint256 by,
        uint256 inverse
    ) external pure returns (bool ok, uint256 x, uint256 y) {
        return Secp256k1.subtract(ax, ay, bx, by, inverse);
    }
}
