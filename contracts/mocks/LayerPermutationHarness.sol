// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {LayerPermutation} from "../libraries/LayerPermutation.sol";

/// @title LayerPermutationHarness
/// @notice Opens the internal library to tests, many inputs a call.
contract LayerPermutationHarness {
    function permute(bytes32 key, uint32 n, uint256 index) external pure returns (uint256) {
        return LayerPermutation.permute(key, n, index);
    }

    function invert(bytes32 key, uint32 n, uint256 position) external pure returns (uint256) {
        return LayerPermutation.invert(key, n, position);
    }

    function permuteMany(
        bytes32 key,
        uint32 n,
        uint32[] calldata indexes
    ) external pure returns (uint32[] memory positions) {
        positions = new uint32[](indexes.length);
        for (uint256 i = 0; i < indexes.length; ++i)
            positions[i] = uint32(LayerPermutation.permute(key, n, indexes[i]));
    }

    function invertMany(
        bytes32 key,
        uint32 n,
        uint32[] calldata positions
    ) external pure returns (uint32[] memory indexes) {
        indexes = new uint32[](positions.length);
        for (uint256 i = 0; i < positions.length; ++i)
            indexes[i] = uint32(LayerPermutation.invert(key, n, positions[i]));
    }

    /// @return Gas of one permutation without the call around it.
    function permuteGas(bytes32 key, uint32 n, uint256 index) external view returns (uint256) {
        uint256 before = gasleft();
        LayerPermutation.permute(key, n, index);
        return before - gasleft();
    }
}
