// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {CurvePoints} from "./CurvePoints.sol";

/// @title VrfProver
/// @notice Makes VRF proofs with their witnesses inside a test (protocol section 8), by the textbook.
/// Secret and nonce should be small, to keep multiplications short; nothing here is secret.
library VrfProver {
    error VrfProver_NoCandidate();

    using CurvePoints for CurvePoints.Point;

    function publicKey(uint256 secret) internal view returns (CurvePoints.Point memory) {
        return CurvePoints.generator().multiply(secret);
    }

    /// @return proof Γ ‖ c ‖ s ‖ U ‖ s·H ‖ c·Γ ‖ inverse ‖ a root for each skipped candidate.
    function prove(
        uint256 secret,
        uint256 nonce,
        bytes memory alpha
    ) internal view returns (bytes memory proof) {
        bytes memory key = _compress(publicKey(secret));
        (CurvePoints.Point memory h, bytes memory roots) = _encode(key, alpha);
        CurvePoints.Point memory gamma = h.multiply(secret);
        CurvePoints.Point memory u = CurvePoints.generator().multiply(nonce);
        CurvePoints.Point memory v = h.multiply(nonce);
        uint256 c = _challenge(key, h, gamma, u, v);
        CurvePoints.Point memory cGamma = gamma.multiply(c);
        CurvePoints.Point memory sH = v.add(cGamma);
        proof = abi.encodePacked(
            _compress(gamma),
            uint128(c),
            addmod(nonce, mulmod(c, secret, CurvePoints.N), CurvePoints.N),
            abi.encode(u, sH, cGamma),
            CurvePoints.invert(addmod(sH.x, CurvePoints.P - cGamma.x, CurvePoints.P)),
            roots
        );
    }

    function _encode(
        bytes memory key,
        bytes memory alpha
    ) private view returns (CurvePoints.Point memory h, bytes memory roots) {
        for (uint256 counter = 0; counter < 256; ++counter) {
            uint256 x = uint256(
                sha256(abi.encodePacked(hex"fe01", key, alpha, uint8(counter), hex"00"))
            );
            uint256 right = addmod(
                mulmod(mulmod(x, x, CurvePoints.P), x, CurvePoints.P),
                7,
                CurvePoints.P
            );
            uint256 root = _root(right);
            if (mulmod(root, root, CurvePoints.P) == right) {
                return (CurvePoints.Point(x, root & 1 == 0 ? root : CurvePoints.P - root), roots);
            }
            roots = abi.encodePacked(roots, _root(CurvePoints.P - right));
        }
        revert VrfProver_NoCandidate();
    }

    function _challenge(
        bytes memory key,
        CurvePoints.Point memory h,
        CurvePoints.Point memory gamma,
        CurvePoints.Point memory u,
        CurvePoints.Point memory v
    ) private pure returns (uint256) {
        bytes memory points = abi.encodePacked(
            key,
            _compress(h),
            _compress(gamma),
            _compress(u),
            _compress(v)
        );
        return uint128(bytes16(sha256(abi.encodePacked(hex"fe02", points, hex"00"))));
    }

    function _root(uint256 square) private view returns (uint256) {
        return CurvePoints.power(square, (CurvePoints.P + 1) / 4);
    }

    function _compress(CurvePoints.Point memory point) private pure returns (bytes memory) {
        return abi.encodePacked(point.y & 1 == 0 ? bytes1(0x02) : bytes1(0x03), point.x);
    }
}
