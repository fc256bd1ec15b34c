// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BLS12381, G1, G2} from "../libraries/BLS12381.sol";
import {DrandSignature} from "../libraries/DrandSignature.sol";

/// @title DrandHarness
/// @notice Opens the internal libraries to tests and to the gas bench.
contract DrandHarness {
    function verify(
        G2 calldata key,
        uint64 round,
        G1 calldata signature
    ) external view returns (bool) {
        return DrandSignature.verify(key, round, signature);
    }

    function randomness(G1 calldata signature) external pure returns (bytes32) {
        return DrandSignature.randomness(signature);
    }

    function hashToG1(bytes32 message, bytes calldata dst) external view returns (G1 memory) {
        return BLS12381.hashToG1(message, dst);
    }

    function isPublicKey(G2 calldata key) external view returns (bool) {
        return BLS12381.isPublicKey(key);
    }

    /// @return ok Whether the signature is right.
    /// @return gasUsed Execution gas of the library call alone.
    function verifyGas(
        G2 calldata key,
        uint64 round,
        G1 calldata signature
    ) external view returns (bool ok, uint256 gasUsed) {
        G2 memory keyInMemory = key;
        G1 memory point = signature;
        uint256 before = gasleft();
        ok = DrandSignature.verify(keyInMemory, round, point);
        gasUsed = before - gasleft();
    }
}
