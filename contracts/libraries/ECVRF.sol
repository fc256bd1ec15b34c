// SPDX-License-Identifier: MIT
pragma solidity ^0.8.37;

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

    /// @notice `s` must lie between 1 and the group order minus one.
    error ECVRF_ScalarOutOfRange(uint256 s, uint256 order);

    /// @notice The root given for this counter does not show its candidate to be off the curve.
    error ECVRF_CandidateNotRefuted(uint256 counter, uint256 root);

    /// @notice `U` is not `s·G − c·Y`: the proof is not of this key.
    error ECVRF_WrongU();

    /// @notice The point given is not `s·H`, or the candidate counted to is not on the curve.
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
    uint256 private constant LONGEST = OFFSET_ROOTS + 255 * 32;

    bytes1 private constant SUITE = 0xFE;
    bytes1 private constant DOMAIN_ENCODE = 0x01;
    bytes1 private constant DOMAIN_CHALLENGE = 0x02;
    bytes1 private constant DOMAIN_OUTPUT = 0x03;
    bytes1 private constant DOMAIN_BACK = 0x00;

    /// @notice Reverts unless `proof` shows what the owner of key `(pubX, pubY)` gets for `alpha`.
    /// @return beta The VRF output: the same for every valid proof over `alpha` under this key.
    function verify(
        uint256 pubX,
        uint256 pubY,
        bytes memory alpha,
        bytes calldata proof
    ) internal pure returns (bytes32 beta) {
        _checkForm(pubX, pubY, proof);
        bytes memory key = _compress(pubX, pubY);
        uint256 hx = _hashToCurve(key, alpha, proof);
        _checkU(pubX, pubY, proof);
        bytes memory v = _v(hx, proof);

        uint256 expected = uint128(
            bytes16(
                sha256(
                    abi.encodePacked(
                        SUITE,
                        DOMAIN_CHALLENGE,
                        key,
                        _compress(hx, 0),
                        proof[:OFFSET_C],
                        _compress(_word(proof, OFFSET_U), _word(proof, OFFSET_U + 32)),
                        v,
                        DOMAIN_BACK
                    )
                )
            )
        );
        if (_challenge(proof) != expected) {
            revert ECVRF_WrongChallenge(_challenge(proof), expected);
        }
        return sha256(abi.encodePacked(SUITE, DOMAIN_OUTPUT, proof[:OFFSET_C], DOMAIN_BACK));
    }

    function _checkForm(uint256 pubX, uint256 pubY, bytes calldata proof) private pure {
        if (
            proof.length < OFFSET_ROOTS ||
            proof.length > LONGEST ||
            (proof.length - OFFSET_ROOTS) % 32 != 0
        ) revert ECVRF_WrongLength(proof.length, OFFSET_ROOTS, LONGEST);
        if (!Secp256k1.isPublicKey(pubX, pubY)) revert ECVRF_BadPublicKey(pubX, pubY);
        uint256 prefix = uint8(proof[0]);
        if ((prefix | 1) != 3) revert ECVRF_BadGammaPrefix(prefix);
        uint256 s = _word(proof, OFFSET_S);
        if (s == 0 || s >= Secp256k1.N) revert ECVRF_ScalarOutOfRange(s, Secp256k1.N);
    }

    /// @dev RFC 9381 §5.4.1.1. Returns the x coordinate only: the point's y is even by definition.
    /// That it is on the curve, `_v` finds out.
    function _hashToCurve(
        bytes memory key,
        bytes memory alpha,
        bytes calldata proof
    ) private pure returns (uint256 x) {
        uint256 skipped = (proof.length - OFFSET_ROOTS) / 32;
        bytes memory message = abi.encodePacked(
            SUITE,
            DOMAIN_ENCODE,
            key,
            alpha,
            uint8(0),
            DOMAIN_BACK
        );
        x = uint256(sha256(message));
        for (uint256 counter = 0; counter < skipped; ++counter) {
            uint256 root = _word(proof, OFFSET_ROOTS + 32 * counter);
            if (!Secp256k1.isNoAbscissa(x, root)) revert ECVRF_CandidateNotRefuted(counter, root);
            message[message.length - 2] = bytes1(uint8(counter + 1));
            x = uint256(sha256(message));
        }
    }

    function _checkU(uint256 pubX, uint256 pubY, bytes calldata proof) private pure {
        if (
            !Secp256k1.isDifference(
                _word(proof, OFFSET_S),
                _challenge(proof),
                pubX,
                pubY,
                _word(proof, OFFSET_U),
                _word(proof, OFFSET_U + 32)
            )
        ) revert ECVRF_WrongU();
    }

    /// @dev `V = s·H − c·Γ`, compressed.
    function _v(uint256 hx, bytes calldata proof) private pure returns (bytes memory) {
        uint256 ax = _word(proof, OFFSET_SH);
        uint256 ay = _word(proof, OFFSET_SH + 32);
        if (!Secp256k1.isProduct(_word(proof, OFFSET_S), hx, 0, ax, ay)) {
            revert ECVRF_WrongProductOfH((proof.length - OFFSET_ROOTS) / 32);
        }
        uint256 bx = _word(proof, OFFSET_C_GAMMA);
        uint256 by = _word(proof, OFFSET_C_GAMMA + 32);
        if (!Secp256k1.isProduct(_challenge(proof), _word(proof, 1), uint8(proof[0]), bx, by)) {
            revert ECVRF_WrongProductOfGamma();
        }
        uint256 inverse = _word(proof, OFFSET_INVERSE);
        (bool ok, uint256 x, uint256 y) = Secp256k1.subtract(ax, ay, bx, by, inverse);
        if (!ok) revert ECVRF_WrongInverse(inverse);
        return _compress(x, y);
    }

    function _challenge(bytes calldata proof) private pure returns (uint256) {
        return _word(proof, OFFSET_C) >> 128;
    }

    /// @dev SEC 1 §2.3.3: parity, then x.
    function _compress(uint256 x, uint256 y) private pure returns (bytes memory) {
        return abi.encodePacked(uint8(2 | (y & 1)), x);
    }

    function _word(bytes calldata proof, uint256 offset) private pure returns (uint256 word) {
        assembly ("memory-safe") {
            word := calldataload(add(proof.offset, offset))
        }
    }
}
