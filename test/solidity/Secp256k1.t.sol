// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Secp256k1} from "../../contracts/libraries/Secp256k1.sol";
import {CurvePoints} from "./support/CurvePoints.sol";

contract Secp256k1Test {
    using CurvePoints for CurvePoints.Point;

    function test_KnowsTheCurve() external view {
        assert(Secp256k1.P == CurvePoints.P && Secp256k1.N == CurvePoints.N);
        CurvePoints.Point memory last = CurvePoints.generator().multiply(Secp256k1.N - 1);
        assert(last.add(CurvePoints.generator()).isInfinity());
    }

    function testFuzz_TakesTrueProductsOnly(uint64 r, uint256 k, uint256 other) external view {
        CurvePoints.Point memory base = _point(r);
        k = _scalar(k);
        other = _scalar(other);
        CurvePoints.Point memory product = base.multiply(k);

        assert(_isProduct(k, base, product));
        assert(_isProduct(other, base, product) == (other == k));
        assert(!_isProduct(k, base, product.negate()));
        assert(!_isProduct(k, base.negate(), product));
        assert(_isProduct(Secp256k1.N - k, base, product.negate()));
    }

    function testFuzz_TakesTrueDifferencesOnly(
        uint64 r,
        uint256 s,
        uint128 challenge,
        CurvePoints.Point memory any
    ) external view {
        CurvePoints.Point memory base = _point(r);
        s = _scalar(s);
        uint256 c = uint256(challenge) + 1;
        CurvePoints.Point memory left = CurvePoints.generator().multiply(s);
        CurvePoints.Point memory right = base.multiply(c);
        CurvePoints.Point memory difference = left.add(right.negate());
        if (difference.isInfinity()) return;

        assert(_isDifference(s, c, base, difference));
        assert(!_isDifference(s, c + 1, base, difference));
        assert(!_isDifference(addmod(s, 1, Secp256k1.N), c, base, difference));
        assert(!_isDifference(s, c, base, difference.negate()));
        assert(!_isDifference(s, c, base, left.add(right)));
        bool same = any.x == difference.x && any.y == difference.y;
        assert(_isDifference(s, c, base, any) == same);
    }

    function testFuzz_SubtractsWithTheOneInverseOnly(
        uint64 a,
        uint64 b,
        uint256 wrong
    ) external view {
        if (a == b) return;
        CurvePoints.Point memory left = _point(a);
        CurvePoints.Point memory right = _point(b);
        CurvePoints.Point memory difference = left.add(right.negate());
        uint256 inverse = CurvePoints.invert(addmod(left.x, Secp256k1.P - right.x, Secp256k1.P));

        (bool ok, uint256 x, uint256 y) = _subtract(left, right, inverse);
        assert(ok && x == difference.x && y == difference.y);
        (ok, , ) = _subtract(left, right, wrong);
        assert(ok == (wrong % Secp256k1.P == inverse));
        (ok, , ) = _subtract(left, left, wrong);
        assert(!ok);
    }

    function testFuzz_RefutesExactlyTheCandidatesWithoutPoint(
        uint256 x,
        uint256 any
    ) external view {
        uint256 right = addmod(CurvePoints.power(x, 3), 7, Secp256k1.P);
        // Euler's criterion, and the root that it promises for −right when right has none.
        bool isPoint = CurvePoints.power(right, (Secp256k1.P - 1) / 2) == 1;
        uint256 root = CurvePoints.power(Secp256k1.P - right, (Secp256k1.P + 1) / 4);

        assert(Secp256k1.isNoAbscissa(x, root) == !isPoint);
        if (isPoint) assert(!Secp256k1.isNoAbscissa(x, any));
    }

    function testFuzz_TakesTheKeysThatAreKeys(
        uint64 k,
        CurvePoints.Point memory any
    ) external view {
        CurvePoints.Point memory key = _point(k);
        assert(Secp256k1.isPublicKey(key.x, key.y));
        assert(!Secp256k1.isPublicKey(key.x, key.y ^ 1));
        // A point by chance is one in 2^256.
        assert(!Secp256k1.isPublicKey(any.x, any.y));
    }

    function _scalar(uint256 seed) private pure returns (uint256) {
        return (seed % (Secp256k1.N - 1)) + 1;
    }

    /// @dev Short multiples suffice where only the point has to be any point: they save time.
    function _point(uint64 seed) private view returns (CurvePoints.Point memory) {
        return CurvePoints.generator().multiply(uint256(seed) + 1);
    }

    function _isProduct(
        uint256 k,
        CurvePoints.Point memory base,
        CurvePoints.Point memory product
    ) private view returns (bool) {
        return Secp256k1.isProduct(k, base.x, base.y, product.x, product.y);
    }

    function _isDifference(
        uint256 s,
        uint256 c,
        CurvePoints.Point memory base,
        CurvePoints.Point memory difference
    ) private view returns (bool) {
        return Secp256k1.isDifference(s, c, base.x, base.y, difference.x, difference.y);
    }

    function _subtract(
        CurvePoints.Point memory left,
        CurvePoints.Point memory right,
        uint256 inverse
    ) private pure returns (bool, uint256, uint256) {
        return Secp256k1.subtract(left.x, left.y, right.x, right.y, inverse);
    }
}
