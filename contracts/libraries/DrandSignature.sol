// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BLS12381, G1, G2} from "./BLS12381.sol";

/// @title DrandSignature
/// @notice Rounds of drand's scheme `bls-unchained-g1-rfc9380`, the one of its chain quicknet.
library DrandSignature {
    bytes private constant DST = "BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_";

    /// @return Whether `signature` is the one that the chain of `key` publishes for `round`.
    /// @dev There is exactly one, in exactly one encoding. `key` must have passed BLS12381.isPublicKey.
    function verify(G2 memory key, uint64 round, G1 memory signature) internal view returns (bool) {
        bytes32 message = sha256(abi.encodePacked(round));
        return BLS12381.isSignature(key, BLS12381.hashToG1(message, DST), signature);
    }

    /// @return The randomness that drand publishes beside a signature that is valid.
    function randomness(G1 memory signature) internal pure returns (bytes32) {
        return sha256(BLS12381.compress(signature));
    }
}
