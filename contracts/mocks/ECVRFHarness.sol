// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ECVRF} from "../libraries/ECVRF.sol";

/// @title ECVRFHarness
/// @notice Opens the internal library to tests and to the gas bench.
contract ECVRFHarness {
    function verify(
        uint256 pubX,
        uint256 pubY,
        bytes calldata alpha,
        bytes calldata proof
    ) external view returns (bytes32) {
        return ECVRF.verify(pubX, pubY, alpha, proof);
    }

    /// @return beta The VRF output.
    /// @return gasUsed Execution gas of the library call alone.
    function verifyGas(
        uint256 pubX,
        uint256 pubY,
        bytes calldata alpha,
        bytes calldata proof
    ) external view returns (bytes32 beta, uint256 gasUsed) {
        bytes memory message = alpha;
        uint256 before = gasleft();
        beta = ECVRF.verify(pubX, pubY, message, proof);
        gasUsed = before - gasleft();
    }

    /// @return outputs One output for each proof; zero where the library refused.
    function verifyMany(
        uint256[2][] calldata keys,
        bytes[] calldata alphas,
        bytes[] calldata proofs
    ) external view returns (bytes32[] memory outputs) {
        outputs = new bytes32[](keys.length);
        for (uint256 i = 0; i < keys.length; ++i) {
            try this.verify(keys[i][0], keys[i][1], alphas[i], proofs[i]) returns (bytes32 beta) {
                outputs[i] = beta;
            } catch {
                outputs[i] = 0;
            }
        }
    }
}
