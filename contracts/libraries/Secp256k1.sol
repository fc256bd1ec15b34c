// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title Secp256k1
/// @notice Checks claims about points of secp256k1, `y² = x³ + 7` over the field of `P`.
/// @dev Multiplying a point in the EVM is dear, checking somebody else's product is cheap: for a
/// point `R` with x coordinate `r`, the ecrecover precompile answers the address (last 20 bytes of
/// the keccak256 of `x ‖ y`) of `r⁻¹ (s·R − z·G)`. Fed with suitable `s` and `z`, that is the
/// address of any `a·G + b·R`, and a claimed point is right when it has that address. A claimed
/// point must be a point (`isOnCurve`) before anything rests on it: pairs of numbers that are none
/// would let a cheat search for one that shares the address of any of many points, which takes 2^80
/// steps instead of 2^160.
///
/// The precompile fails for `r` outside `[1, N)`, for an `r` that is the x coordinate of no point,
/// for `s = 0` and for a result at infinity. Zero is then read here, and zero is never accepted as
/// an address. So every function below answers false, never nonsense, for points at infinity,
/// points off the curve, and the few points (2^-128 of all) whose x lies between `N` and `P`.
library Secp256k1 {
    /// @notice Modulus of the field of coordinates.
    uint256 internal constant P =
        0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEFFFFFC2F;

    /// @notice Order of the group, a prime; modulus of scalars.
    uint256 internal constant N =
        0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;

    uint256 private constant B = 7;

    /// @return ok Whether `(x, y)` is a point, coordinates reduced. Infinity has no such form.
    function isOnCurve(uint256 x, uint256 y) internal pure returns (bool ok) {
        uint256 right = _curveRight(x);
        assembly ("memory-safe") {
            // Without jumps: verifying one proof asks four times.
            ok := and(and(lt(x, P), lt(y, P)), eq(mulmod(y, y, P), right))
        }
    }

    /// @return Whether `(x, y)` is a point that the other functions can calculate with: `x < N`.
    function isPublicKey(uint256 x, uint256 y) internal pure returns (bool) {
        return x < N && isOnCurve(x, y);
    }

    /// @return y The odd or even one of the two ordinates at `x`, which must be the abscissa of a point.
    /// @dev `P` is 3 mod 4, so a square's root is its power (P + 1) / 4. By exponentiation, which is dear:
    /// for views.
    function ordinateOf(uint256 x, bool odd) internal view returns (uint256 y) {
        y = Math.modExp(_curveRight(x), (P + 1) / 4, P);
        return (y & 1 == 1) == odd ? y : P - y;
    }

    /// @return Whether `root` proves that no point has x coordinate `x`: its square is
    /// `−(x³ + 7)`. `P` is 3 mod 4, so of `w` and `−w` exactly one is a square unless `w` is zero,
    /// and `x³ + 7` never is zero: that would be a point of order two in a group of odd order.
    function isNoAbscissa(uint256 x, uint256 root) internal pure returns (bool) {
        return addmod(mulmod(root, root, P), _curveRight(x), P) == 0;
    }

    /// @return Whether `(qx, qy) = k·R`, `R` being the point at `rx` with `y` as odd as `ry`.
    function isProduct(
        uint256 k,
        uint256 rx,
        uint256 ry,
        uint256 qx,
        uint256 qy
    ) internal view returns (bool) {
        return _recoversTo(0, ry, rx, mulmod(k, rx, N), qx, qy);
    }

    /// @return Whether `(qx, qy) = s·G − c·R`, `R` being the point at `rx` with `y` as odd as `ry`.
    function isDifference(
        uint256 s,
        uint256 c,
        uint256 rx,
        uint256 ry,
        uint256 qx,
        uint256 qy
    ) internal view returns (bool) {
        // r⁻¹ (−c·r·R + s·r·G). For c = 0 the last argument is N, which the precompile refuses; for
        // s = 0 the first is N, which it reads as zero.
        unchecked {
            uint256 z = N - mulmod(s, rx, N);
            return _recoversTo(z, ry, rx, N - mulmod(c, rx, N), qx, qy);
        }
    }

    /// @notice `(ax, ay) − (bx, by)` for two points with different x, coordinates reduced.
    /// @param inverse Claimed inverse of `ax − bx` mod `P`.
    /// @return ok Whether the claim holds; it cannot for equal x. The rest is only then defined.
    function subtract(
        uint256 ax,
        uint256 ay,
        uint256 bx,
        uint256 by,
        uint256 inverse
    ) internal pure returns (bool ok, uint256 x, uint256 y) {
        unchecked {
            // Coordinates are below P, so nothing here wraps.
            uint256 minusBx = P - bx;
            ok = mulmod(addmod(ax, minusBx, P), inverse, P) == 1;
            uint256 slope = mulmod(addmod(ay, by, P), inverse, P);
            x = addmod(addmod(mulmod(slope, slope, P), P - ax, P), minusBx, P);
            y = addmod(mulmod(slope, addmod(ax, P - x, P), P), P - ay, P);
        }
    }

    /// @dev The right-hand side of the curve's equation, `x³ + 7` mod `P`.
    function _curveRight(uint256 x) private pure returns (uint256) {
        return addmod(mulmod(mulmod(x, x, P), x, P), B, P);
    }

    /// @dev The output is cleared first: a failing precompile succeeds as a call, returns nothing and
    /// leaves in place what was there. Nothing here depends on the order of a call's arguments.
    function _recoversTo(
        uint256 z,
        uint256 ry,
        uint256 r,
        uint256 s,
        uint256 qx,
        uint256 qy
    ) private view returns (bool ok) {
        assembly ("memory-safe") {
            mstore(0x00, qx)
            mstore(0x20, qy)
            let expected := and(keccak256(0x00, 0x40), 0xffffffffffffffffffffffffffffffffffffffff)
            let input := mload(0x40)
            mstore(input, z)
            mstore(add(input, 0x20), add(27, and(ry, 1)))
            mstore(add(input, 0x40), r)
            mstore(add(input, 0x60), s)
            mstore(0x00, 0)
            ok := staticcall(gas(), 1, input, 0x80, 0x00, 0x20)
            let recovered := mload(0x00)
            ok := and(ok, and(eq(recovered, expected), gt(recovered, 0)))
        }
    }
}
