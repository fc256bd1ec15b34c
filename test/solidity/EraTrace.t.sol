// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";

import {EraTrace} from "../../contracts/types/EraTrace.sol";

/// @dev OpenZeppelin's checkpoints are the oracle: they say the same, with more storage reads.
contract EraTraceTest {
    using Checkpoints for Checkpoints.Trace224;

    EraTrace private trace;
    Checkpoints.Trace224 private oracle;

    /// @dev Each step is (eras to go on, value); every era so far is asked after each.
    function testFuzz_SaysWhatWasSetInEveryEra(uint8[2][] calldata steps, uint32 start) external {
        uint32 first = start % 1_000_000;
        uint32 era = first;
        for (uint256 i = 0; i < steps.length && i < 24; ++i) {
            era += steps[i][0] % 4;
            uint32 value = steps[i][1] == 0 ? 0 : type(uint32).max / steps[i][1];
            trace.set(era, value);
            oracle.push(era, value);
            assert(trace.latest() == value);
        }
        for (uint32 at = first == 0 ? 0 : first - 1; at <= era + 2; ++at)
            assert(trace.valueIn(at) == uint32(oracle.upperLookup(at)));
        assert(trace.valueIn(type(uint32).max) == trace.latest());
    }

    function test_SaysZeroBeforeAnythingWasSet() external view {
        assert(
            trace.latest() == 0 && trace.valueIn(0) == 0 && trace.valueIn(type(uint32).max) == 0
        );
    }
}
