// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {LayerPermutation} from "../../contracts/libraries/LayerPermutation.sol";

contract LayerPermutationTest {
    function testFuzz_IsABijectionOnSmallSets(bytes32 key, uint8 size) external pure {
        uint32 n = uint32(size % 64) + 1;
        uint256 seen;
        for (uint256 index = 0; index < n; ++index) {
            uint256 position = LayerPermutation.permute(key, n, index);
            assert(position < n);
            seen |= 1 << position;
        }
        assert(seen == (1 << n) - 1);
    }

    function testFuzz_IsUndoneByItsInverse(bytes32 key, uint32 n, uint32 place) external pure {
        if (n == 0) n = 1;
        place %= n;

        assert(LayerPermutation.invert(key, n, LayerPermutation.permute(key, n, place)) == place);
        assert(LayerPermutation.permute(key, n, LayerPermutation.invert(key, n, place)) == place);
    }

    /// @dev Whatever lies in memory after the frame stays as it was.
    function testFuzz_LeavesMemoryAlone(bytes32 key, uint32 n, bytes32 mark) external pure {
        if (n == 0) n = 1;
        bytes32[] memory before = new bytes32[](2);
        (before[0], before[1]) = (mark, ~mark);

        LayerPermutation.permute(key, n, 0);
        bytes32[] memory later = new bytes32[](3);

        assert(before[0] == mark && before[1] == ~mark);
        assert(later[0] == 0 && later[1] == 0 && later[2] == 0);
    }
}
