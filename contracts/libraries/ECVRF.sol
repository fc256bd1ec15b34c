// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Secp256k1} from "./Secp256k1.sol";

/// @title ECVRF
/// @notice Verifies ECVRF-SECP256K1-SHA256-TAI proofs (RFC 9381 with suite byte 0xFE; protocol §8).
/// @dev The caller's proof is longer than RFC 9381's, because it brings what would be dear to
/// calculate here. Every part is checked; none can change the output:
///
/// | bytes | content |
/// | --- | --- |
/// | 0–80 | the RFC proof: `Γ` (33, compressed), `c` (16), `s` (32) |
/// | 81–144 | `U = s·G − c·Y` as `x ‖ y` |
/// | 145–208 | `s·H` as `x ‖ y` |
/// | 209–272 | `c·Γ` as `x ‖ y` |
/// | 273–304 | inverse of `x(s·H) − x(c·Γ)` mod P |
/// | 305–… | for each counter before the one that gives `H`: a root of `−(x³ + 7)`, 32 bytes |
///
/// The number of roots says which try-and-increment candidate is `H`. A root exists only for a
/// candidate that is no abscissa, so none that RFC 9381 would take can be skipped, and a candidate
/// that RFC 9381 would skip cannot be taken, since ecrecover finds no point there. What each check
/// is for is argued in docs/decisions/0002-vrf-verifier.md.
library ECVRF {
    /// @notice The proof is too short, does not end on a whole root, or has more roots than the
    /// counter's byte can count.
    error ECVRF_WrongLength(uint256 length, uint256 shortest, uint256 longest);

    /// @notice The public key is not a point with x below the group order.
    error ECVRF_BadPublicKey(uint256 x, uint256 y);

    /// @notice `Γ` must start with 2 or 3.
    error ECVRF_BadGammaPrefix(uint256 prefix);

    /// @notice `U`, `s·H` and `c·Γ` must be points, whichever: which ones is checked later.
    error ECVRF_NotOnCurve(uint256 x, uint256 y);

    /// @notice `s` must be below the group order.
    error ECVRF_ScalarTooLarge(uint256 s, uint256 largest);

    /// @notice The root given for this counter does not show its candidate to be off the curve.
    error ECVRF_CandidateNotRefuted(uint256 counter, uint256 root);

    /// @notice `U` is not `s·G − c·Y`: the proof is not of this key.
    error ECVRF_WrongU();

    /// @notice The point given is not `s·H`, or `s` is zero, or the candidate counted to is no point.
    error ECVRF_WrongProductOfH(uint256 counter);

    /// @notice The point given is not `c·Γ`, or `Γ` is not on the curve, or `c` is zero.
    error ECVRF_WrongProductOfGamma();

    /// @notice The inverse given is none.
    error ECVRF_WrongInverse(uint256 inverse);

    /// @notice The challenge does not belong to the five points.
    error ECVRF_WrongChallenge(uint256 challenge, uint256 expected);

    uint256 private constant OFFSET_C = 33;
    uint256 private constant OFFSET_S = 49;
    uint256 private constant OFFSET_U = 81;
    uint256 private constant OFFSET_SH = 145;
    uint256 private constant OFFSET_C_GAMMA = 209;
    uint256 private constant OFFSET_INVERSE = 273;
    uint256 private constant OFFSET_ROOTS = 305;
    uint256 private constant MOST_ROOTS = 255 * 32;

    uint256 private constant SUITE = 0xFE;
    uint256 private constant DOMAIN_ENCODE = 0x01;
    uint256 private constant DOMAIN_CHALLENGE = 0x02;
    uint256 private constant DOMAIN_OUTPUT = 0x03;
    uint256 private constant DOMAIN_BACK = 0x00;

    /// @notice Reverts unless `proof` shows what the owner of key `(pubX, pubY)` gets for `alpha`.
    /// @return beta The VRF output: the same for every valid proof over `alpha` under this key.
    function verify(
        uint256 pubX,
        uint256 pubY,
        bytes memory alpha,
        bytes calldata proof
    ) internal view returns (bytes32 beta) {
        _checkForm(pubX, pubY, proof);
        uint256 hx = _hashToCurve(pubX, pubY, alpha, proof);
        _checkU(pubX, pubY, proof);
        (uint256 vx, uint256 vy) = _v(hx, proof);
        uint256 expected = _expectedChallenge(pubX, pubY, hx, vx, vy, proof);
        uint256 challenge = _challenge(proof);
        if (challenge != expected) revert ECVRF_WrongChallenge(challenge, expected);
        return _output(proof);
    }

    function _checkForm(uint256 pubX, uint256 pubY, bytes calldata proof) private pure {
        unchecked {
            // Wraps to a huge number for a proof that is too short.
            uint256 roots = proof.length - OFFSET_ROOTS;
            if (roots > MOST_ROOTS || roots % 32 != 0) {
                revert ECVRF_WrongLength(proof.length, OFFSET_ROOTS, OFFSET_ROOTS + MOST_ROOTS);
            }
        }
        if (!Secp256k1.isPublicKey(pubX, pubY)) revert ECVRF_BadPublicKey(pubX, pubY);
        uint256 prefix = _word(proof, 0) >> 248;
        if ((prefix | 1) != 3) revert ECVRF_BadGammaPrefix(prefix);
        uint256 s = _word(proof, OFFSET_S);
        if (s >= Secp256k1.N) revert ECVRF_ScalarTooLarge(s, Secp256k1.N - 1);
    }

    /// @dev RFC 9381 §5.4.1.1. Returns the x coordinate only: the point's y is even by definition.
    /// That there is a point, `_v` finds out.
    function _hashToCurve(
        uint256 pubX,
        uint256 pubY,
        bytes memory alpha,
        bytes calldata proof
    ) private view returns (uint256 x) {
        uint256 message;
        uint256 length;
        assembly ("memory-safe") {
            // suite ‖ domain ‖ key (33) ‖ alpha ‖ counter ‖ 0
            message := mload(0x40)
            let alphaLength := mload(alpha)
            length := add(37, alphaLength)
            mstore(0x40, and(add(add(message, length), 31), not(31)))
            let start := or(shl(248, SUITE), shl(240, DOMAIN_ENCODE))
            mstore(message, or(start, shl(232, or(2, and(pubY, 1)))))
            mstore(add(message, 3), pubX)
            mcopy(add(message, 35), add(alpha, 32), alphaLength)
            mstore8(add(message, add(36, alphaLength)), DOMAIN_BACK)
        }
        x = _candidate(message, length, 0);
        unchecked {
            uint256 skipped = (proof.length - OFFSET_ROOTS) / 32;
            uint256 counter = 0;
            while (counter != skipped) {
                uint256 root = _word(proof, OFFSET_ROOTS + 32 * counter);
                if (!Secp256k1.isNoAbscissa(x, root)) {
                    revert ECVRF_CandidateNotRefuted(counter, root);
                }
                ++counter;
                x = _candidate(message, length, counter);
            }
        }
    }

    /// @dev Hashes the message of `_hashToCurve` with this counter, its last byte but one.
    function _candidate(
        uint256 message,
        uint256 length,
        uint256 counter
    ) private view returns (uint256) {
        assembly ("memory-safe") {
            mstore8(sub(add(message, length), 2), counter)
        }
        return uint256(_sha256(message, length));
    }

    function _checkU(uint256 pubX, uint256 pubY, bytes calldata proof) private view {
        (uint256 x, uint256 y) = _point(proof, OFFSET_U);
        if (!Secp256k1.isDifference(_word(proof, OFFSET_S), _challenge(proof), pubX, pubY, x, y)) {
            revert ECVRF_WrongU();
        }
    }

    /// @dev `V = s·H − c·Γ`.
    function _v(uint256 hx, bytes calldata proof) private view returns (uint256 x, uint256 y) {
        (uint256 ax, uint256 ay) = _point(proof, OFFSET_SH);
        if (!Secp256k1.isProduct(_word(proof, OFFSET_S), hx, 0, ax, ay)) {
            revert ECVRF_WrongProductOfH((proof.length - OFFSET_ROOTS) / 32);
        }
        (uint256 bx, uint256 by) = _point(proof, OFFSET_C_GAMMA);
        if (
            !Secp256k1.isProduct(_challenge(proof), _word(proof, 1), _word(proof, 0) >> 248, bx, by)
        ) {
            revert ECVRF_WrongProductOfGamma();
        }
        uint256 inverse = _word(proof, OFFSET_INVERSE);
        bool ok;
        (ok, x, y) = Secp256k1.subtract(ax, ay, bx, by, inverse);
        if (!ok) revert ECVRF_WrongInverse(inverse);
    }

    /// @dev RFC 9381 §5.4.3.
    function _expectedChallenge(
        uint256 pubX,
        uint256 pubY,
        uint256 hx,
        uint256 vx,
        uint256 vy,
        bytes calldata proof
    ) private view returns (uint256) {
        uint256 message;
        assembly ("memory-safe") {
            // suite ‖ domain ‖ key ‖ H ‖ Γ ‖ U ‖ V ‖ 0, points compressed to 33 bytes
            message := mload(0x40)
            mstore(0x40, add(message, 192))
            let start := or(shl(248, SUITE), shl(240, DOMAIN_CHALLENGE))
            mstore(message, or(start, shl(232, or(2, and(pubY, 1)))))
            mstore(add(message, 3), pubX)
            mstore8(add(message, 35), 2)
            mstore(add(message, 36), hx)
            calldatacopy(add(message, 68), proof.offset, 33)
            let u := add(proof.offset, OFFSET_U)
            mstore8(add(message, 101), or(2, and(calldataload(add(u, 32)), 1)))
            calldatacopy(add(message, 102), u, 32)
            mstore8(add(message, 134), or(2, and(vy, 1)))
            mstore(add(message, 135), vx)
            mstore8(add(message, 167), DOMAIN_BACK)
        }
        return uint256(_sha256(message, 168)) >> 128;
    }

    /// @dev RFC 9381 §5.2 for a group without cofactor.
    function _output(bytes calldata proof) private view returns (bytes32) {
        uint256 message;
        assembly ("memory-safe") {
            // suite ‖ domain ‖ Γ ‖ 0
            message := mload(0x40)
            mstore(0x40, add(message, 64))
            mstore(message, or(shl(248, SUITE), shl(240, DOMAIN_OUTPUT)))
            calldatacopy(add(message, 2), proof.offset, 33)
            mstore8(add(message, 35), DOMAIN_BACK)
        }
        return _sha256(message, 36);
    }

    function _challenge(bytes calldata proof) private pure returns (uint256) {
        return _word(proof, OFFSET_C) >> 128;
    }

    /// @dev A point that the prover claims: whichever it is, it has to be one.
    function _point(
        bytes calldata proof,
        uint256 offset
    ) private pure returns (uint256 x, uint256 y) {
        x = _word(proof, offset);
        y = _word(proof, offset + 32);
        if (!Secp256k1.isOnCurve(x, y)) revert ECVRF_NotOnCurve(x, y);
    }

    function _word(bytes calldata proof, uint256 offset) private pure returns (uint256 word) {
        assembly ("memory-safe") {
            word := calldataload(add(proof.offset, offset))
        }
    }

    /// @dev Of `length` bytes of memory at `message`. The precompile fails only for want of gas.
    function _sha256(uint256 message, uint256 length) private view returns (bytes32 digest) {
        assembly ("memory-safe") {
            if iszero(staticcall(gas(), 2, message, length, 0x00, 0x20)) {
                revert(0x00, 0x00)
            }
            digest := mload(0x00)
        }
    }
}
