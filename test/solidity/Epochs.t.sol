// SPDX-License-Identifier: MIT
pragma solidity ^0.8.37;

import {Epochs} from "../../contracts/libraries/Epochs.sol";
import {EpochsHarness} from "../../contracts/mocks/EpochsHarness.sol";

interface Vm {
    function expectRevert(bytes calldata revertData) external;
}

contract EpochsTest {
    Vm private constant VM = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    EpochsHarness private harness = new EpochsHarness();

    function testFuzz_TimeFallsInsideItsEpoch(
        uint64 time,
        uint64 genesis,
        uint32 epochLength
    ) external view {
        // Far enough from the end of time for the next epoch to have a start.
        genesis >>= 2;
        time = genesis + (time >> 2);
        uint64 length = uint64(epochLength) + 1;

        uint64 epoch = harness.epochAt(time, genesis, length);

        assert(harness.startOf(epoch, genesis, length) <= time);
        assert(time < harness.startOf(epoch + 1, genesis, length));
    }

    function test_RefusesTimeBeforeGenesis() external {
        VM.expectRevert(abi.encodeWithSelector(Epochs.Epochs_BeforeGenesis.selector, 99, 100));
        harness.epochAt(99, 100, 10);
    }
}
