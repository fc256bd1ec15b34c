// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title CurvePoints
/// @notice secp256k1 by the textbook, affine and slow, inversions by the modexp precompile. It shares
/// no line and no trick with the library under test, and that is its use.
library CurvePoints {
    /// @dev `(0, 0)` stands for infinity; it is no point of the curve.
    struct Point {
        uint256 x;
        uint256 y;
    }

    uint256 internal constant P = 2 ** 256 - 2 ** 32 - 977;
    uint256 internal constant N = 2 ** 256 - 432420386565659656852420866394968145599;

    function generator() internal pure returns (Point memory) {
        return
            Point(
                0x79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798,
                0x483ADA7726A3C4655DA4FBFC0E1108A8FD17B448A68554199C47D08FFB10D4B8
            );
    }

    function multiply(Point memory point, uint256 k) internal view returns (Point memory sum) {
        for (; k > 0; k >>= 1) {
            if (k & 1 == 1) sum = add(sum, point);
            point = add(point, point);
        }
    }

    function add(Point memory a, Point memory b) internal view returns (Point memory) {
        if (isInfinity(a)) return b;
        if (isInfinity(b)) return a;
        uint256 slope;
        if (a.x != b.x) {
            slope = mulmod(_minus(b.y, a.y), invert(_minus(b.x, a.x)), P);
        } else if (a.y == b.y) {
            slope = mulmod(mulmod(3, mulmod(a.x, a.x, P), P), invert(addmod(a.y, a.y, P)), P);
        } else {
            return Point(0, 0);
        }
        uint256 x = _minus(_minus(mulmod(slope, slope, P), a.x), b.x);
        return Point(x, _minus(mulmod(slope, _minus(a.x, x), P), a.y));
    }

    function negate(Point memory a) internal pure returns (Point memory) {
        return Point(a.x, (P - a.y) % P);
    }

    function isInfinity(Point memory a) internal pure returns (bool) {
        return a.x == 0 && a.y == 0;
    }

    /// @return The inverse mod P, by Fermat; zero for zero.
    function invert(uint256 a) internal view returns (uint256) {
        return power(a, P - 2);
    }

    /// @return result `base^exponent` mod P.
    function power(uint256 base, uint256 exponent) internal view returns (uint256 result) {
        (bool ok, bytes memory output) = address(5).staticcall(
            abi.encode(32, 32, 32, base, exponent, P)
        );
        assert(ok);
        result = abi.decode(output, (uint256));
    }

    function _minus(uint256 a, uint256 b) private pure returns (uint256) {
        return addmod(a, P - b, P);
    }
}
